import { z } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import { errorResponses, readErrors } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';
import { renderModel } from '#src/http/render-model.ts';
import { modelSchema } from '#src/http/schemas/models.ts';
import { modelExample } from '#src/http/schemas/reply-examples.ts';

/** `GET /v1/models/{id}`: one model. */
export const getModel: Operation = {
  route: {
    operationId: 'getModel',
    method: 'get',
    path: '/v1/models/{id}',
    tags: ['models'],
    summary: 'Describe one model',
    request: { params: z.object({ id: z.string().openapi({ example: 'demo_vit_224' }) }) },
    responses: {
      200: {
        description: 'The model.',
        content: { 'application/json': { schema: modelSchema, example: modelExample } },
      },
      ...errorResponses(404),
      ...readErrors,
    },
  },
  create: (deps) => (c) => {
    const model = deps.catalogue.find(c.req.param('id') ?? '');
    if (model === undefined) throw new AppError('model-not-found', 'There is no model of that name.');
    return c.json(renderModel(model, deps));
  },
};
