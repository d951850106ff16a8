import { z } from 'zod';
import { outputNames } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';

/** Names become folder names and URL segments: nothing in them may need quoting. */
const identifier = z.string().regex(/^[a-z0-9][a-z0-9_]*$/, 'must hold only a–z, 0–9 and _');

const shape = z.strictObject({
  name: identifier,
  family: identifier,
  variant: identifier,
  version: z.string().regex(/^[1-9][0-9]*$/, 'must be a decimal integer from 1, as Triton requires'),
  description: z.string().min(1),
  input: z.strictObject({
    name: z.string().min(1),
    channels: z.union([z.literal(1), z.literal(3)]),
    height: z.int().positive(),
    width: z.int().positive(),
    mean: z.array(z.number()),
    std: z.array(z.number().positive()),
  }),
  // Specs of DINOv3 models, which have all three, need not say so.
  outputs: z.array(z.enum(outputNames)).default([...outputNames]),
  patchSize: z.int().positive().exactOptional(),
  registerTokens: z.int().nonnegative().default(0),
  dimension: z.int().positive(),
  weightsDigest: z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in lower-case hex'),
  precision: z.enum(['fp32', 'fp16', 'bf16', 'int8']),
  maxBatchSize: z.int().positive(),
  licence: z.strictObject({ name: z.string().min(1), url: z.url() }),
  advisories: z.array(
    z.strictObject({
      code: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be kebab-case'),
      level: z.enum(['info', 'warning']),
      message: z.string().min(1),
      evidence: z.string().min(1).exactOptional(),
    }),
  ),
});

/** `<variant>_<size>`: one number for a square input, `<height>x<width>` otherwise. */
function expectedName({ variant, input }: z.output<typeof shape>): string {
  const size = input.height === input.width ? `${input.height}` : `${input.height}x${input.width}`;
  return `${variant}_${size}`;
}

/** The document `spec.json` of a model, strictly: an unknown key is an error, and so is a spec that contradicts itself. */
export const modelSpecSchema: z.ZodType<ModelSpec> = shape.superRefine((spec, ctx) => {
  const fault = (path: string[], message: string) => ctx.addIssue({ code: 'custom', path, message });
  const { input, outputs, patchSize } = spec;
  if (!outputs.includes('cls')) fault(['outputs'], 'must name cls: every model has a pooled output');
  if (new Set(outputs).size < outputs.length) fault(['outputs'], 'names an output twice');
  if (outputs.includes('patch_tokens') && patchSize === undefined) {
    fault(['patchSize'], 'is missing: patch tokens lie on a grid of patches');
  }
  for (const side of ['height', 'width'] as const) {
    // The patch embedding would cut the rest off silently.
    if (patchSize !== undefined && input[side] % patchSize !== 0) {
      fault(['input', side], `${input[side]} is not a multiple of the patch size ${patchSize}`);
    }
  }
  for (const constant of ['mean', 'std'] as const) {
    if (input[constant].length !== input.channels) {
      fault(['input', constant], `must hold ${input.channels} numbers, one a channel`);
    }
  }
  if (spec.name !== expectedName(spec)) fault(['name'], `must be ${expectedName(spec)}`);
});
