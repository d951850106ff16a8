import { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { AppError } from '#src/domain/app-error.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { RemoteFetchBounds, RemoteFetcher } from '#src/ports/remote-fetcher.ts';
import type { AllowedHost } from './allowed-hosts.ts';
import { checkAddress } from './check-address.ts';
import { toUnreachable } from './describe-failure.ts';
import { openResponse, type ConnectionOptions } from './open-response.ts';
import { readResponse } from './read-response.ts';
import type { ResolveHost } from './resolve-host.ts';

export interface HttpsFetcherDeps {
  readonly allowedHosts: readonly AllowedHost[];
  /** For one file, its redirects and look-ups included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly resolveHost: ResolveHost;
  /** May a connection go there? `isPublicAddress`; tests on loopback have their own. */
  readonly isAllowedAddress: (address: string) => boolean;
  /** PEM certificates of those who may vouch for servers. */
  readonly authorities: readonly string[];
}

const maxRedirects = 3;
const redirectStatuses: readonly (number | undefined)[] = [301, 302, 303, 307, 308];
/** One host is asked by so many connections at once, whatever clients wish; more wait their turn within their time. */
const maxSocketsPerHost = 8;
const maxSockets = 64;
const idleSocketMs = 5_000;

/** The addresses of a host, all of which must be allowed: an honest public host has no private one among them. */
async function resolveChecked(host: string, deps: HttpsFetcherDeps, signal: AbortSignal) {
  const addresses = await deps.resolveHost(host, signal);
  signal.throwIfAborted();
  if (addresses.length === 0) throw new AppError('url-unreachable', 'The host name has no address.');
  if (addresses.every(deps.isAllowedAddress)) return addresses;
  throw new AppError(
    'url-not-allowed',
    'The host of the address lies in a private or reserved network, from which nothing is fetched.',
  );
}

/** Where a redirect leads, judged like any address. Its faults are the server's, not the client's. */
function followTo(location: string, from: URL, { allowedHosts }: HttpsFetcherDeps): URL {
  try {
    return checkAddress(location, allowedHosts, from);
  } catch (thrown) {
    const { code, detail } = AppError.from(thrown);
    const own = code === 'malformed-request' ? 'url-unreachable' : code;
    throw new AppError(own, `The address redirects to another one. ${detail}`);
  }
}

/** Follows redirects by hand, so that each is judged like the address itself, and reads the file at their end. */
async function fetchFile(
  text: string,
  bounds: RemoteFetchBounds,
  deps: HttpsFetcherDeps,
  connection: ConnectionOptions,
): Promise<Uint8Array> {
  const { signal } = bounds;
  let url = checkAddress(text, deps.allowedHosts);
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const addresses = await resolveChecked(url.hostname, deps, signal);
    const response = await openResponse(url, addresses, connection, signal);
    // Read whole or not at all: what is left of a body is cut, not waited for.
    const letGo = (): void => void response.destroy();
    if (!redirectStatuses.includes(response.statusCode)) {
      return await readResponse(response, bounds).catch((thrown: unknown) => {
        letGo();
        throw thrown;
      });
    }
    letGo();
    const { location } = response.headers;
    if (location === undefined) {
      throw new AppError('url-unreachable', 'The server of the address redirects to nowhere.');
    }
    url = followTo(location, url, deps);
  }
  throw new AppError('url-unreachable', `The address redirects more than ${maxRedirects} times.`);
}

/**
 * Fetches over https from the hosts of an allow-list: addresses resolved once, checked, and connected to as they were checked; no cookie,
 * no credentials, no decoding of bodies. `docs/concepts/url-inputs.md` says what is refused.
 */
export function createHttpsFetcher(deps: HttpsFetcherDeps): RemoteFetcher {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: maxSocketsPerHost,
    maxTotalSockets: maxSockets,
    timeout: idleSocketMs,
  });
  const secureContext = createSecureContext({ ca: [...deps.authorities], minVersion: 'TLSv1.2' });
  return {
    async fetch(text, bounds) {
      const controller = new AbortController();
      const abandon = (): void => controller.abort(bounds.signal.reason);
      const cancelTimer = deps.clock.after(deps.timeoutMs, () =>
        controller.abort(
          new AppError('url-timeout', `The file at the address did not come within ${deps.timeoutMs} ms.`),
        ),
      );
      bounds.signal.addEventListener('abort', abandon, { once: true });
      if (bounds.signal.aborted) abandon();
      try {
        const own = { ...bounds, signal: controller.signal };
        return await fetchFile(text, own, deps, { agent, secureContext });
      } catch (thrown) {
        throw controller.signal.aborted ? AppError.from(controller.signal.reason) : toUnreachable(thrown);
      } finally {
        cancelTimer();
        bounds.signal.removeEventListener('abort', abandon);
      }
    },
    close: () => agent.destroy(),
  };
}
