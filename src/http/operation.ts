import type { RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppDeps } from './deps.ts';
import type { AppEnv } from './env.ts';

/** One operation of the HTTP surface: its description and what it does. One file each. */
export interface Operation {
  /** OpenAPI description; `path` in OpenAPI notation (`/v1/models/{id}`), `operationId` required. */
  readonly route: RouteConfig & { readonly operationId: string };
  readonly create: (deps: AppDeps) => (c: Context<AppEnv>) => Response | Promise<Response>;
}
