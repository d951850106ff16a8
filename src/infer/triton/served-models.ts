import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { ServedModel } from '#src/ports/encoder.ts';
import type { EndpointStatus } from './endpoint-status.ts';
import type { Announced, Inspection } from './inspect-model.ts';

/** Endpoints that a model's batches may go to. */
export interface Serving {
  readonly targets: readonly string[];
  /** Batches that they can work on at once. */
  readonly instances: number;
  readonly announced: Announced;
}

type Inspect = (target: string) => Inspection | undefined;

/**
 * The reachable endpoints that agree with the spec and with each other: the first of them decides on engine and precision,
 * and one that computes otherwise waits, since the provenance of a reply names one engine. Undefined: none.
 */
export function findServing(endpoints: readonly EndpointStatus[], inspect: Inspect): Serving | undefined {
  const agreed = endpoints.flatMap((endpoint) => {
    const inspection = inspect(endpoint.target);
    const isUsable = endpoint.state === 'healthy' || endpoint.state === 'not-ready';
    return isUsable && inspection?.outcome === 'agreed' ? [{ target: endpoint.target, ...inspection }] : [];
  });
  const lead = agreed[0]?.announced;
  if (lead === undefined) return undefined;
  const alike = agreed.filter(
    ({ announced }) => announced.engine === lead.engine && announced.precision === lead.precision,
  );
  return {
    targets: alike.map(({ target }) => target),
    instances: alike.reduce((sum, { instances }) => sum + instances, 0),
    announced: lead,
  };
}

/** A spec and the state of its model. The served spec carries the precision that the server announces. */
export function describeServed(
  spec: ModelSpec,
  endpoints: readonly EndpointStatus[],
  inspect: Inspect,
): ServedModel {
  const serving = findServing(endpoints, inspect);
  if (serving === undefined) {
    const notReadyReason = explain(endpoints, inspect);
    return {
      spec,
      engine: 'unknown',
      isReady: false,
      notReadyReason,
      isRefused: isRefused(endpoints, inspect),
    };
  }
  const { engine, precision } = serving.announced;
  return { spec: { ...spec, precision }, engine, isReady: true };
}

/** Have all endpoints said, for good, that they do not serve it? One that is away may still have it. */
function isRefused(endpoints: readonly EndpointStatus[], inspect: Inspect): boolean {
  return endpoints.every(({ target }) => {
    const inspection = inspect(target);
    return inspection?.outcome === 'refused' && inspection.isFinal;
  });
}

/** Endpoints by number and not by address: the sentence may be shown to anybody. */
function explain(endpoints: readonly EndpointStatus[], inspect: Inspect): string {
  const reasons = endpoints.map(({ target, state, lastError }, index) => {
    const inspection = inspect(target);
    const about = inspection === undefined || inspection.outcome === 'agreed' ? undefined : inspection.reason;
    const reason =
      about ?? (state === 'unreachable' ? `unreachable (${lastError ?? 'no connection'})` : 'not asked yet');
    return `encoder-${index}: ${reason}`;
  });
  return reasons.join(' | ');
}
