import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cosine,
  createKserveClient,
  floatsOf,
  inferRequest,
  stripes,
  type KserveClient,
} from './kserve-client.ts';
import {
  createTestRepository,
  startEncoder,
  stopEncoder,
  withBatching,
  type RunningEncoder,
  type TestRepository,
} from './start-encoder.ts';

let repository: TestRepository;
let encoder: RunningEncoder;
let client: KserveClient;

beforeAll(async () => {
  repository = await createTestRepository();
  await repository.add('merging');
  await repository.add(
    'waiting',
    withBatching('dynamic_batching { max_queue_delay_microseconds: 5000000 preferred_batch_size: [ 3 ] }\n'),
  );
  await repository.add('single', withBatching(''));
  encoder = await startEncoder({ TESSERA_MODEL_DIR: repository.folder, TESSERA_ENCODER_WORKERS: '1' });
  client = createKserveClient(encoder.address);
  await Promise.all(['merging', 'waiting', 'single'].map(encoder.modelReady));
});

afterAll(async () => {
  client.close();
  await stopEncoder(encoder);
  await repository.remove();
});

const embed = async (model: string, seed: number, output = 'cls'): Promise<Float32Array> => {
  const answer = await client.call('modelInfer', inferRequest(model, [stripes(seed)], [output]));
  return floatsOf(answer.rawOutputContents[0]!);
};

const counts = async (name: string) => {
  const [stats] = (await client.call('modelStatistics', { name })).modelStats;
  return {
    rows: stats!.inferenceCount!,
    executions: stats!.executionCount!,
    sizes: stats!.batchStats!.map(({ batchSize }) => batchSize),
  };
};

describe('the dynamic batcher', () => {
  test('merges requests that wait, and each gets its own row: equal to the single call', async () => {
    const seeds = [0, 1, 2, 3, 4, 5, 6, 7];
    const singles: Float32Array[] = [];
    for (const seed of seeds) singles.push(await embed('merging', seed));
    const before = await counts('merging');
    expect(before.executions).toBe(before.rows);
    const merged = await Promise.all(seeds.map((seed) => embed('merging', seed)));
    const after = await counts('merging');
    expect(after.rows - before.rows).toBe(8);
    expect(after.executions - before.executions).toBeLessThan(8);
    merged.forEach((row, index) => {
      expect(cosine(row, singles[index]!)).toBeGreaterThanOrEqual(0.99999);
      // And to no other: the images differ enough for a mix-up to show.
      expect(cosine(row, singles[(index + 1) % 8]!)).toBeLessThan(0.9999);
    });
  });

  test('gives rows of one request, computed in several runs, what single calls give', async () => {
    const seeds = Array.from({ length: 9 }, (_, seed) => seed);
    const answer = await client.call(
      'modelInfer',
      inferRequest('merging', seeds.map(stripes), ['patch_mean']),
    );
    const rows = floatsOf(answer.rawOutputContents[0]!);
    for (const seed of [0, 4, 8]) {
      const single = await embed('merging', seed, 'patch_mean');
      expect(cosine(rows.subarray(seed * 192, (seed + 1) * 192), single)).toBeGreaterThanOrEqual(0.99999);
    }
  });

  test('never puts requests for different outputs together', async () => {
    const before = await counts('merging');
    const both = await Promise.all(
      [0, 1, 2, 3].map((seed) => embed('merging', seed, seed % 2 === 0 ? 'cls' : 'patch_mean')),
    );
    const after = await counts('merging');
    expect(after.executions - before.executions).toBeGreaterThanOrEqual(2);
    expect(cosine(both[0]!, await embed('merging', 0, 'cls'))).toBeGreaterThan(0.99999);
    expect(cosine(both[1]!, await embed('merging', 1, 'patch_mean'))).toBeGreaterThan(0.99999);
  });

  test('waits for the preferred size within the queue delay', async () => {
    const startedAtMs = performance.now();
    await Promise.all([0, 1, 2].map((seed) => embed('waiting', seed)));
    expect(await counts('waiting')).toEqual({ rows: 3, executions: 1, sizes: [3] });
    // Far below the delay of 5 s: the batch was full.
    expect(performance.now() - startedAtMs).toBeLessThan(4000);
  });

  test('runs requests one by one where the configuration has no dynamic_batching', async () => {
    await Promise.all([0, 1, 2, 3].map((seed) => embed('single', seed)));
    expect(await counts('single')).toEqual({ rows: 4, executions: 4, sizes: [1] });
  });
});
