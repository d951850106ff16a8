import { z } from '@hono/zod-openapi';
import { poolings } from '#src/domain/pooling.ts';
import { advisorySchema, commonOptionShape, provenanceSchema, sourceSchema } from './common.ts';
import { failedItemSchema } from './embeddings.ts';

/** Control characters, lone surrogates and line breaks, U+2028 and U+2029 too. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * A label is shown to people and used as a JSON key. The rule is no `pattern` in the description: Unicode classes are not
 * in the dialect of regular expressions that JSON Schema can rely on.
 */
export const labelSchema = z
  .string()
  .min(1)
  .max(128)
  .refine((label) => !unprintable.test(label), 'A label holds no control characters or line breaks.')
  .openapi({ description: 'Any text without control characters and line breaks.' });

export const classificationOptionsSchema = z.strictObject({
  ...commonOptionShape,
  pooling: z.enum(poolings).default('cls'),
  method: z.enum(['prototypes', 'knn']).default('prototypes'),
  temperature: z.number().min(0.001).max(10).default(0.07).openapi({
    description: 'Softmax temperature of the cosine similarities (0.07 as in DINO’s kNN protocol).',
  }),
  k: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .openapi({ description: 'Neighbours that vote (knn); default min(10, number of examples).' }),
});

export const classificationOptionKinds = { temperature: 'number', k: 'number' } as const;

export const classificationJsonBodySchema = classificationOptionsSchema
  .extend({
    input: z.union([z.string(), z.array(z.string()).min(1)]),
    examples: z.array(z.strictObject({ label: labelSchema, input: z.string() })).min(2),
  })
  .openapi('ClassificationRequest');

const byLabel = z.record(z.string(), z.number());

export const classificationItemSchema = z
  .strictObject({
    object: z.literal('classification'),
    index: z.int().nonnegative(),
    label: z.string(),
    probabilities: byLabel.openapi({ description: 'Softmax of similarities or votes: not calibrated.' }),
    similarities: byLabel.openapi({
      description: 'Cosine similarity per label: to the prototype, or to the nearest example.',
    }),
    source: sourceSchema,
    advisories: z.array(advisorySchema),
  })
  .openapi('Classification');

export const exampleCheckSchema = z
  .strictObject({
    method: z.literal('leave-one-out'),
    checked: z.int().nonnegative(),
    correct: z.int().nonnegative(),
    accuracy: z.number().nullable(),
    interval95: z.tuple([z.number(), z.number()]).nullable(),
    majorityAccuracy: z
      .number()
      .nullable()
      .openapi({ description: 'Accuracy of always naming the most frequent label.' }),
    unchecked: z
      .array(z.string())
      .openapi({ description: 'Labels with a single example, which nothing can check.' }),
  })
  .openapi('ExampleCheck', { description: 'Each example judged by the others; Wilson interval.' });

export const classificationResponseSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(z.discriminatedUnion('object', [classificationItemSchema, failedItemSchema])),
    model: z.string(),
    method: z.strictObject({
      name: z.enum(['prototypes', 'knn']),
      temperature: z.number(),
      k: z.int().nullable(),
      calibrated: z.literal(false),
    }),
    classes: z.array(z.strictObject({ label: z.string(), exampleCount: z.int() })),
    exampleCheck: exampleCheckSchema,
    provenance: provenanceSchema,
    advisories: z.array(advisorySchema),
  })
  .openapi('ClassificationResponse');
