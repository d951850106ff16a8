import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embedSample } from '#test/support/gateway-client.ts';
import { commandOf, descendantsOf, findDescendants, hasProc } from '#test/support/process-tree.ts';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';
import { until } from '#test/support/until.ts';

const workerEntry = 'services/encoder/worker/main.ts';
const encoderEntry = 'services/encoder/main.ts';

/** Keeps `lanes` single-image requests going until told to stop; resolves with what each gave. */
function startLoad(url: string, lanes: number) {
  const outcomes: { readonly status: number; readonly code: string | undefined; readonly endedMs: number }[] =
    [];
  let isStopped = false;
  const lane = async (): Promise<void> => {
    while (!isStopped) {
      const response = await embedSample(url);
      const body = (await response.json()) as { code?: string };
      outcomes.push({ status: response.status, code: body.code, endedMs: performance.now() });
    }
  };
  const done = Promise.all(Array.from({ length: lanes }, lane));
  return {
    outcomes,
    async stop() {
      isStopped = true;
      await done;
      return outcomes;
    },
  };
}

describe.skipIf(!hasProc)('a gateway with one encoder worker', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ env: { TESSERA_ENCODER_WORKERS: '1' } });
  });
  afterAll(async () => {
    expect(await gateway.stop()).toBe(0);
  });

  test.each([
    ['the worker', workerEntry],
    ['the whole encoder', encoderEntry],
  ])(
    'kill -9 of %s under load: every request ends with 200 or 503, and service comes back',
    async (_, entry) => {
      const load = startLoad(gateway.url, 8);
      await until('the load runs', () => load.outcomes.length > 20);
      const [victim] = findDescendants(gateway.pid, entry);
      process.kill(victim!, 'SIGKILL');
      const killedMs = performance.now();
      await until('another process has taken its place', () =>
        findDescendants(gateway.pid, entry).some((pid) => pid !== victim),
      );
      await until(
        'requests succeed again',
        () => load.outcomes.filter(({ status, endedMs }) => status === 200 && endedMs > killedMs).length > 20,
      );
      const outcomes = await load.stop();
      const failed = outcomes.filter(({ status }) => status !== 200);
      expect(
        failed
          .map(({ status, code }) => `${status} ${code}`)
          .filter((text) => !/^503 (encoder-unavailable|model-not-ready)$/.test(text)),
      ).toEqual([]);
      const back = outcomes.find(({ status, endedMs }) => status === 200 && endedMs > killedMs + 50);
      console.info(
        `${failed.length} of ${outcomes.length} requests failed; success again after ${Math.round(back!.endedMs - killedMs)} ms`,
      );
    },
  );
});

test.skipIf(!hasProc)('kill -9 of the gateway leaves no process and no folder behind', async () => {
  const gateway = await startGateway();
  await embedSample(gateway.url);
  const family = descendantsOf(gateway.pid);
  const socketFolder = /unix:(\S+)\/encoder\.sock/.exec(
    readFileSync(`/proc/${findDescendants(gateway.pid, encoderEntry)[0]}/environ`, 'utf8').replaceAll(
      '\0',
      ' ',
    ),
  )![1]!;
  expect(existsSync(socketFolder)).toBe(true);
  // The encoder, at least one worker, and the process that decoded the image.
  expect(family.length).toBeGreaterThanOrEqual(3);
  process.kill(gateway.pid, 'SIGKILL');
  await until('all have gone', () => family.every((pid) => commandOf(pid) === ''));
  expect(existsSync(socketFolder)).toBe(false);
});
