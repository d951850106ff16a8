import { readErrors } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';
import { renderModel } from '#src/http/render-model.ts';
import { modelListSchema } from '#src/http/schemas/models.ts';
import { modelListExample } from '#src/http/schemas/reply-examples.ts';

/** `GET /v1/models`: what is served, ready or not. */
export const listModels: Operation = {
  route: {
    operationId: 'listModels',
    method: 'get',
    path: '/v1/models',
    tags: ['models'],
    summary: 'List the models',
    responses: {
      200: {
        description: 'Every model with a spec, ready or not.',
        content: { 'application/json': { schema: modelListSchema, example: modelListExample } },
      },
      ...readErrors,
    },
  },
  create: (deps) => (c) => {
    return c.json({
      object: 'list' as const,
      data: deps.catalogue.list().map((model) => renderModel(model, deps)),
    });
  },
};
