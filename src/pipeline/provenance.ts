import { createHash } from 'node:crypto';
import type { ResizeMode } from '#src/domain/geometry.ts';
import type { Pooling } from '#src/domain/pooling.ts';
import type { Provenance } from '#src/domain/provenance.ts';
import type { ServedModel } from '#src/ports/encoder.ts';
import { preprocessingRevision } from '#src/preprocess/preprocessing-revision.ts';

/** sha256 (hex) of a flat record: keys sorted, so that the hash does not depend on how the object was written. */
function hashRecord(record: Readonly<Record<string, string | number | boolean>>): string {
  const sorted = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

/**
 * The two identities of a vector (docs/decisions/0003-two-identities.md): `stamp` over everything, `embeddingSpace` over
 * what makes vectors comparable. The engine is outside the space: an engine may serve only after its parity gate passed.
 */
export function createProvenance(
  model: ServedModel,
  choice: { readonly pooling: Pooling; readonly normalize: boolean; readonly resize: ResizeMode },
): Provenance {
  const { spec } = model;
  const comparable = {
    weightsDigest: spec.weightsDigest,
    preprocessing: `${preprocessingRevision};${spec.input.height}x${spec.input.width};${choice.resize}`,
    pooling: choice.pooling,
    dimension: choice.pooling === 'cls_patch_mean' ? 2 * spec.dimension : spec.dimension,
    normalized: choice.normalize,
  };
  const all = {
    ...comparable,
    model: spec.name,
    modelVersion: spec.version,
    engine: model.engine,
    precision: spec.precision,
  };
  // INT8 moves vectors enough to be a space of its own (architecture, decision 6).
  const space = spec.precision === 'int8' ? { ...comparable, precision: spec.precision } : comparable;
  return { ...all, stamp: hashRecord(all), embeddingSpace: hashRecord(space) };
}
