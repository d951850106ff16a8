import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embedSample } from '#test/support/gateway-client.ts';
import { findDescendants, hasProc } from '#test/support/process-tree.ts';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';
import { until } from '#test/support/until.ts';

describe.skipIf(!hasProc)('a process that is stopped and will never exit by itself', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    // A batch may take half of it.
    gateway = await startGateway({
      env: { TESSERA_ENCODER_WORKERS: '1', TESSERA_REQUEST_TIMEOUT_MS: '40000' },
    });
  });
  afterAll(async () => {
    expect(await gateway.stop()).toBe(0);
  });

  const replyWhileStopped = async (entry: string): Promise<Response> => {
    expect((await embedSample(gateway.url)).status).toBe(200);
    const [victim] = findDescendants(gateway.pid, entry);
    process.kill(victim!, 'SIGSTOP');
    const sentMs = performance.now();
    const reply = await embedSample(gateway.url);
    console.info(`${reply.status} after ${Math.round((performance.now() - sentMs) / 1000)} s`);
    await until('the stopped process is gone', () => !findDescendants(gateway.pid, entry).includes(victim!));
    return reply;
  };

  test('a worker is replaced, and the request that waited for it succeeds', async () => {
    expect((await replyWhileStopped('services/encoder/worker/main.ts')).status).toBe(200);
  });

  test('the encoder is replaced, the request that waited for it may be sent again, and then succeeds', async () => {
    const reply = await replyWhileStopped('services/encoder/main.ts');
    if (reply.status !== 200) {
      expect(reply.status).toBe(503);
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await until('requests succeed again', async () => (await embedSample(gateway.url)).status === 200);
  });
});
