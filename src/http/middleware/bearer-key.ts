import { createMiddleware } from 'hono/factory';
import { AppError } from '#src/domain/app-error.ts';
import type { AppEnv } from '#src/http/env.ts';
import { isKnownKey } from './is-known-key.ts';

/** Probes carry no key, and the description of the surface is no secret. */
const openPaths = new Set(['/livez', '/readyz', '/openapi.json', '/docs']);
const openPrefix = '/docs/';

const bearer = /^Bearer +([\x21-\x7e]{1,512})$/i;

/** @param digests SHA-256 (32 bytes) of the accepted keys, at least one. */
export function bearerKey(digests: readonly Uint8Array[]) {
  return createMiddleware<AppEnv>(async function bearerKeyMiddleware(c, next) {
    const isOpen = openPaths.has(c.req.path) || c.req.path.startsWith(openPrefix);
    if (!isOpen) {
      const key = bearer.exec(c.req.header('authorization') ?? '')?.[1];
      if (key === undefined || !isKnownKey(key, digests)) {
        throw new AppError('unauthenticated', 'Send a valid API key as a bearer token.');
      }
    }
    await next();
  });
}
