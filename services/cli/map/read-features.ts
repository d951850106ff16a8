import { z } from 'zod';
import { AppError } from '#src/domain/app-error.ts';
import type { Geometry } from '#src/domain/geometry.ts';
import { resizeModes } from '#src/domain/geometry.ts';
import { CliError } from '../cli-error.ts';

/** Patch tokens of one model input. */
export interface InputTokens {
  readonly geometry: Geometry;
  readonly grid: { readonly rows: number; readonly columns: number };
  /** grid rows × grid columns × D, row-major. */
  readonly values: Float32Array;
}

/** Features of one file as the gateway gives them. */
export interface FileFeatures {
  readonly dimension: number;
  /** One, or one per tile. */
  readonly inputs: readonly InputTokens[];
  readonly provenance: Readonly<Record<string, unknown>>;
  /** What the gateway notes about how it read the file. */
  readonly notes: readonly string[];
}

const size = z.int().positive();
const geometrySchema = z.object({
  mode: z.enum(resizeModes),
  sourceRows: size,
  sourceColumns: size,
  inputHeight: size,
  inputWidth: size,
  scaleX: z.number().positive(),
  scaleY: z.number().positive(),
  offsetX: z.number(),
  offsetY: z.number(),
  valid: z.object({ x0: z.number(), y0: z.number(), x1: z.number(), y1: z.number() }),
  patchSize: size,
});
/** An item that failed, one of several in an archive, has no inputs. */
const itemsSchema = z.array(
  z.object({
    source: z.object({ notes: z.array(z.string()) }).optional(),
    inputs: z.array(z.object({ geometry: geometrySchema })).optional(),
  }),
);
const headerSchema = z.object({
  __metadata__: z.object({ provenance: z.string(), items: z.string() }),
  patch_tokens: z.object({
    dtype: z.literal('F16'),
    shape: z.tuple([size, size, size, size]),
    data_offsets: z.tuple([z.int().nonnegative(), size]),
  }),
});
const provenanceSchema = z.record(z.string(), z.unknown());

/** Half floats at `from`, widened; a copy, since the place need not be even. */
const widenedHalves = (body: Uint8Array, from: number, to: number): Float32Array =>
  Float32Array.from(new Float16Array(Uint8Array.from(body.subarray(from, to)).buffer));

function parse(body: Uint8Array): FileFeatures & { readonly itemCount: number } {
  const headerLength = Number(new DataView(body.buffer, body.byteOffset).getBigUint64(0, true));
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body.subarray(8, 8 + headerLength));
  const { __metadata__: metadata, patch_tokens: entry } = headerSchema.parse(JSON.parse(text));
  const items = itemsSchema.parse(JSON.parse(metadata.items));
  const [count, rows, columns, dimension] = entry.shape;
  const [from, to] = entry.data_offsets.map((offset) => 8 + headerLength + offset) as [number, number];
  const perInput = rows * columns * dimension;
  const geometries = items.flatMap(({ inputs = [] }) => inputs.map(({ geometry }) => geometry));
  const fits = geometries.every(
    ({ inputHeight, inputWidth, patchSize }) =>
      rows * patchSize === inputHeight && columns * patchSize === inputWidth,
  );
  if (!fits || to > body.length || to - from !== 2 * count * perInput || geometries.length !== count) {
    throw new RangeError('The sizes in the header do not fit each other.');
  }
  const inputs = geometries.map((geometry, input) => {
    const at = from + 2 * input * perInput;
    return { geometry, grid: { rows, columns }, values: widenedHalves(body, at, at + 2 * perInput) };
  });
  const provenance = provenanceSchema.parse(JSON.parse(metadata.provenance));
  const notes = items[0]?.source?.notes ?? [];
  return { dimension, inputs, provenance, notes, itemCount: items.length };
}

/**
 * Reads the safetensors reply of `POST /v1/features` for one file.
 * @throws CliError `failed` when it is none; AppError `unusable-input` when the file was an archive of several images
 */
export function readFeatures(body: Uint8Array): FileFeatures {
  let read;
  try {
    read = parse(body);
  } catch (thrown) {
    throw new CliError('failed', 'This is no reply of Tessera.', 'Check --url and TESSERA_URL.', thrown);
  }
  const { itemCount, ...features } = read;
  if (itemCount === 1) return features;
  throw new AppError('unusable-input', 'The file holds several images; unpack it and name its files.');
}
