import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { preprocessImage } from '#src/preprocess/preprocess-image.ts';
import { sampleDigest } from '#test/golden/preprocess/read-golden.ts';

interface OpenImage {
  readonly file: string;
  readonly decoded: string;
  readonly stretch224: string;
}

const goldenFile = new URL('../../golden/preprocess/open-data.json', import.meta.url);
const { madeWith, images } = JSON.parse(readFileSync(goldenFile, 'utf8')) as {
  readonly madeWith: { readonly pillow: string };
  readonly images: readonly OpenImage[];
};

const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const root = `${process.env['TESSERA_TEST_DATA_DIR'] ?? beside}/open`;
const isPresent = existsSync(root);

const decoder = createDirectDecoder();
const limits = { maxPixels: 100_000_000, maxBytes: 100_000_000 };
const ctx = { signal: new AbortController().signal, deadlineMs: Number.MAX_SAFE_INTEGER, requestId: 'test' };
const input = { name: 'images', channels: 3, height: 224, width: 224, mean: [], std: [] };

async function prepared(file: string): Promise<{ decoded: string; stretch224: string }> {
  const frame = await decoder.decode(new Uint8Array(readFileSync(`${root}/${file}`)), undefined, limits, ctx);
  const options = { resize: 'stretch', window: { kind: 'full' } } as const;
  const { inputs } = preprocessImage(frame, { input, patchSize: 16 }, options);
  return { decoded: sampleDigest(frame.pixels), stretch224: sampleDigest(inputs[0]!.pixels) };
}

describe(`real images, every tenth of the open test data${isPresent ? '' : ' (skipped: the data is not there)'}`, () => {
  it.skipIf(!isPresent).each(images)(
    `$file: pixels and the 224² input are those of Pillow ${madeWith.pillow}, to the bit`,
    async ({ file, decoded, stretch224 }) => {
      expect(await prepared(file)).toEqual({ decoded, stretch224 });
    },
  );
});
