/*
 * What decoding, resampling and the hop to a child process cost, each against its rival, in one run:
 *
 *   node test/bench/decode/bench-decode.ts
 *
 * Prints the fastest and the median run in ms, and the ratio of the fastest to the first line's. @julusian/jpeg-turbo is timed where it is installed.
 */
import { sharp } from '#src/decode/configured-sharp.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { resizeAntialiased } from '#src/imaging/resize-antialiased.ts';
import { createChildPool } from '#src/isolation/create-child-pool.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import { createPooledPreparer } from '#src/pipeline/prepare/create-pooled-preparer.ts';
import type { PrepareRequest } from '#src/ports/image-preparer.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { makeBenchImages, type BenchImage } from './bench-images.ts';
import { timeInterleaved, type Contender } from './time-interleaved.ts';

const rounds = 40;
const limits = { maxPixels: 1e8, maxBytes: 1e8 };
const ctx = { signal: new AbortController().signal, deadlineMs: Date.now() + 3_600_000, requestId: 'bench' };
const decoder = createDirectDecoder();

interface JpegTurbo {
  readonly FORMAT_GRAY: number;
  readonly FORMAT_RGB: number;
  decompressSync(bytes: Buffer, options: { format: number }): unknown;
}
// Named by a variable, so that neither the compiler nor an install needs a package that the product does without.
const turboName = '@julusian/jpeg-turbo';
const turbo = (await import(turboName).catch(() => undefined)) as { default: JpegTurbo } | undefined;

async function report(title: string, contenders: readonly Contender[]): Promise<void> {
  process.stdout.write(`\n${title}\n`);
  for (const { name, fastestMs, medianMs, ratio } of await timeInterleaved(contenders, rounds)) {
    const figures = `${fastestMs.toFixed(2).padStart(8)} ${medianMs.toFixed(2).padStart(8)}`;
    process.stdout.write(`  ${name.padEnd(50)}${figures}  × ${ratio.toFixed(2)}\n`);
  }
}

async function benchDecoding({ name, bytes, isGray, isLossyJpeg }: BenchImage): Promise<void> {
  const contenders: Contender[] = [
    { name: 'createDirectDecoder', run: () => decoder.decode(bytes, undefined, limits, ctx) },
  ];
  if (!name.includes('lossless')) {
    contenders.push({ name: 'sharp(…).raw(), its defaults', run: () => sharp(bytes).raw().toBuffer() });
  }
  if (isLossyJpeg && turbo !== undefined) {
    const format = isGray ? turbo.default.FORMAT_GRAY : turbo.default.FORMAT_RGB;
    contenders.push({
      name: turboName,
      run: () => turbo.default.decompressSync(Buffer.from(bytes), { format }),
    });
  }
  await report(`${name}, ${(bytes.length / 1000).toFixed(0)} kB`, contenders);
}

async function benchResampling(samplesPerPixel: 1 | 3): Promise<void> {
  const side = 1024;
  const pixels = Uint8Array.from(
    { length: side * side * samplesPerPixel },
    (_, at) => Math.imul(at, 0x9e3779b1) >>> 24,
  );
  const raw = { width: side, height: side, channels: samplesPerPixel };
  const image = { rows: side, columns: side, samplesPerPixel, pixels };
  await report(`1024² → 224², ${samplesPerPixel} channel(s)`, [
    { name: 'resizeAntialiased', run: () => resizeAntialiased(image, 224, 224) },
    {
      name: 'sharp resize, kernel linear',
      run: () => sharp(pixels, { raw }).resize(224, 224, { kernel: 'linear', fit: 'fill' }).raw().toBuffer(),
    },
  ]);
}

async function benchHop(images: readonly BenchImage[]): Promise<void> {
  const entry = new URL('../../../services/gateway/prepare/main.ts', import.meta.url);
  const preparing = createChildPool({ entry, size: 1 });
  const decoding = createChildPool({ entry: new URL('frame-child.ts', import.meta.url), size: 1 });
  await Promise.all([preparing.start(), decoding.start()]);
  const direct = createDirectPreparer(decoder, createSystemClock());
  const pooled = createPooledPreparer(preparing, createSystemClock());
  const input = { name: 'images', channels: 3, height: 224, width: 224, mean: [0, 0, 0], std: [1, 1, 1] };
  const spec = { input, patchSize: 16 } as unknown as PrepareRequest['spec'];
  for (const { name, bytes, isLossyJpeg } of images) {
    if (!isLossyJpeg) continue;
    const request = {
      bytes,
      declaredType: undefined,
      spec,
      resize: 'stretch',
      window: 'full',
      limits,
    } as const;
    await report(`${name}: bytes to model input`, [
      { name: 'in this process', run: () => direct.prepare(request, ctx) },
      { name: 'in a child that decodes and preprocesses', run: () => pooled.prepare(request, ctx) },
      {
        name: 'decoded in a child, frame sent back (no resize)',
        run: () => decoding.run({}, [bytes]),
      },
    ]);
  }
  await Promise.all([preparing.close(), decoding.close()]);
}

const images = await makeBenchImages();
for (const image of images) await benchDecoding(image);
await benchResampling(1);
await benchResampling(3);
await benchHop(images);
