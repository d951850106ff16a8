import type { RouteConfig } from '@hono/zod-openapi';
import type { Operation } from './operation.ts';

type Responses = RouteConfig['responses'];

/** As much of OpenAPI's Header Object as is used here. */
interface HeaderObject {
  readonly description: string;
  readonly required?: boolean;
  readonly schema: { type: 'string' | 'integer'; pattern?: string; minimum?: number; examples?: string[] };
}

const text: { type: 'string' } = { type: 'string' };

/** The headers of the service as components of the description; those that every reply has are `required`. */
export const headerComponents = {
  RequestId: {
    description:
      'Names this call in the log: the client’s own X-Request-Id when it is harmless, else a new one.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
  },
  ServerTiming: {
    description:
      'Milliseconds by stage (read, decode, preprocess, queue, infer, postprocess), and `total`. Of a stream, of what came before its head.',
    required: true,
    schema: { ...text, examples: ['decode;dur=1.47, infer;dur=75.59, total;dur=100.92'] },
  },
  Traceparent: {
    description: 'W3C Trace Context: of the trace that the request named, or of a new one.',
    required: true,
    schema: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
  },
  RetryAfter: {
    description: 'Seconds to wait before the same request is worth sending again.',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
  Allow: { description: 'The methods of this path.', required: true, schema: text },
  Authenticate: { description: 'RFC 6750: a bearer token is asked for.', required: true, schema: text },
  Model: { description: 'Name of the model. Not with JSON, which has it in its body.', schema: text },
  Stamp: { description: '`stamp` of the provenance. Not with JSON.', schema: text },
  EmbeddingSpace: { description: '`embeddingSpace` of the provenance. Not with JSON.', schema: text },
  Advisories: {
    description: 'Codes of the advisories, with commas between. Not with JSON.',
    schema: { ...text, examples: ['demo-weights'] },
  },
  Geometry: {
    description:
      'The Geometry of the image as JSON: the way from a patch back to source pixels. With npy alone.',
    schema: text,
  },
} satisfies Record<string, HeaderObject>;

const reference = (name: keyof typeof headerComponents) => ({ $ref: `#/components/headers/${name}` });

const always = {
  'X-Request-Id': reference('RequestId'),
  'Server-Timing': reference('ServerTiming'),
  traceparent: reference('Traceparent'),
};

const ofStatus: Readonly<Record<string, object>> = {
  401: { 'WWW-Authenticate': reference('Authenticate') },
  405: { Allow: reference('Allow') },
  503: { 'Retry-After': reference('RetryAfter') },
  504: { 'Retry-After': reference('RetryAfter') },
};

const ofArrays = {
  'X-Tessera-Model': reference('Model'),
  'X-Tessera-Stamp': reference('Stamp'),
  'X-Tessera-Embedding-Space': reference('EmbeddingSpace'),
  'X-Tessera-Advisories': reference('Advisories'),
};

/** Media types whose body has no room for the provenance of all of it. */
const arrayTypes = ['application/x-npy', 'application/x-safetensors', 'application/x-ndjson'];

function headersOf(operationId: string, status: string, mediaTypes: readonly string[]): object {
  const hasArrays = mediaTypes.some((type) => arrayTypes.includes(type));
  const hasGeometry = operationId === 'createFeatures' && mediaTypes.includes('application/x-npy');
  return {
    ...always,
    ...ofStatus[status],
    ...(hasArrays && ofArrays),
    ...(hasGeometry && { 'X-Tessera-Geometry': reference('Geometry') }),
  };
}

/** The route with the headers that its replies have; what middleware and error handling send is no business of an operation. */
export function withReplyHeaders(route: Operation['route']): Operation['route'] {
  const responses = Object.fromEntries(
    Object.entries(route.responses as Record<string, { content?: object }>).map(([status, response]) => [
      status,
      { ...response, headers: headersOf(route.operationId, status, Object.keys(response.content ?? {})) },
    ]),
  );
  return { ...route, responses: responses as Responses };
}
