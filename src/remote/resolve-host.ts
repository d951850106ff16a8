import { Resolver } from 'node:dns/promises';

/** All addresses of a host name. Rejects when there is none; honours the signal. */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Of one try; c-ares asks each name server so often. */
const tryTimeoutMs = 2_000;
const tries = 2;

/**
 * Asks name servers for A and AAAA records. Not `dns.lookup`: that blocks one of libuv's four threads for as long as a name server likes
 * and cannot be called off. So names of /etc/hosts are not found.
 * @param servers `address:port` of the name servers; without them those of the system
 */
export function createHostResolver(servers?: readonly string[]): ResolveHost {
  return async (host, signal) => {
    signal.throwIfAborted();
    // One for each look-up, for cancelling one cancels all that it is asking.
    const resolver = new Resolver({ timeout: tryTimeoutMs, tries });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      const addresses = found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
      const failure = found.find((result) => result.status === 'rejected');
      if (addresses.length === 0) throw failure?.reason ?? new Error('no address');
      return addresses;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}
