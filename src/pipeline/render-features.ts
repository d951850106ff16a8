import { AppError } from '#src/domain/app-error.ts';
import { patchGrid } from '#src/domain/model-spec.ts';
import { bytesOf, concatBytes } from '#src/render/concat-bytes.ts';
import { renderNpy } from '#src/render/render-npy.ts';
import { renderSafetensors } from '#src/render/render-safetensors.ts';
import { provenanceHeaders, type BinaryReply } from './binary-reply.ts';
import type { FeaturesResult, InputFeatures } from './extract-features.ts';

/** Precision of patch tokens in a reply: as they travelled, or widened. */
export type FeatureDtype = 'fp16' | 'fp32';

/** Half floats → float32, exactly: every half is a float. */
const widen = (halves: Uint16Array): Float32Array =>
  Float32Array.from(new Float16Array(halves.buffer, halves.byteOffset, halves.length));

const tokenBytes = (tokens: Uint16Array, dtype: FeatureDtype): Uint8Array =>
  bytesOf(dtype === 'fp16' ? tokens : widen(tokens));

/** Inputs of the items that succeeded, one after another: what the rows of the tensors are. */
function collectInputs({ items }: FeaturesResult) {
  return items.flatMap((item) =>
    item.ok ? item.value.inputs.map((features, tile) => ({ item: item.index, tile, features })) : [],
  );
}

/** One entry per item: its source and the geometry of each of its rows, or its error. */
function describeItems(result: FeaturesResult): object[] {
  let row = 0;
  return result.items.map((item) => {
    if (!item.ok) {
      const { code, row: entry } = item.error;
      return { index: item.index, error: { code, status: entry.status, title: entry.title } };
    }
    const inputs = item.value.inputs.map(({ geometry }) => ({ row: row++, geometry }));
    return { index: item.index, source: item.value.source, advisories: item.value.advisories, inputs };
  });
}

/**
 * `application/x-safetensors`: `patch_tokens` [inputs, patch rows, patch columns, D] in the dtype asked for, `cls` float32
 * [inputs, D], `index` int32 [inputs] (which item a row belongs to), and as metadata (JSON) `provenance`, `advisories` and `items`
 * with the Geometry of every row.
 */
export function renderFeaturesSafetensors(result: FeaturesResult, dtype: FeatureDtype): BinaryReply {
  const { spec } = result.model;
  const { rows, columns } = patchGrid(spec);
  const inputs = collectInputs(result);
  const patchTokens = concatBytes(inputs.map(({ features }) => tokenBytes(features.patchTokens, dtype)));
  const cls = concatBytes(inputs.map(({ features }) => bytesOf(features.clsToken)));
  const index = bytesOf(Int32Array.from(inputs, ({ item }) => item));
  const count = inputs.length;
  const body = renderSafetensors(
    [
      {
        name: 'patch_tokens',
        dtype: dtype === 'fp16' ? 'F16' : 'F32',
        shape: [count, rows, columns, spec.dimension],
        values: patchTokens,
      },
      { name: 'cls', dtype: 'F32', shape: [count, spec.dimension], values: cls },
      { name: 'index', dtype: 'I32', shape: [count], values: index },
    ],
    {
      provenance: JSON.stringify(result.provenance),
      advisories: JSON.stringify(result.advisories),
      items: JSON.stringify(describeItems(result)),
    },
  );
  return { body, headers: provenanceHeaders(result.provenance, result.advisories) };
}

function onlyInput(result: FeaturesResult): InputFeatures {
  const inputs = collectInputs(result);
  const [first] = inputs;
  if (first === undefined || inputs.length > 1) {
    throw new AppError(
      'unusable-input',
      'application/x-npy holds the patch tokens of one image without tiles; ask for application/x-safetensors.',
    );
  }
  return first.features;
}

/** `application/x-npy`: the patch tokens of one image, [patch rows, patch columns, D]; its Geometry as JSON in a header. */
export function renderFeaturesNpy(result: FeaturesResult, dtype: FeatureDtype): BinaryReply {
  const { geometry, patchTokens } = onlyInput(result);
  const { spec } = result.model;
  const { rows, columns } = patchGrid(spec);
  const shape = [rows, columns, spec.dimension];
  return {
    body: renderNpy(dtype === 'fp16' ? '<f2' : '<f4', shape, tokenBytes(patchTokens, dtype)),
    headers: {
      ...provenanceHeaders(result.provenance, result.advisories),
      'x-tessera-geometry': JSON.stringify(geometry),
    },
  };
}
