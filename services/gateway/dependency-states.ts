import type { DependencyState } from '#src/http/deps.ts';
import type { ChildPool, ChildPoolStats } from '#src/isolation/child-pool.ts';
import type { EncoderSide } from './encoder-side.ts';

/** Endpoints by number, not by address: where the servers are is the operator's business. */
export function dependencyStates(
  { client, triton }: Pick<EncoderSide, 'client' | 'triton'>,
  pool: Pick<ChildPool, 'stats'>,
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
  return [...endpoints, ...models, decoderState(pool.stats())];
}

/**
 * Ready unless every decoding process has died and waits for its next start, or could not be started the last time: one that is
 * being started again after that has yet to prove itself. Processes that no upload has needed yet are no fault.
 */
function decoderState({ queued, running, children }: ChildPoolStats): DependencyState {
  const down = children.filter(({ state, failedStarts }) => state === 'waiting' || failedStarts > 0).length;
  return {
    name: 'decoder',
    isReady: down < children.length,
    isRequired: true,
    detail: `${running} running, ${queued} waiting, ${down} of ${children.length} processes to be started again`,
  };
}
