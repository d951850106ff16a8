import { status, type ServiceError } from '@grpc/grpc-js';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { grpc } from '#src/infer/triton/gen/protocol.js';
import { createKserveClient, inferRequest, stripes, type KserveClient } from './kserve-client.ts';
import { metricsOf, untilPending } from './encoder-metrics.ts';
import {
  createTestRepository,
  startEncoder,
  stopEncoder,
  withBatching,
  type RunningEncoder,
  type TestRepository,
} from './start-encoder.ts';

let repository: TestRepository;
const running: { encoder: RunningEncoder; client: KserveClient }[] = [];

beforeAll(async () => {
  repository = await createTestRepository();
  await repository.add('vit');
  await repository.add(
    'short_queue',
    withBatching('dynamic_batching { default_queue_policy { max_queue_size: 2 } }\n'),
  );
});
afterEach(async () => {
  for (const { encoder, client } of running.splice(0)) {
    client.close();
    await stopEncoder(encoder);
  }
});
afterAll(() => repository.remove());

async function start(env: Readonly<Record<string, string>> = {}) {
  const encoder = await startEncoder({
    TESSERA_MODEL_DIR: repository.folder,
    TESSERA_ENCODER_WORKERS: '1',
    TESSERA_ENCODER_METRICS_BIND: '127.0.0.1:0',
    ...env,
  });
  const client = createKserveClient(encoder.address);
  running.push({ encoder, client });
  await Promise.all([encoder.modelReady('vit'), encoder.modelReady('short_queue')]);
  return { encoder, client };
}

/** Pids of the processes whose parent is this one. */
async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
      // After the command in parentheses: state, parent.
      return Number(/\) \S (\d+) /.exec(stat)?.[1]) === parent ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

const images = (count: number): Uint8Array[] => Array.from({ length: count }, (_, seed) => stripes(seed));
/** A quarter of a second of work or more. */
const slow = inferRequest('vit', images(16));
const quick = inferRequest('vit', images(1));
const codeOf = (result: PromiseSettledResult<unknown>): status =>
  result.status === 'fulfilled' ? status.OK : (result.reason as ServiceError).code;

/** Two seconds of a machine that has a core for whoever wants one; as much longer as there are more takers than cores. */
const backWithinMs = (): number => 2000 * Math.max(1, loadavg()[0]! / availableParallelism());

const hasProc = existsSync('/proc/self/stat');

describe('a worker that is killed under load', () => {
  test.skipIf(!hasProc)('fails only its own requests with UNAVAILABLE, and is back within 2 s', async () => {
    const { encoder, client } = await start({ TESSERA_ENCODER_WORKERS: '2' });
    await vi.waitFor(async () => expect(await childrenOf(encoder.process.pid!)).toHaveLength(2));
    const load = Promise.allSettled(Array.from({ length: 60 }, () => client.call('modelInfer', quick)));
    const [victim] = await childrenOf(encoder.process.pid!);
    await client.call('modelInfer', quick);
    process.kill(victim!, 'SIGKILL');
    const killedAtMs = performance.now();
    const codes = (await load).map(codeOf);
    const failed = codes.filter((code) => code !== status.OK);
    expect(new Set(failed).difference(new Set([status.UNAVAILABLE])).size).toBe(0);
    // At most the one batch that it held.
    expect(failed.length).toBeLessThanOrEqual(32);
    expect(codes.filter((code) => code === status.OK).length).toBeGreaterThan(0);
    await vi.waitFor(
      async () => {
        const pids = await childrenOf(encoder.process.pid!);
        expect(pids).toHaveLength(2);
        expect(pids).not.toContain(victim);
      },
      { timeout: backWithinMs(), interval: 10 },
    );
    expect((await client.call('modelInfer', quick)).outputs).toHaveLength(1);
    expect(performance.now() - killedAtMs).toBeLessThan(backWithinMs());
  });

  test.skipIf(!hasProc)('lets requests wait for its successor when it was the only one', async () => {
    const { encoder, client } = await start();
    const [victim] = await childrenOf(encoder.process.pid!);
    // A full batch: the second request cannot share it.
    const whole = inferRequest('vit', images(32));
    const results = Promise.allSettled([client.call('modelInfer', whole), client.call('modelInfer', quick)]);
    await untilPending(encoder, 1);
    process.kill(victim!, 'SIGKILL');
    const killedAtMs = performance.now();
    expect(new Set((await results).map(codeOf))).toEqual(new Set([status.OK, status.UNAVAILABLE]));
    expect(performance.now() - killedAtMs).toBeLessThan(backWithinMs());
  });
});

describe('a queue', () => {
  test('that is full refuses with UNAVAILABLE in the words of Triton', async () => {
    const { client } = await start();
    const request = inferRequest('short_queue', images(8));
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, () => client.call('modelInfer', request)),
    );
    const refused = results.filter((each) => each.status === 'rejected');
    expect(results.map(codeOf).filter((code) => code === status.OK).length).toBeGreaterThanOrEqual(2);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({
        code: status.UNAVAILABLE,
        details: '[request id: <id_unknown>] Exceeds maximum queue size',
      });
    }
  });

  test('loses a request whose client cancels: it is never computed', async () => {
    const { encoder, client } = await start();
    const first = client.call('modelInfer', slow);
    const abort = new AbortController();
    const second = client.call('modelInfer', slow, { signal: abort.signal });
    const outcome = expect(second).rejects.toMatchObject({ code: status.CANCELLED });
    await untilPending(encoder, 1);
    abort.abort();
    await outcome;
    await untilPending(encoder, 0);
    await first;
    await client.call('modelInfer', quick);
    const [stats] = (await client.call('modelStatistics', { name: 'vit' })).modelStats;
    expect(stats!.inferenceCount).toBe(17);
    expect(stats!.inferenceStats!.fail!.count).toBe(1);
  });

  test('loses a request whose deadline passes: it is never computed', async () => {
    const { encoder, client } = await start();
    const before = [client.call('modelInfer', slow), client.call('modelInfer', slow)];
    await untilPending(encoder, 1);
    // Behind two requests of a quarter of a second each.
    const late = client.call('modelInfer', quick, { deadline: Date.now() + 100 });
    await expect(late).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await Promise.all(before);
    await client.call('modelInfer', quick);
    const [stats] = (await client.call('modelStatistics', { name: 'vit' })).modelStats;
    expect(stats!.inferenceCount).toBe(33);
  });

  test('rejects a request whose own time limit is over, where the policy allows one', async () => {
    const { encoder, client } = await start();
    const before = [client.call('modelInfer', slow), client.call('modelInfer', slow)];
    await untilPending(encoder, 1);
    const late = client.call('modelInfer', { ...quick, parameters: { timeout: { int64Param: 20_000 } } });
    await expect(late).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: 'Request timeout expired',
    });
    await Promise.all(before);
  });
});

describe('the end of the encoder', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s answers what is under way, refuses what comes, and exits with 0',
    async (signal) => {
      const { encoder, client } = await start({ TESSERA_ENCODER_PARENT_STDIN: '0' });
      const watch = client.watch('');
      const states: number[] = [];
      watch.on('data', ({ status: state }: grpc.health.v1.HealthCheckResponse) => states.push(state));
      watch.on('error', () => undefined);
      await vi.waitFor(() => expect(states).toEqual([1]), { interval: 5 });
      const underWay = Promise.all([client.call('modelInfer', slow), client.call('modelInfer', slow)]);
      await untilPending(encoder, 1);
      encoder.process.kill(signal);
      await vi.waitFor(() => expect(states).toEqual([1, 2]), { interval: 5 });
      expect(await underWay).toHaveLength(2);
      expect(await encoder.exited).toBe(0);
      await expect(client.call('modelInfer', quick)).rejects.toMatchObject({ code: status.UNAVAILABLE });
    },
  );

  test('by the end of standard input drains too: no orphan after its parent is killed', async () => {
    const { encoder, client } = await start();
    const underWay = Promise.all([client.call('modelInfer', slow), client.call('modelInfer', slow)]);
    await untilPending(encoder, 1);
    encoder.process.stdin!.end();
    expect(await underWay).toHaveLength(2);
    expect(await encoder.exited).toBe(0);
  });

  test('cuts what takes longer than the shutdown time, and says so by exit code 1', async () => {
    const { encoder, client } = await start({ TESSERA_SHUTDOWN_TIMEOUT_MS: '50' });
    const underWay = Promise.allSettled([client.call('modelInfer', slow), client.call('modelInfer', slow)]);
    await untilPending(encoder, 1);
    encoder.process.stdin!.end();
    expect(await encoder.exited).toBe(1);
    expect((await underWay).map((each) => each.status)).toContain('rejected');
  });

  test.skipIf(!hasProc)('by kill -9 leaves no worker behind', async () => {
    const { encoder } = await start({ TESSERA_ENCODER_WORKERS: '2' });
    await vi.waitFor(async () => expect(await childrenOf(encoder.process.pid!)).toHaveLength(2));
    const workers = await childrenOf(encoder.process.pid!);
    encoder.process.kill('SIGKILL');
    await encoder.exited;
    await vi.waitFor(() => expect(workers.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]), {
      timeout: 5000,
    });
  });
});

describe('binding', () => {
  test('works on a Unix socket, also where a killed server left its file', async () => {
    const path = join(repository.folder, 'encoder.sock');
    const env = { TESSERA_ENCODER_BIND: `unix:${path}` };
    const first = await start(env);
    expect(first.encoder.address).toBe(`unix:${path}`);
    expect((await first.client.call('modelInfer', quick)).outputs).toHaveLength(1);
    first.encoder.process.kill('SIGKILL');
    await first.encoder.exited;
    expect(existsSync(path)).toBe(true);
    const second = await start(env);
    expect((await second.client.call('modelInfer', quick)).outputs).toHaveLength(1);
  });

  test('fails on an address in use, with exit code 1 and without touching who is there', async () => {
    const path = join(repository.folder, 'taken.sock');
    const other = createServer().listen(path);
    await once(other, 'listening');
    await expect(start({ TESSERA_ENCODER_BIND: `unix:${path}` })).rejects.toThrow(/EADDRINUSE/);
    expect(existsSync(path)).toBe(true);
    other.close();
  });

  test('beyond this machine is warned of', async () => {
    const { encoder } = await start({ TESSERA_ENCODER_BIND: '0.0.0.0:0' });
    await vi.waitFor(() => expect(encoder.log()).toContain('the encoder has no access control'));
  });

  test('to nonsense is refused with the name of the variable and exit code 2', async () => {
    await expect(startEncoder({ TESSERA_ENCODER_BIND: 'nonsense' })).rejects.toThrow(
      /TESSERA_ENCODER_BIND: Use host:port or unix:\/path/,
    );
  });
});

test('metrics carry the names of Triton and the truth of the statistics', async () => {
  const { encoder, client } = await start();
  await client.call('modelInfer', inferRequest('vit', images(3)));
  await client.call('modelInfer', quick);
  const text = await metricsOf(encoder);
  const value = (name: string, labels = 'model="vit",version="1"'): number =>
    Number(new RegExp(`^${name}\\{${labels}\\} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(value('nv_inference_request_success')).toBe(2);
  expect(value('nv_inference_count')).toBe(4);
  expect(value('nv_inference_exec_count')).toBe(2);
  expect(value('nv_inference_pending_request_count')).toBe(0);
  expect(value('nv_inference_request_failure', 'model="vit",version="1",reason="REJECTED"')).toBe(0);
  const duration = value('nv_inference_request_duration_us');
  const infer = value('nv_inference_compute_infer_duration_us');
  expect(infer).toBeGreaterThan(1000);
  expect(duration).toBeGreaterThan(infer);
  expect(value('tessera_encoder_worker_restarts_total', 'worker="0"')).toBe(0);
  expect(value('tessera_encoder_worker_up', 'worker="0"')).toBe(1);
});
