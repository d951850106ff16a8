import type { RemoteFetcher } from '#src/ports/remote-fetcher.ts';
import type { Clock } from '#src/ports/clock.ts';
import { createHttpsFetcher } from '#src/remote/create-https-fetcher.ts';
import { isPublicAddress } from '#src/remote/is-public-address.ts';
import { refuseAddresses } from '#src/remote/refuse-addresses.ts';
import { createHostResolver } from '#src/remote/resolve-host.ts';
import type { GatewayConfig } from './config.ts';
import { trustedAuthorities } from './trusted-authorities.ts';

/** Fetches what clients name by an https address from the hosts of the allow-list; without a list it refuses. */
export function createRemoteFiles(config: GatewayConfig, clock: Clock): RemoteFetcher {
  if (config.TESSERA_URL_ALLOW_LIST.length === 0) return refuseAddresses;
  return createHttpsFetcher({
    allowedHosts: config.TESSERA_URL_ALLOW_LIST,
    timeoutMs: config.TESSERA_URL_TIMEOUT_MS,
    clock,
    resolveHost: createHostResolver(),
    isAllowedAddress: isPublicAddress,
    authorities: trustedAuthorities(),
  });
}
