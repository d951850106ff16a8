import type { DependencyState } from '#src/http/deps.ts';
import type { ChildPool } from '#src/isolation/child-pool.ts';
import type { EncoderSide } from './encoder-side.ts';

/** Endpoints by number, not by address: where the servers are is the operator's business. */
export function dependencyStates(
  { client, triton }: EncoderSide,
  pool: ChildPool,
): readonly DependencyState[] {
  const endpoints = client.endpoints().map(({ state }, index): DependencyState => ({
    name: `encoder-${index}`,
    isReady: state === 'healthy',
    detail: state,
  }));
  const models = triton.catalogue.list().map(({ spec, isReady, notReadyReason }): DependencyState => ({
    name: `model-${spec.name}`,
    isReady,
    detail: isReady ? 'ready' : (notReadyReason ?? 'not ready'),
  }));
  const { queued, running } = pool.stats();
  return [
    ...endpoints,
    ...models,
    { name: 'decoder', isReady: true, detail: `${running} running, ${queued} waiting` },
  ];
}
