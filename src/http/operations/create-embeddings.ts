import type { Context } from 'hono';
import { AppError } from '#src/domain/app-error.ts';
import type { EmbedResult } from '#src/pipeline/embed-images.ts';
import { renderEmbeddingsNpy, renderEmbeddingsSafetensors } from '#src/pipeline/render-embeddings.ts';
import { negotiate } from '#src/http/accepts.ts';
import { withAnalysisRequest } from '#src/http/analysis-operation.ts';
import { analysisBody } from '#src/http/analysis-body.ts';
import { reportItems, requireAllItems, statusOf } from '#src/http/analysis-reply.ts';
import { analysisErrors } from '#src/http/error-responses.ts';
import type { AppEnv } from '#src/http/env.ts';
import type { Operation } from '#src/http/operation.ts';
import { renderEmbeddingItem, type EncodingFormat } from '#src/http/render-embedding-item.ts';
import {
  embeddingJsonBodySchema,
  embeddingLineSchema,
  embeddingOptionKinds,
  embeddingOptionsSchema,
  embeddingResponseSchema,
} from '#src/http/schemas/embeddings.ts';
import { tinyPngDataUri } from '#src/http/schemas/example-image.ts';
import {
  embeddingLineExamples,
  embeddingsExample,
  someEmbeddingsExample,
} from '#src/http/schemas/reply-examples.ts';
import { streamEmbeddings } from '#src/http/stream/stream-embeddings.ts';

const operationId = 'createEmbeddings';
const jsonOf = (example: unknown) => ({ 'application/json': { schema: embeddingResponseSchema, example } });
const npy = {
  schema: { type: 'string', format: 'binary', description: 'NumPy 1.0: float32 [images, dimension].' },
} as const;
const safetensors = {
  'application/x-safetensors': {
    schema: {
      type: 'string',
      format: 'binary',
      description:
        'safetensors: `embeddings` [images, dimension], `index` [images], and metadata with provenance, advisories and items.',
    },
  },
} as const;
const ndjson = 'application/x-ndjson';
const mediaTypes = ['application/json', 'application/x-npy', 'application/x-safetensors', ndjson] as const;

function renderBody(result: EmbedResult, format: EncodingFormat) {
  return {
    object: 'list' as const,
    data: result.items.map((item) => renderEmbeddingItem(item, format)),
    model: result.model.spec.name,
    usage: { prompt_tokens: result.tokenCount, total_tokens: result.tokenCount },
    provenance: result.provenance,
    advisories: result.advisories,
  };
}

type MediaType = Exclude<(typeof mediaTypes)[number], typeof ndjson>;

function renderReply(
  c: Context<AppEnv>,
  result: EmbedResult,
  mediaType: MediaType,
  format: EncodingFormat,
): Response {
  if (mediaType === 'application/x-npy') requireAllItems(result.items, mediaType);
  const status = statusOf(result.items);
  if (mediaType === 'application/json') return c.json(renderBody(result, format), status);
  const render = mediaType === 'application/x-npy' ? renderEmbeddingsNpy : renderEmbeddingsSafetensors;
  const { body, headers } = render(result);
  return c.body(body, status, { ...headers, 'content-type': mediaType });
}

/** `POST /v1/embeddings`: images in, one pooled vector each out. The JSON reply has the OpenAI shape and more. */
export const createEmbeddings: Operation = {
  route: {
    operationId,
    method: 'post',
    path: '/v1/embeddings',
    tags: ['analysis'],
    summary: 'Embed images',
    description:
      'Pooled vectors of a frozen encoder, one per image. Options travel in the query, as form fields, as one `options` JSON part, or in the JSON body.',
    request: {
      query: embeddingOptionsSchema.partial(),
      body: analysisBody(
        embeddingJsonBodySchema,
        { options: { type: 'string', description: 'Options as JSON.' } },
        { input: tinyPngDataUri, pooling: 'cls' },
        { options: '{"pooling":"cls"}', file: ['(the bytes of an image)', '(the bytes of another)'] },
      ),
    },
    responses: {
      200: {
        description:
          'Every image was embedded. With application/x-ndjson: the head of a stream, one line per image as soon as it is ready, the last a summary that tells how it went.',
        content: {
          ...jsonOf(embeddingsExample),
          'application/x-npy': npy,
          ...safetensors,
          [ndjson]: { schema: embeddingLineSchema, examples: embeddingLineExamples },
        },
      },
      207: {
        description:
          'Some images failed; each failed item carries its error. Not with application/x-npy, which has no place for one: there any failed item fails the call.',
        content: { ...jsonOf(someEmbeddingsExample), ...safetensors },
      },
      ...analysisErrors,
    },
  },
  create: (deps) => (c) => {
    const mediaType = negotiate(c.req.header('accept'), mediaTypes);
    if (mediaType === ndjson) return streamEmbeddings(deps, c);
    const shape = { schema: embeddingOptionsSchema, kinds: embeddingOptionKinds };
    return withAnalysisRequest(deps, c, shape, async ({ items, examples, options, timings, ctx }) => {
      if (examples.length > 0) throw new AppError('malformed-request', 'Embeddings take no examples.');
      const choice = { ...options, model: options.model, dimensions: options.dimensions };
      const result = await deps.embedImages(items, choice, timings, ctx);
      reportItems(deps, operationId, ctx.requestId, result.items);
      return renderReply(c, result, mediaType, options.encoding_format);
    });
  },
};
