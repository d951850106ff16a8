import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { TritonClient } from './create-triton-client.ts';
import type { EndpointStatus } from './endpoint-status.ts';
import { inspectModel, type Inspection } from './inspect-model.ts';
import type { TritonLogger } from './triton-options.ts';

export interface ModelWatchDeps {
  readonly client: TritonClient;
  readonly specs: readonly ModelSpec[];
  readonly clock: Clock;
  readonly logger?: TritonLogger;
  /** Between two inspections while all models agree. */
  readonly intervalMs: number;
  /** Between two inspections while some model of a reachable endpoint does not. */
  readonly fastIntervalMs: number;
  readonly timeoutMs: number;
  /** Called after each inspection and each change of an endpoint. */
  readonly onChange: () => void;
}

/** What each endpoint says about each model, kept up to date. */
export interface ModelWatch {
  /** Undefined: not asked since the endpoint came (back). */
  inspection(target: string, modelName: string): Inspection | undefined;
  /** Asks all reachable endpoints now; resolves when they have answered, whatever they say. */
  refresh(): Promise<void>;
  start(): void;
  close(): void;
}

const isReachable = ({ state }: EndpointStatus): boolean => state === 'healthy' || state === 'not-ready';

/** Idle until `start`. An endpoint that goes away is forgotten, so that it is asked again before it is used again. */
export function createModelWatch(deps: ModelWatchDeps): ModelWatch {
  const { client, specs, clock } = deps;
  /** Target → model → inspection. A target's map is replaced when it goes away, so late answers fall into the void. */
  const known = new Map<string, Map<string, Inspection>>();
  const stopping = new AbortController();
  let cancelTimer = (): void => undefined;
  let unsubscribe = (): void => undefined;

  const inspect = async (target: string, spec: ModelSpec): Promise<void> => {
    const models = known.get(target) ?? new Map<string, Inspection>();
    known.set(target, models);
    const ctx = {
      signal: stopping.signal,
      deadlineMs: clock.now() + deps.timeoutMs,
      requestId: 'model-watch',
    };
    const found = await inspectModel(client, spec, target, ctx);
    if (stopping.signal.aborted) return;
    // A server too busy to answer keeps what it has shown, also to an inspection that ran beside this one.
    const before = models.get(spec.name);
    if (found.outcome === 'unknown' && before !== undefined) return;
    models.set(spec.name, found);
    if (known.get(target) === models) logChange(deps.logger, spec.name, target, before, found);
  };
  const refreshTargets = async (targets: readonly string[]): Promise<void> => {
    await Promise.all(targets.flatMap((target) => specs.map((spec) => inspect(target, spec))));
    if (stopping.signal.aborted) return;
    deps.onChange();
    schedule();
  };
  const reachable = (): readonly string[] =>
    client
      .endpoints()
      .filter(isReachable)
      .map(({ target }) => target);
  const refresh = (): Promise<void> => refreshTargets(reachable());
  const schedule = (): void => {
    cancelTimer();
    const isSettled = reachable().every((target) =>
      specs.every((spec) => known.get(target)?.get(spec.name)?.outcome === 'agreed'),
    );
    cancelTimer = clock.after(isSettled ? deps.intervalMs : deps.fastIntervalMs, () => void refresh());
  };
  const onEndpoint = (status: EndpointStatus): void => {
    if (!isReachable(status)) known.delete(status.target);
    else if (status.state === 'healthy' || !known.has(status.target)) void refreshTargets([status.target]);
    deps.onChange();
  };

  return {
    inspection: (target, modelName) => known.get(target)?.get(modelName),
    refresh,
    start: () => {
      unsubscribe = client.subscribe(onEndpoint);
      void refresh();
    },
    close: () => {
      stopping.abort();
      unsubscribe();
      cancelTimer();
    },
  };
}

function logChange(
  logger: TritonLogger | undefined,
  model: string,
  endpoint: string,
  before: Inspection | undefined,
  found: Inspection,
): void {
  const reason = found.outcome === 'agreed' ? undefined : found.reason;
  const hasChanged =
    before?.outcome !== found.outcome || (before.outcome !== 'agreed' && before.reason !== reason);
  if (!hasChanged) return;
  if (found.outcome === 'agreed') logger?.info({ model, endpoint }, 'model agrees with its spec');
  else logger?.warn({ model, endpoint, reason }, 'model is not used');
}
