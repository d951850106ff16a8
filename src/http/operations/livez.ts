import { z } from '@hono/zod-openapi';
import { errorResponses } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';

/** `GET /livez`: the process answers; nothing else is looked at, so that a broken dependency never restarts it. */
export const livez: Operation = {
  route: {
    operationId: 'livez',
    method: 'get',
    path: '/livez',
    tags: ['operations'],
    summary: 'Is the process alive?',
    responses: {
      200: {
        description: 'Alive.',
        content: {
          'application/json': {
            schema: z.strictObject({ status: z.literal('alive') }),
            example: { status: 'alive' },
          },
        },
      },
      ...errorResponses(403, 405, 406, 500),
    },
  },
  create: () => (c) => c.json({ status: 'alive' as const }),
};
