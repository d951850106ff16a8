import type { ServedModel } from '#src/ports/encoder.ts';
import { offeredPoolings } from '#src/domain/pooling.ts';
import type { AppDeps } from './deps.ts';

/** A served model as `/v1/models` shows it: the OpenAI fields and everything a caller needs to judge it. */
export function renderModel(model: ServedModel, deps: AppDeps) {
  const { spec } = model;
  const { stamp, embeddingSpace } = deps.defaultProvenance(model);
  return {
    id: spec.name,
    object: 'model' as const,
    created: 0,
    owned_by: spec.family,
    description: spec.description,
    family: spec.family,
    variant: spec.variant,
    version: spec.version,
    isDefault: spec.name === deps.defaultModel,
    isReady: model.isReady,
    notReadyReason: model.notReadyReason ?? null,
    isRefused: model.isRefused ?? false,
    engine: model.engine,
    precision: spec.precision,
    input: { height: spec.input.height, width: spec.input.width, channels: spec.input.channels },
    outputs: spec.outputs,
    poolings: offeredPoolings(spec.outputs),
    patchSize: spec.patchSize ?? null,
    dimension: spec.dimension,
    weightsDigest: spec.weightsDigest,
    // The engine is part of the stamp and known only from a server.
    stamp: model.isReady ? stamp : null,
    embeddingSpace,
    limits: {
      maxBatchSize: spec.maxBatchSize,
      maxPixels: deps.maxPixels,
      maxFileBytes: deps.limits.maxFileBytes,
      maxRequestBytes: deps.limits.maxRequestBytes,
      maxItems: deps.limits.maxItems,
    },
    licence: spec.licence,
    advisories: spec.advisories,
  };
}
