import { z } from '@hono/zod-openapi';
import { commonOptionShape } from './common.ts';

export const featureOptionsSchema = z.strictObject({
  ...commonOptionShape,
  dtype: z.enum(['fp16', 'fp32']).default('fp16').openapi({
    description: 'Precision of the patch tokens. They travel as fp16; fp32 is the same values, widened.',
  }),
});

export const featureOptionKinds = {} as const;

export const featureJsonBodySchema = featureOptionsSchema
  .extend({ input: z.union([z.string(), z.array(z.string()).min(1)]) })
  .openapi('FeatureRequest');
