import { z } from '@hono/zod-openapi';
import { errorResponses } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';

/**
 * `GET /openapi.json`: OpenAPI 3.1, generated from the same schemas that validate.
 * @param document made once, by createApp, from all operations.
 */
export function openapiDocument(document: () => object): Operation {
  return {
    route: {
      operationId: 'openapi',
      method: 'get',
      path: '/openapi.json',
      tags: ['operations'],
      summary: 'OpenAPI description',
      responses: {
        200: {
          description: 'OpenAPI 3.1.',
          content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
        },
        ...errorResponses(403, 405, 406, 500),
      },
    },
    create: () => (c) => c.json(document()),
  };
}
