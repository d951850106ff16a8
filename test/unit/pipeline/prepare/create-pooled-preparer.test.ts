import { afterAll, describe, expect, test } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { AppError } from '#src/domain/app-error.ts';
import type { Frame } from '#src/isolation/frame.ts';
import type { ChildPool } from '#src/isolation/child-pool.ts';
import { ChildTaskError, type ChildFailureKind } from '#src/isolation/child-task-error.ts';
import { createChildPool } from '#src/isolation/create-child-pool.ts';
import type { PrepareRequest } from '#src/ports/image-preparer.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import { createPooledPreparer } from '#src/pipeline/prepare/create-pooled-preparer.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { readTiff } from '#test/golden/tiff/read-tiff-golden.ts';
import { forgedPng, jpegImage, pngImage } from '#test/http/images.ts';
import { tinySpec } from '#test/http/tiny-model.ts';

const clock = createSystemClock();
const MiB = 1024 * 1024;
const contextOf = (signal: AbortSignal = new AbortController().signal, withinMs = 20_000) => ({
  signal,
  deadlineMs: Date.now() + withinMs,
  requestId: 'r-1',
});
const requestOf = (bytes: Uint8Array, change: Partial<PrepareRequest> = {}): PrepareRequest => ({
  bytes,
  declaredType: undefined,
  spec: tinySpec,
  resize: 'stretch',
  window: 'full',
  limits: { maxPixels: 1e6, maxBytes: 1e6 },
  ...change,
});

describe('the real child', () => {
  const pool = createChildPool({
    entry: new URL('../../../../services/gateway/prepare/main.ts', import.meta.url),
    size: 1,
  });
  const preparer = createPooledPreparer(pool, clock);
  const direct = createDirectPreparer(createDirectDecoder(), clock);
  afterAll(() => pool.close());

  test.each([
    ['a PNG', {}, () => pngImage()],
    ['a JPEG', { declaredType: 'image/jpeg' }, () => jpegImage()],
    ['tiles', { resize: 'tile' }, () => pngImage({ rows: 50, columns: 90 })],
    ['a window', { window: 'auto' }, () => pngImage({ from: 30, rise: 50 })],
    ['a later page of a TIFF file', { frameNumber: 3 }, () => Promise.resolve(readTiff('pages3.tif'))],
    ['float samples', { window: '0.5,2' }, () => Promise.resolve(readTiff('float32-rgb.tif'))],
  ] as const)('prepares %s to the very bytes that this process would', async (_, change, image) => {
    const request = requestOf(await image(), change);
    const pooled = await preparer.prepare(request, contextOf());
    const own = await direct.prepare(request, contextOf());
    expect(pooled.decodeMs + pooled.preprocessMs).toBeGreaterThan(0);
    expect(pooled.inputs.map(({ pixels }) => Buffer.from(pixels).toString('hex'))).toEqual(
      own.inputs.map(({ pixels }) => Buffer.from(pixels).toString('hex')),
    );
    // All but the times, which differ, and the pixels, which were compared as text.
    const rest = ({ inputs, source, advisories }: typeof own) => ({
      source,
      advisories,
      geometries: inputs.map(({ geometry }) => geometry),
    });
    expect(rest(pooled)).toEqual(rest(own));
  });

  test('refuses with the codes and words of the stages', async () => {
    const cases: readonly (readonly [Uint8Array, Partial<PrepareRequest>])[] = [
      [await forgedPng(50_000, 50_000), {}],
      [(await pngImage()).subarray(0, 70), {}],
      [await pngImage(), { declaredType: 'image/jpeg' }],
      [await pngImage(), { window: 'lung' }],
      [Buffer.from('text'), {}],
    ];
    for (const [bytes, change] of cases) {
      const failure = async (via: typeof direct) => {
        const thrown: unknown = await via
          .prepare(requestOf(bytes, change), contextOf())
          .catch((error: unknown) => error);
        expect(thrown).toBeInstanceOf(AppError);
        const { code, detail, faults } = thrown as AppError;
        return { code, detail, faults };
      };
      expect(await failure(preparer)).toEqual(await failure(direct));
    }
  });
});

describe('a child that breaks', () => {
  const pools: ChildPool[] = [];
  afterAll(() => Promise.all(pools.map((pool) => pool.close())));
  const hostile = (options: { taskTimeoutMs?: number; maxRssBytes?: number } = {}) => {
    const entry = new URL('./children/hostile.ts', import.meta.url);
    const pool = createChildPool({ entry, size: 1, restart: { baseMs: 0, maxMs: 0 }, ...options });
    pools.push(pool);
    const preparer = createPooledPreparer(pool, clock);
    return (way: string, signal?: AbortSignal) =>
      preparer.prepare(requestOf(Buffer.from(way)), contextOf(signal));
  };

  test('fails its file and no other: the next one is served by its successor', async () => {
    const prepare = hostile();
    for (const way of ['abort', 'exit']) {
      await expect(prepare(way)).rejects.toMatchObject({
        code: 'undecodable-image',
        detail: 'The decoder failed on this file.',
      });
      expect((await prepare('fine')).inputs).toHaveLength(1);
    }
  });

  test('a hang is ended at the task’s time, growth at the memory limit', async () => {
    await expect(hostile({ taskTimeoutMs: 300 })('hang')).rejects.toMatchObject({
      code: 'undecodable-image',
      detail: 'Decoding this file takes too long.',
    });
    await expect(hostile({ maxRssBytes: 300 * MiB })('grow')).rejects.toMatchObject({
      code: 'image-too-large',
      detail: expect.stringContaining('TESSERA_DECODE_MAX_RSS_BYTES') as string,
    });
  });

  test.each(['throw', 'unknownCode', 'protoCode', 'emptyReply', 'missingPixels', 'shortPixels'])(
    'nonsense (%s) is an internal error, not believed and not repeated',
    async (way) => {
      const thrown: unknown = await hostile()(way).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ code: 'internal', detail: 'An unexpected error occurred.' });
    },
  );

  test('a refusal comes with its code, words and faults', async () => {
    await expect(hostile()('refusal')).rejects.toMatchObject({
      code: 'image-too-large',
      detail: 'Too many.',
      faults: [{ pointer: '/x', detail: 'y' }],
    });
  });

  test('a caller who leaves is not kept by a child that hangs', async () => {
    const controller = new AbortController();
    const preparing = hostile()('hang', controller.signal);
    controller.abort(new AppError('request-cancelled', 'The client closed the request.'));
    await expect(preparing).rejects.toMatchObject({ code: 'request-cancelled' });
  });
});

describe('every fate of a task', () => {
  const fates: Readonly<Record<ChildFailureKind, string>> = {
    crashed: 'undecodable-image',
    'cannot-start': 'decoder-unavailable',
    timeout: 'undecodable-image',
    memory: 'image-too-large',
    cancelled: 'deadline-exceeded',
    'queue-full': 'overloaded',
    closed: 'shutting-down',
    failed: 'internal',
  };

  test.each(Object.entries(fates))(
    '%s means %s; the pool’s words are kept as the cause only',
    async (kind, code) => {
      const failure = new ChildTaskError(kind as ChildFailureKind, 'pid 4711 said /srv/private');
      const preparer = createPooledPreparer({ run: () => Promise.reject(failure) }, clock);
      const signal = AbortSignal.abort(new AppError('deadline-exceeded', 'Too late.'));
      const thrown = await preparer
        .prepare(requestOf(new Uint8Array(1)), contextOf(signal))
        .catch((error: unknown) => error);
      expect(thrown).toMatchObject({ code, cause: failure });
      expect((thrown as AppError).detail).not.toMatch(/4711|private/);
    },
  );

  test('a child that dies under a file may have been killed from outside: the file is tried once more, not twice', async () => {
    const request = requestOf(await pngImage());
    const own = await createDirectPreparer(createDirectDecoder(), clock).prepare(request, contextOf());
    const reply = {
      header: {
        ok: true,
        source: {},
        advisories: [],
        decodeMs: 1,
        preprocessMs: 1,
        inputs: own.inputs.map(({ channels, height, width, geometry }) => ({
          channels,
          height,
          width,
          geometry,
        })),
      },
      payloads: own.inputs.map(({ pixels }) => new Uint8Array(pixels)),
    } as unknown as Frame;
    const runWith = (deaths: number) => {
      let runs = 0;
      const run = (): Promise<Frame> => {
        runs += 1;
        return runs <= deaths ? Promise.reject(new ChildTaskError('crashed', 'x')) : Promise.resolve(reply);
      };
      return { preparer: createPooledPreparer({ run }, clock), runs: () => runs };
    };
    const once = runWith(1);
    expect((await once.preparer.prepare(request, contextOf())).inputs).toHaveLength(1);
    expect(once.runs()).toBe(2);
    const twice = runWith(2);
    await expect(twice.preparer.prepare(request, contextOf())).rejects.toMatchObject({
      code: 'undecodable-image',
    });
    expect(twice.runs()).toBe(2);
  });

  test('a full queue says when to come back', async () => {
    const pool = { run: () => Promise.reject(new ChildTaskError('queue-full', 'x')) };
    const preparing = createPooledPreparer(pool, clock).prepare(requestOf(new Uint8Array(1)), contextOf());
    await expect(preparing).rejects.toMatchObject({ retryAfterSeconds: 1 });
  });
});
