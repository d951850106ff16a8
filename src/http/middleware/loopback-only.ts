import { createMiddleware } from 'hono/factory';
import { AppError } from '#src/domain/app-error.ts';
import type { AppEnv } from '#src/http/env.ts';

/** `localhost` and the loopback addresses, as a URL writes them; no DNS name can be one of these but the first. */
const loopbackName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The host name of an authority (`localhost:8080` → `localhost`), or undefined when it is none. */
function hostNameOf(authority: string): string | undefined {
  try {
    return new URL(`http://${authority}`).hostname;
  } catch {
    return undefined;
  }
}

/**
 * For a server on loopback without a key: anyone on this machine may call, but no web page may.
 * `Host` must be a loopback name (a rebound DNS name is not), `Origin` must be the server's own, and a browser that
 * says the request comes from another site is believed.
 */
export function loopbackOnly() {
  return createMiddleware<AppEnv>(async function loopbackOnlyMiddleware(c, next) {
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    const name = hostNameOf(host);
    if (name === undefined || !loopbackName.test(name)) {
      throw new AppError('forbidden', 'Without an API key only requests to a loopback host name are served.');
    }
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== `http://${host}`) {
      throw new AppError('forbidden', 'Pages of other origins may not call this server.');
    }
    const site = c.req.header('sec-fetch-site');
    const isNavigation = c.req.header('sec-fetch-mode') === 'navigate' && c.req.method === 'GET';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation) {
      throw new AppError('forbidden', 'Pages of other sites may not call this server.');
    }
    await next();
  });
}
