import { createHash, timingSafeEqual } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { AppError } from '#src/domain/app-error.ts';
import type { AppEnv } from '#src/http/env.ts';

/** Probes carry no key, and the description of the surface is no secret. */
const openPaths = new Set(['/livez', '/readyz', '/openapi.json', '/docs']);
const openPrefix = '/docs/';

const bearer = /^Bearer +([\x21-\x7e]{1,512})$/i;

/** Compares with every key, found or not, so that time tells neither which nor how far. */
function isKnown(key: string, digests: readonly Uint8Array[]): boolean {
  const digest = createHash('sha256').update(key).digest();
  return digests.reduce((found, known) => timingSafeEqual(digest, known) || found, false);
}

/** @param digests SHA-256 (32 bytes) of the accepted keys, at least one. */
export function bearerKey(digests: readonly Uint8Array[]) {
  return createMiddleware<AppEnv>(async function bearerKeyMiddleware(c, next) {
    const isOpen = openPaths.has(c.req.path) || c.req.path.startsWith(openPrefix);
    if (!isOpen) {
      const key = bearer.exec(c.req.header('authorization') ?? '')?.[1];
      if (key === undefined || !isKnown(key, digests)) {
        throw new AppError('unauthenticated', 'Send a valid API key as a bearer token.');
      }
    }
    await next();
  });
}
