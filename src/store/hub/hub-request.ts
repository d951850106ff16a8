import { setTimeout as pause } from 'node:timers/promises';
import { HubError } from './hub-error.ts';

export interface HubAccess {
  /** Scheme and host of the hub or a mirror, without a slash at its end. */
  readonly endpoint: string;
  /** Sent to the endpoint's own origin and to no other. */
  readonly token: string | undefined;
  /** First pause between tries; doubles. A hub's `Retry-After` goes before it. */
  readonly basePauseMs: number;
  readonly signal: AbortSignal;
}

const maxRedirects = 5;
const maxTries = 5;
const maxPauseMs = 60_000;

/** One request with its redirects followed by hand: each hop decides anew whether the token may travel. */
async function follow(access: HubAccess, path: string, headers: Readonly<Record<string, string>>) {
  const home = new URL(access.endpoint).origin;
  let url = new URL(`${access.endpoint}${path}`);
  let commit: string | null = null;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const isHome = url.origin === home;
    const response = await fetch(url, {
      redirect: 'manual',
      signal: access.signal,
      headers: {
        // A compressed body has other lengths and ranges than the file.
        'accept-encoding': 'identity',
        ...headers,
        ...(isHome && access.token !== undefined && { authorization: `Bearer ${access.token}` }),
      },
    });
    if (isHome) commit = response.headers.get('x-repo-commit') ?? commit;
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null)
      return { response, commit, isHome };
    await response.body?.cancel();
    const next = new URL(location, url);
    if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
      throw new HubError('protocol', 'The hub redirects from https to an unprotected address.');
    }
    url = next;
  }
  throw new HubError('protocol', `The hub redirects more than ${maxRedirects} times.`);
}

function refusalOf(response: Response, what: string, hasToken: boolean): HubError | undefined {
  const { status } = response;
  if (status === 401 && !hasToken) return new HubError('unauthorized', `The hub wants a token for ${what}.`);
  if (status === 401) return new HubError('unauthorized', `The hub does not accept the token for ${what}.`);
  if (status === 403) {
    return new HubError('gated', `Access to ${what} is gated: its terms must be accepted at the hub.`);
  }
  if (status === 404) return new HubError('not-found', `The hub has no ${what}.`);
  return undefined;
}

/** `Retry-After` in seconds, else the back-off; at most a minute. */
function pauseMs(response: Response | undefined, backOffMs: number): number {
  const seconds = Number(response?.headers.get('retry-after') ?? Number.NaN);
  return Math.min(maxPauseMs, Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : backOffMs);
}

/**
 * GET from the hub. Resolves to a reply with status 200, 206 or 416 and the commit that the hub named; 429, 5xx and broken
 * connections are tried again. Throws HubError for everything else; honours the signal.
 */
export async function requestFromHub(
  access: HubAccess,
  path: string,
  what: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly response: Response; readonly commit: string | null }> {
  let backOffMs = access.basePauseMs;
  for (let tries = 1; ; tries += 1) {
    const reply = await follow(access, path, headers).catch((thrown: unknown) => {
      if (access.signal.aborted || thrown instanceof HubError) throw thrown;
      return undefined;
    });
    const status = reply?.response.status;
    if (reply !== undefined && (status === 200 || status === 206 || status === 416)) return reply;
    await reply?.response.body?.cancel();
    const refusal =
      reply?.isHome === true ? refusalOf(reply.response, what, access.token !== undefined) : undefined;
    if (refusal !== undefined) throw refusal;
    // What a storage host refuses is an address that has expired: the next try gets a new one.
    const isPassing = reply?.isHome !== true || status === 429 || Number(status) >= 500;
    if (!isPassing) throw new HubError('protocol', `The hub answers ${status} for ${what}.`);
    if (tries === maxTries) {
      throw new HubError('unavailable', `The hub cannot give ${what} (${status ?? 'no connection'}).`);
    }
    await pause(pauseMs(reply?.response, backOffMs), undefined, { signal: access.signal });
    backOffMs *= 2;
  }
}
