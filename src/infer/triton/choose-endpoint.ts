import type { Endpoint } from './endpoint.ts';

/**
 * The endpoint for the next attempt: of those that may be used the best ranked, of those the one with the fewest calls
 * under way, of those a random one. Endpoints that this call has tried come last. Undefined: none may be used.
 * @param random uniform in [0, 1).
 */
export function chooseEndpoint(
  endpoints: readonly Endpoint[],
  tried: ReadonlySet<Endpoint>,
  random: () => number,
): Endpoint | undefined {
  const candidates = endpoints.flatMap((endpoint) => {
    const rank = endpoint.rank();
    if (rank === undefined) return [];
    const key = [tried.has(endpoint) ? 1 : 0, rank, endpoint.status().outstanding, random()];
    return [{ endpoint, key }];
  });
  return candidates.sort((a, b) => compareKeys(a.key, b.key))[0]?.endpoint;
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((value, index) => value !== b[index]);
  return differing === -1 ? 0 : a[differing]! - b[differing]!;
}
