import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Of IPv6 only this is given out to the world (IANA); embeddings of IPv4 such as NAT64 or `::a.b.c.d` lie outside of it. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Public by its number, yet answered by the machine's own cloud: Azure's virtual host (metadata, DNS, health). */
const cloudInternal: readonly string[] = ['168.63.129.16'];

/**
 * May a connection go to this address? Only plain unicast addresses of the public internet: not loopback, private, link-local (cloud
 * metadata), shared (CGNAT), multicast, documentation, benchmarking or reserved ranges, and no IPv6 form that carries an IPv4 address
 * (mapped, NAT64, 6to4, Teredo). Ranges: the IANA special-purpose registries, as ipaddr.js has them.
 */
export function isPublicAddress(address: string): boolean {
  // ipaddr.js also reads `1.2.3` and `0x7f.1`; a name server gives no such thing.
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed instanceof ipaddr.IPv6) return parsed.match(globalUnicast);
  return !cloudInternal.includes(parsed.toString());
}
