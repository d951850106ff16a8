import type { RouteConfig, z } from '@hono/zod-openapi';

type RequestBody = NonNullable<NonNullable<RouteConfig['request']>['body']>;

const binary = { type: 'string', format: 'binary' } as const;

/**
 * OpenAPI description of the three ways of input. It is documentation only: bodies are read as streams, within limits,
 * by readAnalysisRequest, which validates with the same zod schemas.
 * @param formExample in it stands a text for the bytes of each file.
 */
export function analysisBody(
  jsonSchema: z.ZodType,
  formProperties: Readonly<Record<string, object>>,
  jsonExample: unknown,
  formExample: Readonly<Record<string, unknown>>,
): RequestBody {
  const file = { schema: binary };
  return {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          required: ['file'],
          properties: { file: { type: 'array', items: binary }, ...formProperties },
        },
        example: formExample,
        encoding: { options: { contentType: 'application/json' } },
      },
      'application/json': { schema: jsonSchema, example: jsonExample },
      'application/x-ndjson': {
        schema: {
          type: 'string',
          description: 'On each line `{"input": "…"}` or a string; options in the query.',
        },
      },
      'image/png': file,
      'image/jpeg': file,
      'image/tiff': file,
      'image/webp': file,
      'image/bmp': file,
      'image/gif': file,
      'application/zip': file,
      'application/octet-stream': file,
    },
  };
}
