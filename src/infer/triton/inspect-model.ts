import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { ErrorCode } from '#src/domain/error-codes.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { TritonClient } from './create-triton-client.ts';
import { announcements, findDisagreements } from './find-disagreements.ts';
import type { inference } from './gen/protocol.js';

/** What one endpoint says about one model. */
export type Inspection =
  | { readonly outcome: 'agreed'; readonly announced: Announced; readonly instances: number }
  /** `isFinal`: it will be the same the next time, until somebody changes the server or the spec. */
  | { readonly outcome: 'refused'; readonly reason: string; readonly isFinal: boolean }
  /** The endpoint could not be asked: nothing new is known. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** How a server computes a model; the platform and the spec's precision where it says nothing. */
export interface Announced {
  readonly engine: string;
  readonly precision: ModelSpec['precision'];
}

/** Answers of a server that has no time or no connection say nothing about the model. */
const saysNothing: readonly ErrorCode[] = [
  'encoder-unavailable',
  'deadline-exceeded',
  'overloaded',
  'request-cancelled',
  'shutting-down',
];

/** Reads a model's metadata and config on one endpoint and compares them with the spec. Never rejects. @param mayBeUnproven see `findDisagreements`. */
export async function inspectModel(
  client: TritonClient,
  spec: ModelSpec,
  target: string,
  ctx: CallContext,
  mayBeUnproven = false,
): Promise<Inspection> {
  const query = { name: spec.name, version: spec.version };
  try {
    const [metadata, { config }] = await Promise.all([
      client.modelMetadata(query, ctx, { targets: [target] }),
      client.modelConfig(query, ctx, { targets: [target] }),
    ]);
    if (config == null) {
      return { outcome: 'refused', reason: 'the server gave an empty configuration', isFinal: true };
    }
    const disagreements = findDisagreements(spec, metadata, config as inference.ModelConfig, mayBeUnproven);
    if (disagreements.length > 0) {
      return { outcome: 'refused', reason: disagreements.join('; '), isFinal: true };
    }
    return {
      outcome: 'agreed',
      announced: readAnnounced(spec, metadata, config),
      instances: countInstances(config),
    };
  } catch (err) {
    const { code, detail } = AppError.from(err);
    if (saysNothing.includes(code)) return { outcome: 'unknown', reason: detail };
    return (await hasFailedToLoad(client, spec, target, ctx))
      ? { outcome: 'refused', reason: 'the server could not load it; its log says why', isFinal: true }
      : { outcome: 'refused', reason: detail, isFinal: false };
  }
}

/**
 * Does the server's index say that it tried to load the model and could not? The state is `UNAVAILABLE` then, with a reason, which
 * is the server's own word and not for everybody; a model that is still loading has another state, and one that an operator has
 * unloaded may come back.
 */
async function hasFailedToLoad(
  client: TritonClient,
  { name, version }: ModelSpec,
  target: string,
  ctx: CallContext,
): Promise<boolean> {
  const index = await client.repositoryIndex({}, ctx, { targets: [target] }).catch(() => undefined);
  return (index?.models ?? []).some(
    (model) =>
      model.name === name &&
      (model.version === version || model.version === '') &&
      model.state === 'UNAVAILABLE' &&
      !['', 'unloaded'].includes(model.reason ?? ''),
  );
}

function readAnnounced(
  spec: ModelSpec,
  { platform }: inference.ModelMetadataResponse,
  { parameters, backend }: inference.ModelConfig.$Properties,
): Announced {
  const announced = (key: string): string | undefined => parameters?.[key]?.stringValue ?? undefined;
  const precision = announced(announcements.precision);
  return {
    engine: announced(announcements.engine) ?? (platform || backend || 'unknown'),
    precision: precisions.find((known) => known === precision) ?? spec.precision,
  };
}

const precisions = ['fp32', 'fp16', 'bf16', 'int8'] as const satisfies readonly ModelSpec['precision'][];

/** Instances that run side by side: `count` for each GPU of a group that lists GPUs. At least 1. */
function countInstances({ instanceGroup }: inference.ModelConfig.$Properties): number {
  const counts = (instanceGroup ?? []).map(
    ({ count, gpus }) => (count ?? 1) * Math.max(1, gpus?.length ?? 0),
  );
  return Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
}
