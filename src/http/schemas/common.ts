import { z } from '@hono/zod-openapi';
import { resizeModes } from '#src/domain/geometry.ts';
import { imageFormats, photometricInterpretations, pixelRepresentations } from '#src/domain/image-frame.ts';
import { poolings } from '#src/domain/pooling.ts';

export const problemSchema = z
  .looseObject({
    type: z.string().openapi({ example: 'urn:tessera:problem:malformed-request' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().openapi({ example: 'urn:tessera:request:4d5c…' }),
    code: z.string(),
    message: z
      .string()
      .openapi({ description: 'The detail and the first faults in one line, for OpenAI clients.' }),
    errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details.' });

export const advisorySchema = z
  .strictObject({
    code: z.string(),
    level: z.enum(['info', 'warning']),
    message: z.string(),
    evidence: z.string().optional(),
  })
  .openapi('Advisory', { description: 'Something a reader of the result must know.' });

export const provenanceSchema = z
  .strictObject({
    model: z.string(),
    modelVersion: z.string(),
    weightsDigest: z.string(),
    engine: z.string(),
    precision: z.string(),
    preprocessing: z.string(),
    pooling: z.enum(poolings),
    dimension: z.int().positive(),
    normalized: z.boolean(),
    stamp: z.string().openapi({ description: 'sha256 over all the other fields but embeddingSpace.' }),
    embeddingSpace: z.string().openapi({ description: 'Vectors may be compared only when this is equal.' }),
  })
  .openapi('Provenance');

export const sourceSchema = z
  .strictObject({
    format: z.enum(imageFormats),
    rows: z.int().positive(),
    columns: z.int().positive(),
    samplesPerPixel: z.int().positive(),
    bitsStored: z.int().positive(),
    pixelRepresentation: z.enum(pixelRepresentations),
    photometricInterpretation: z.enum(photometricInterpretations),
    exifOrientation: z.int().min(1).max(8),
    window: z
      .strictObject({ kind: z.enum(['full', 'auto', 'linear']), low: z.number(), high: z.number() })
      .openapi({ description: 'Stored values low and high became 0 and 255.' }),
    notes: z.array(z.string()),
    fileIndex: z
      .int()
      .nonnegative()
      .optional()
      .openapi({ description: 'Place of the file in the request; with `frames` other than first.' }),
    frameNumber: z
      .int()
      .positive()
      .optional()
      .openapi({ description: 'Page of the file, from 1; with `frames` other than first.' }),
    frameCount: z.int().positive().optional().openapi({ description: 'Pages of the file.' }),
  })
  .openapi('Source', { description: 'What the decoded image was.' });

export const itemErrorSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi('ItemError', { description: 'Why one item failed, in the words of RFC 9457.' });

/** Grammar of `frames`: `first`, `all`, or numbers from 1 and ranges. */
const framesPattern = /^(first|all|[1-9]\d{0,5}(-[1-9]\d{0,5})?(,[1-9]\d{0,5}(-[1-9]\d{0,5})?)*)$/;

const hasReversedRange = (frames: string): boolean =>
  frames.split(',').some((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return from! > to!;
  });

/** Options of every analysis operation. */
export const commonOptionShape = {
  model: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .openapi({ description: 'Name of a served model; the default is in /v1/models.' }),
  granularity: z.enum(['image', 'volume']).default('image'),
  frames: z
    .string()
    .max(256)
    .regex(framesPattern, {
      error: 'Use first, all, or a list such as 1,5-9; pages count from 1 to at most 999999.',
      abort: true,
    })
    .refine((frames) => !hasReversedRange(frames), 'A range begins with its smaller number, such as 5-9.')
    .default('first')
    .openapi({
      description:
        'Pages of TIFF files: first, all, or numbers from 1 and ranges, such as 1,5-9. Each page is an item of its own.',
    }),
  window: z.string().min(1).max(64).default('full').openapi({
    description: 'Mapping of stored values to 8 bits: full, auto, or center,width in stored values.',
    example: 'full',
  }),
  resize: z.enum(resizeModes).default('stretch'),
};
