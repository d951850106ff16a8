import { z } from '@hono/zod-openapi';
import { errorResponses } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';

/** `GET /metrics`: Prometheus text exposition. */
export const metrics: Operation = {
  route: {
    operationId: 'metrics',
    method: 'get',
    path: '/metrics',
    tags: ['operations'],
    summary: 'Prometheus metrics',
    responses: {
      200: {
        description: 'Prometheus text format 0.0.4.',
        content: { 'text/plain': { schema: z.string() } },
      },
      ...errorResponses(401, 403, 405, 406, 500),
    },
  },
  create: (deps) => async (c) =>
    c.body(await deps.metrics.render(), 200, { 'content-type': deps.metrics.contentType }),
};
