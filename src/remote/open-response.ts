import { request, type Agent } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';

export interface ConnectionOptions {
  readonly agent: Agent;
  readonly secureContext: SecureContext;
}

/** Enough for a host with both families and a dead address or two; a thousand must not become a thousand attempts. */
const maxAddressesPerFamily = 4;

/** Answers every look-up with the addresses that were checked, so that no second answer of a name server can slip in between. */
function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const entries = [4, 6].flatMap((family) =>
    addresses
      .filter((address) => isIP(address) === family)
      .slice(0, maxAddressesPerFamily)
      .map((address) => ({ address, family })),
  );
  return (_host, options, callback) => {
    if (options.all === true) callback(null, entries);
    else callback(null, entries[0]!.address, entries[0]!.family);
  };
}

/**
 * One GET over TLS to one of `addresses`, no redirect followed, nothing sent that tells about the caller. Resolves at the head of the
 * reply; the signal also ends its body. Rejects with Node's errors.
 */
export function openResponse(
  url: URL,
  addresses: readonly string[],
  { agent, secureContext }: ConnectionOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'tessera' };
    const options = {
      agent,
      secureContext,
      // Not left to NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: true,
      headers,
      signal,
      lookup: pinnedLookup(addresses),
    };
    request(url, options, resolve).on('error', reject).end();
  });
}
