import { z } from '@hono/zod-openapi';
import { errorResponses } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';

export const versionSchema = z
  .strictObject({ name: z.string(), version: z.string(), commit: z.string().nullable(), node: z.string() })
  .openapi('Version');

/** `GET /version`: which build runs. */
export const version: Operation = {
  route: {
    operationId: 'version',
    method: 'get',
    path: '/version',
    tags: ['operations'],
    summary: 'Version of the running build',
    responses: {
      200: {
        description: 'The build.',
        content: {
          'application/json': {
            schema: versionSchema,
            example: { name: 'tessera', version: '0.1.0', commit: null, node: '24.21.0' },
          },
        },
      },
      ...errorResponses(401, 403, 405, 406, 500),
    },
  },
  create: (deps) => (c) => c.json({ ...deps.version, commit: deps.version.commit ?? null }),
};
