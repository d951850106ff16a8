import { AppError } from '#src/domain/app-error.ts';
import { renderFeaturesNpy, renderFeaturesSafetensors } from '#src/pipeline/render-features.ts';
import { negotiate } from '#src/http/accepts.ts';
import { analysisBody } from '#src/http/analysis-body.ts';
import { withAnalysisRequest } from '#src/http/analysis-operation.ts';
import { reportItems, requireAllItems, statusOf } from '#src/http/analysis-reply.ts';
import { analysisErrors } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';
import { tinyPngDataUri } from '#src/http/schemas/example-image.ts';
import {
  featureJsonBodySchema,
  featureOptionKinds,
  featureOptionsSchema,
} from '#src/http/schemas/features.ts';

const operationId = 'createFeatures';
const binary = (description: string) =>
  ({ schema: { type: 'string', format: 'binary', description } }) as const;
const safetensors = binary(
  'safetensors: `patch_tokens`, `cls`, `index`; metadata with the Geometry of every row.',
);
const npy = binary('NumPy 1.0: patch tokens [rows, columns, D] of one image, float16 or float32.');
const mediaTypes = ['application/x-safetensors', 'application/x-npy'] as const;

/** `POST /v1/features`: images in, CLS and patch tokens out, with the Geometry that leads from a patch back to source pixels. */
export const createFeatures: Operation = {
  route: {
    operationId,
    method: 'post',
    path: '/v1/features',
    tags: ['analysis'],
    summary: 'Extract patch features',
    description:
      'Patch tokens and CLS of a frozen encoder, not pooled and not normalised. safetensors: `patch_tokens` [inputs, rows, columns, D], `cls` [inputs, D], `index` [inputs], and in the metadata `provenance`, `advisories` and `items` with the Geometry of every row. npy: the patch tokens of one image without tiles, its Geometry in the header `X-Tessera-Geometry`.',
    request: {
      query: featureOptionsSchema.partial(),
      body: analysisBody(
        featureJsonBodySchema,
        { options: { type: 'string', description: 'Options as JSON.' } },
        { input: tinyPngDataUri, dtype: 'fp16' },
        { options: '{"dtype":"fp16"}', file: ['(the bytes of an image)'] },
      ),
    },
    responses: {
      200: {
        description: 'Features of every image.',
        content: { 'application/x-safetensors': safetensors, 'application/x-npy': npy },
      },
      207: {
        description:
          'Some images failed; the metadata carry their errors. Only with application/x-safetensors.',
        content: { 'application/x-safetensors': safetensors },
      },
      ...analysisErrors,
    },
  },
  create: (deps) => (c) => {
    const mediaType = negotiate(c.req.header('accept'), mediaTypes);
    const shape = { schema: featureOptionsSchema, kinds: featureOptionKinds };
    return withAnalysisRequest(deps, c, shape, async ({ items, examples, options, timings, ctx }) => {
      if (examples.length > 0) throw new AppError('malformed-request', 'Features take no examples.');
      const result = await deps.extractFeatures(items, { ...options, model: options.model }, timings, ctx);
      reportItems(deps, operationId, ctx.requestId, result.items);
      const isNpy = mediaType === 'application/x-npy';
      if (isNpy) requireAllItems(result.items, mediaType);
      const status = statusOf(result.items);
      const { body, headers } = (isNpy ? renderFeaturesNpy : renderFeaturesSafetensors)(
        result,
        options.dtype,
      );
      return c.body(body, status, { ...headers, 'content-type': mediaType });
    });
  },
};
