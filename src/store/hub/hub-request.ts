import { setTimeout as pause } from 'node:timers/promises';
import { HubError } from './hub-error.ts';

export interface HubAccess {
  /** Scheme and host of the hub or a mirror, without a slash at its end. */
  readonly endpoint: string;
  /** Sent to the endpoint's own origin and to no other; over plain http to this machine only. */
  readonly token: string | undefined;
  /** First pause between tries; doubles. A hub's `Retry-After` goes before it. */
  readonly basePauseMs: number;
  /** Longest silence of a connection, which counts as broken then. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

const maxRedirects = 5;
const maxTries = 5;
const maxPauseMs = 60_000;

/** A reply, and what the hub itself said on the way to it: a storage host knows neither commit nor digest. */
export interface HubReply {
  readonly response: Response;
  readonly commit: string | null;
  /** Of the file behind a redirect: `X-Linked-Etag` (its sha256) and `X-Linked-Size`. */
  readonly linked: { readonly etag: string | null; readonly bytes: string | null };
}

/** Addresses whose packets never leave this machine. */
const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);

/** Throws HubError `insecure` where a token would be readable on its way. */
function checkTokenIsProtected({ endpoint, token }: HubAccess): void {
  const url = new URL(endpoint);
  if (token === undefined || url.protocol === 'https:' || isLoopback(url)) return;
  throw new HubError('insecure', `The token would travel unprotected to ${url.origin}; it was not sent.`);
}

/** A request up to the head of its reply, which must come within the idle time. The caller's signal also ends the body. */
async function fetchHead(url: URL, { signal, idleMs }: HubAccess, init: RequestInit): Promise<Response> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), idleMs);
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any([signal, silence.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

/** One request with its redirects followed by hand: each hop decides anew whether the token may travel. */
async function follow(
  access: HubAccess,
  path: string,
  headers: Readonly<Record<string, string>>,
  method: 'GET' | 'HEAD',
) {
  const home = new URL(access.endpoint).origin;
  let url = new URL(`${access.endpoint}${path}`);
  let commit: string | null = null;
  let linked: HubReply['linked'] = { etag: null, bytes: null };
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const isHome = url.origin === home;
    const response = await fetchHead(url, access, {
      method,
      redirect: 'manual',
      headers: {
        // A compressed body has other lengths and ranges than the file.
        'accept-encoding': 'identity',
        ...headers,
        ...(isHome && access.token !== undefined && { authorization: `Bearer ${access.token}` }),
      },
    });
    if (isHome) {
      commit = response.headers.get('x-repo-commit') ?? commit;
      const etag = response.headers.get('x-linked-etag')?.replace(/^(W\/)?"(.*)"$/, '$2') ?? linked.etag;
      linked = { etag, bytes: response.headers.get('x-linked-size') ?? linked.bytes };
    }
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null)
      return { response, commit, linked, isHome };
    await response.body?.cancel();
    const next = new URL(location, url);
    // What a file is says the hub; a storage host is asked for its content only.
    if (method === 'HEAD' && next.origin !== home) return { response, commit, linked, isHome };
    if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
      const why =
        next.protocol === 'http:'
          ? 'The hub redirects from https to an unprotected address.'
          : `The hub redirects to an address of ${next.protocol}, and only http and https are followed.`;
      throw new HubError('protocol', why);
    }
    url = next;
  }
  throw new HubError('protocol', `The hub redirects more than ${maxRedirects} times.`);
}

/** The hub says `GatedRepo` with 401 to a stranger and with 403 to an account that has not accepted the terms. */
function refusalOf(response: Response, what: string, hasToken: boolean): HubError | undefined {
  const { status } = response;
  const isGated = response.headers.get('x-error-code') === 'GatedRepo';
  if (status === 403 || (status === 401 && isGated)) {
    return new HubError('gated', `Access to ${what} is gated: its terms must be accepted at the hub.`);
  }
  if (status === 401 && !hasToken) {
    // To a stranger the hub does not say whether a private repository exists.
    return new HubError('unauthorized', `The hub wants a token for ${what}, or has no such repository.`);
  }
  if (status === 401) return new HubError('unauthorized', `The hub does not accept the token for ${what}.`);
  if (status === 404) return new HubError('not-found', `The hub has no ${what}.`);
  return undefined;
}

/** `Retry-After`, seconds or a date (RFC 9110, 10.2.3), else the back-off; at most a minute. */
function pauseMs(response: Response | undefined, backOffMs: number): number {
  const text = response?.headers.get('retry-after');
  if (text == null) return Math.min(maxPauseMs, backOffMs);
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Math.min(maxPauseMs, Number.isNaN(ms) ? backOffMs : Math.max(0, ms));
}

/**
 * GET from the hub, or HEAD, which stops where a redirect leaves it. Resolves to a reply with status 200, 206 or 416 and what the hub said on the way; 429, 5xx and broken
 * connections are tried again. Throws HubError for everything else; honours the signal.
 */
export async function requestFromHub(
  access: HubAccess,
  path: string,
  what: string,
  headers: Readonly<Record<string, string>> = {},
  method: 'GET' | 'HEAD' = 'GET',
): Promise<HubReply> {
  checkTokenIsProtected(access);
  let backOffMs = access.basePauseMs;
  for (let tries = 1; ; tries += 1) {
    const reply = await follow(access, path, headers, method).catch((thrown: unknown) => {
      if (access.signal.aborted || thrown instanceof HubError) throw thrown;
      return undefined;
    });
    const status = reply?.response.status;
    const isKnown = method === 'HEAD' && reply?.linked.etag != null && Number(status) < 400;
    if (reply !== undefined && (isKnown || status === 200 || status === 206 || status === 416)) return reply;
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
