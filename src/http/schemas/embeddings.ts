import { z } from '@hono/zod-openapi';
import { poolings } from '#src/domain/pooling.ts';
import {
  advisorySchema,
  commonOptionShape,
  itemErrorSchema,
  problemSchema,
  provenanceSchema,
  sourceSchema,
} from './common.ts';

export const embeddingOptionsSchema = z.strictObject({
  ...commonOptionShape,
  pooling: z.enum(poolings).default('cls'),
  normalize: z.boolean().default(true),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z
    .int()
    .positive()
    .optional()
    .openapi({ description: 'If given, must be the dimension of the model and pooling.' }),
  user: z
    .string()
    .max(256)
    .optional()
    .openapi({ description: 'Accepted for OpenAI clients; not used, not stored.' }),
});

/** Options that are not text. */
export const embeddingOptionKinds = { normalize: 'boolean', dimensions: 'number' } as const;

const inputSchema = z.union([z.string(), z.array(z.string()).min(1)]).openapi({
  description:
    'A data URI of an image or, where the service allows its host, an https address of one; or several.',
  example: 'data:image/png;base64,iVBORw0KGgo…',
});

export const embeddingJsonBodySchema = embeddingOptionsSchema
  .extend({ input: inputSchema })
  .openapi('EmbeddingRequest');

export const embeddingItemSchema = z
  .strictObject({
    object: z.literal('embedding'),
    index: z.int().nonnegative(),
    embedding: z
      .union([z.array(z.number()), z.string()])
      .openapi({ description: 'Floats, or base64 of little-endian float32.' }),
    source: sourceSchema,
    tileCount: z.int().positive(),
    advisories: z.array(advisorySchema),
  })
  .openapi('Embedding');

const failedItemShape = { object: z.literal('error'), index: z.int().nonnegative(), error: itemErrorSchema };

export const failedItemSchema = z.strictObject(failedItemShape).openapi('FailedItem');

/**
 * With an `embedding` of null: OpenAI clients read that field of every item. Not an extension of the other schema: in the
 * description that would be an `allOf` of two closed objects, which nothing satisfies.
 */
export const failedEmbeddingSchema = z
  .strictObject({ ...failedItemShape, embedding: z.null() })
  .openapi('FailedEmbedding');

export const embeddingResponseSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(z.discriminatedUnion('object', [embeddingItemSchema, failedEmbeddingSchema])),
    model: z.string(),
    usage: z.strictObject({ prompt_tokens: z.int(), total_tokens: z.int() }),
    provenance: provenanceSchema,
    advisories: z.array(advisorySchema),
  })
  .openapi('EmbeddingResponse');

const status = z.int().openapi({ description: 'The HTTP status this would have alone.' });

/** Last line of a stream. */
export const embeddingSummarySchema = z
  .strictObject({
    object: z.literal('summary'),
    status: z.int().openapi({ description: '200 all, 207 some; else the status of what went wrong.' }),
    itemCount: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    error: problemSchema.optional().openapi({ description: 'What ended the stream early.' }),
    model: z.string(),
    usage: z.strictObject({ prompt_tokens: z.int(), total_tokens: z.int() }),
    provenance: provenanceSchema,
    advisories: z.array(advisorySchema),
  })
  .openapi('EmbeddingSummary');

/** One line of `application/x-ndjson`. */
export const embeddingLineSchema = z
  .discriminatedUnion('object', [
    z.strictObject({ ...embeddingItemSchema.shape, status }).openapi('EmbeddingLine'),
    z.strictObject({ ...failedEmbeddingSchema.shape, status }).openapi('FailedEmbeddingLine'),
    embeddingSummarySchema,
  ])
  .openapi('EmbeddingStreamLine');
