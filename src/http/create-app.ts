import { OpenAPIHono } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import { negotiate } from './accepts.ts';
import type { AppDeps } from './deps.ts';
import type { AppEnv } from './env.ts';
import { createMethodTable } from './method-table.ts';
import { describeMissingPath } from './missing-path.ts';
import { bearerKey } from './middleware/bearer-key.ts';
import { loopbackOnly } from './middleware/loopback-only.ts';
import { requestContext } from './middleware/request-context.ts';
import { offeredTypes } from './offered-types.ts';
import type { Operation } from './operation.ts';
import { createClassifications } from './operations/create-classifications.ts';
import { createEmbeddings } from './operations/create-embeddings.ts';
import { createFeatures } from './operations/create-features.ts';
import { docs, docsAsset } from './operations/docs.ts';
import { getModel } from './operations/get-model.ts';
import { listModels } from './operations/list-models.ts';
import { livez } from './operations/livez.ts';
import { metrics } from './operations/metrics.ts';
import { openapiDocument } from './operations/openapi-document.ts';
import { readyz } from './operations/readyz.ts';
import { version } from './operations/version.ts';
import { problemResponse } from './problem.ts';
import { problemExamples } from './error-responses.ts';
import { headerComponents, withReplyHeaders } from './reply-headers.ts';

/** The whole surface, one line each. */
const operations: readonly Operation[] = [
  createEmbeddings,
  createClassifications,
  createFeatures,
  listModels,
  getModel,
  livez,
  readyz,
  metrics,
  version,
  docs,
  docsAsset,
];

/** OpenAPI `{id}` → router `:id`. */
const toRouterPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/**
 * The OpenAPI 3.1 document of the surface; it depends on nothing that a running service has beside these two, so code can be
 * generated from it without one.
 */
export function describeSurface({ version, hasKeys }: { version: string; hasKeys: boolean }): object {
  const described = new OpenAPIHono<AppEnv>();
  for (const { route } of [...operations, openapiDocument(() => ({}))]) {
    described.openAPIRegistry.registerPath(withReplyHeaders(route));
  }
  for (const [name, header] of Object.entries(headerComponents)) {
    described.openAPIRegistry.registerComponent('headers', name, header);
  }
  for (const [code, example] of Object.entries(problemExamples)) {
    described.openAPIRegistry.registerComponent('examples', code, example);
  }
  described.openAPIRegistry.registerComponent('securitySchemes', 'bearerKey', {
    type: 'http',
    scheme: 'bearer',
  });
  return described.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tessera',
      version,
      description:
        'Frozen DINOv3 encoders over medical images: embeddings and few-shot classification, each result with its provenance. Not a medical device.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    security: hasKeys ? [{ bearerKey: [] }] : [],
    tags: [
      { name: 'analysis', description: 'Images in, features and answers out.' },
      { name: 'models', description: 'What is served.' },
      { name: 'operations', description: 'Probes, metrics and descriptions.' },
    ],
  });
}

/** Whatever is thrown becomes a problem; works also for what is thrown before any middleware ran. */
function handleErrors(app: OpenAPIHono<AppEnv>, deps: AppDeps): void {
  app.onError((thrown, c) => {
    const error = AppError.from(thrown);
    const requestId = (c.get('ctx') as AppEnv['Variables']['ctx'] | undefined)?.requestId ?? 'unknown';
    // Overload and readiness are states, not faults: the request line says them. A fault needs its cause in the log.
    if (error.row.status >= 500 && !error.row.retryable) {
      deps.log.error({ requestId, code: error.code, err: error.cause ?? error }, error.code);
    }
    return problemResponse(error, requestId);
  });
  const methodsOf = createMethodTable([...operations, openapiDocument(() => ({}))].map(({ route }) => route));
  app.notFound((c) => {
    const { requestId } = c.get('ctx');
    const allowed = methodsOf(c.req.path);
    if (allowed.length === 0) {
      return problemResponse(
        new AppError('not-found', describeMissingPath(c.req.path, methodsOf)),
        requestId,
      );
    }
    const response = problemResponse(
      new AppError('method-not-allowed', `This path answers to ${allowed.join(', ')}.`),
      requestId,
    );
    response.headers.set('allow', allowed.join(', '));
    return response;
  });
}

/** The HTTP surface over Fetch: no socket, no Node server, so tests and other runtimes can drive it. */
export function createApp(deps: AppDeps): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>();
  const surface = { version: deps.version.version, hasKeys: deps.access.keyDigests.length > 0 };
  app.use(requestContext(deps));
  app.use(surface.hasKeys ? bearerKey(deps.access.keyDigests) : loopbackOnly());
  let document: object | undefined;
  for (const operation of [...operations, openapiDocument(() => (document ??= describeSurface(surface)))]) {
    const handle = operation.create(deps);
    const offered = offeredTypes(operation.route);
    app.on(operation.route.method.toUpperCase(), toRouterPath(operation.route.path), (c) => {
      c.set('operation', operation.route.operationId);
      negotiate(c.req.header('accept'), offered);
      return handle(c);
    });
  }
  handleErrors(app, deps);
  return app;
}
