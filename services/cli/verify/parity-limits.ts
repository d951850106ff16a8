import { readFileSync } from 'node:fs';
import { z } from 'zod';

const cosine = z.number().positive().max(1);
const figures = z.strictObject({
  cosineMin: cosine.optional(),
  cosineP01: cosine.optional(),
  relativeFrobenius: z.number().positive().optional(),
});
const outputs = z.strictObject({
  cls: figures,
  patch_mean: figures.optional(),
  patch_tokens: figures.optional(),
});
const schema = z.strictObject({
  outputs: z.strictObject({ fp32: outputs, fp16: outputs, bf16: outputs, int8: outputs }),
  aloneAgainstBatchCosineMin: cosine,
  largestTriedBatch: z.int().min(2),
  headAucLossMax: z.number().positive(),
});

/** The figures by which an output is held against the reference: what the export asks too (triton-models/export/gates.py). */
export type ParityFigure = keyof z.output<typeof figures>;

const path = new URL('../../../triton-models/export/parity-limits.json', import.meta.url);
/**
 * What an engine must reach, by precision and output: least values of the cosines (`cosineP01`: 1st percentile), the greatest of the
 * relative Frobenius distance; a figure without a limit is not gated. One file for the export and for `tessera models verify`.
 */
export const parityLimits = schema.parse(JSON.parse(readFileSync(path, 'utf8')));
