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

/** Ready unless every decoding process has died and waits for its next start. Processes that no upload has needed yet are no fault. */
function decoderState({ queued, running, children }: ChildPoolStats): DependencyState {
  const waiting = children.filter(({ state }) => state === 'waiting').length;
  return {
    name: 'decoder',
    isReady: waiting < children.length,
    isRequired: true,
    detail: `${running} running, ${queued} waiting, ${waiting} of ${children.length} processes to be started again`,
  };
}
