import { z } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import { errorResponses } from '#src/http/error-responses.ts';
import type { AppDeps, DependencyState } from '#src/http/deps.ts';
import type { Operation } from '#src/http/operation.ts';
import { problemResponse } from '#src/http/problem.ts';
import { advisorySchema } from '#src/http/schemas/common.ts';
import { readinessExample } from '#src/http/schemas/reply-examples.ts';

const dependencySchema = z.strictObject({ name: z.string(), isReady: z.boolean(), detail: z.string() });

export const readinessSchema = z
  .strictObject({
    status: z.literal('ready'),
    dependencies: z.array(dependencySchema),
    advisories: z.array(advisorySchema),
  })
  .openapi('Readiness');

/** Why the gateway takes no work now, or undefined when it does. */
function notReadyError(deps: AppDeps, dependencies: readonly DependencyState[]): AppError | undefined {
  if (deps.isDraining()) return new AppError('shutting-down', 'The server is shutting down.');
  const model = deps.catalogue.find(deps.defaultModel);
  if (model?.isReady !== true) {
    return new AppError('model-not-ready', `The default model ${deps.defaultModel} is not ready.`, {
      retryAfterSeconds: 2,
    });
  }
  const missing = dependencies.find(({ isReady, isRequired }) => isRequired === true && !isReady);
  if (missing !== undefined) {
    return new AppError('model-not-ready', `The ${missing.name} is not ready.`, { retryAfterSeconds: 2 });
  }
  return undefined;
}

/** Advisories of the served models, each code once. */
function servedAdvisories(deps: AppDeps) {
  const all = deps.catalogue.list().flatMap(({ spec }) => spec.advisories);
  return [...new Map(all.map((advisory) => [advisory.code, advisory])).values()];
}

/** `GET /readyz`: each dependency one by one; 503 while draining or while the default model is not ready. */
export const readyz: Operation = {
  route: {
    operationId: 'readyz',
    method: 'get',
    path: '/readyz',
    tags: ['operations'],
    summary: 'Is the service ready for work?',
    responses: {
      200: {
        description: 'Ready.',
        content: { 'application/json': { schema: readinessSchema, example: readinessExample } },
      },
      ...errorResponses(403, 405, 406, 500, 503),
    },
  },
  create: (deps) => (c) => {
    const states = deps.dependencies();
    const dependencies = states.map(({ name, isReady, detail }) => ({ name, isReady, detail }));
    const error = notReadyError(deps, states);
    if (error !== undefined) return problemResponse(error, c.get('ctx').requestId, { dependencies });
    return c.json({ status: 'ready' as const, dependencies, advisories: servedAdvisories(deps) });
  },
};
