import { z } from '@hono/zod-openapi';
import { outputNames } from '#src/domain/encoder-output.ts';
import { poolings } from '#src/domain/pooling.ts';
import { advisorySchema } from './common.ts';

export const modelSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('model'),
    /** Part of the OpenAI shape; weights have no date of birth here. */
    created: z.int(),
    owned_by: z.string(),
    description: z.string(),
    family: z.string(),
    variant: z.string(),
    version: z.string(),
    isDefault: z.boolean(),
    isReady: z.boolean(),
    notReadyReason: z.string().nullable(),
    isRefused: z.boolean().openapi({ description: 'It is not served, and waiting does not change that.' }),
    engine: z.string(),
    precision: z.string(),
    input: z.strictObject({ height: z.int(), width: z.int(), channels: z.int() }),
    outputs: z.array(z.enum(outputNames)).openapi({
      description: 'What the encoder gives. `/v1/features` needs cls and patch_tokens.',
    }),
    poolings: z
      .array(z.enum(poolings))
      .openapi({ description: 'Values of `pooling` that the model can give.' }),
    patchSize: z.int().nullable().openapi({ description: 'Null for a model without patches.' }),
    dimension: z.int(),
    weightsDigest: z.string(),
    stamp: z
      .string()
      .nullable()
      .openapi({ description: 'Stamp of a default call (cls, normalised, stretch).' }),
    embeddingSpace: z.string().openapi({ description: 'Embedding space of a default call.' }),
    limits: z.strictObject({
      maxBatchSize: z.int(),
      maxPixels: z.int(),
      maxFileBytes: z.int(),
      maxRequestBytes: z.int(),
      maxItems: z.int(),
    }),
    licence: z.strictObject({ name: z.string(), url: z.string() }),
    advisories: z.array(advisorySchema),
  })
  .openapi('Model');

export const modelListSchema = z
  .strictObject({ object: z.literal('list'), data: z.array(modelSchema) })
  .openapi('ModelList');
