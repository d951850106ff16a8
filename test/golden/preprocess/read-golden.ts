import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import type { SampleArray } from '#src/domain/image-frame.ts';

/** One file and the samples that the reference decoder reads from it (make_golden.py). */
export interface DecodingCase {
  readonly file: string;
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly bitsStored: number;
  readonly exifOrientation: number;
  /** Separated by spaces. */
  readonly notes: string;
  readonly sha256: string;
}

/** One pattern, how it is prepared, and what Pillow makes of it. */
export interface PreprocessingCase {
  readonly name: string;
  readonly pattern: 'noise' | 'waves';
  readonly rows: number;
  readonly columns: number;
  readonly channels: 1 | 3;
  readonly bits: number;
  readonly window: string;
  readonly resize: 'stretch' | 'fit' | 'crop';
  readonly height: number;
  readonly width: number;
  readonly sha256: string;
}

export interface Golden {
  readonly madeWith: { readonly pillow: string };
  readonly decoding: readonly DecodingCase[];
  readonly preprocessing: readonly PreprocessingCase[];
}

const folder = new URL('./', import.meta.url);

export const golden = JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as Golden;

/** Bytes of an input file. */
export function readInput(file: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`inputs/${file}`, folder))));
}

/** Expected 8-bit samples, interleaved, of a case that keeps them. */
export function readExpected(sha256: string): Uint8Array {
  return new Uint8Array(inflateSync(readFileSync(new URL(`expected/${sha256.slice(0, 16)}.zz`, folder))));
}

/** sha256 of samples as little-endian bytes. The machines this runs on are little-endian. */
export function sampleDigest(samples: SampleArray): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}
