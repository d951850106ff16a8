import { bytesOf, concatBytes } from '#src/render/concat-bytes.ts';
import { renderNpy } from '#src/render/render-npy.ts';
import { renderSafetensors } from '#src/render/render-safetensors.ts';
import { provenanceHeaders, type BinaryReply } from './binary-reply.ts';
import type { EmbedResult } from './embed-images.ts';

/** Vectors of the items that succeeded, one row each, and which items they are. */
function collectRows({ items, provenance }: EmbedResult) {
  const rows = items.flatMap((item) => (item.ok ? [item] : []));
  return {
    indices: Int32Array.from(rows, ({ index }) => index),
    shape: [rows.length, provenance.dimension],
    values: concatBytes(rows.map(({ value }) => bytesOf(value.embedding.values))),
  };
}

/** `application/x-npy`: float32 [items, dimension]. The format has no place for an error, so every item must have succeeded. */
export function renderEmbeddingsNpy(result: EmbedResult): BinaryReply {
  const { shape, values } = collectRows(result);
  return {
    body: renderNpy('<f4', shape, values),
    headers: provenanceHeaders(result.provenance, result.advisories),
  };
}

/**
 * `application/x-safetensors`: `embeddings` float32 [succeeded, dimension], `index` int32 [succeeded] (which item of the request a
 * row is), and as metadata `provenance`, `advisories` and `items` (JSON; a failed item with its error).
 */
export function renderEmbeddingsSafetensors(result: EmbedResult): BinaryReply {
  const { indices, shape, values } = collectRows(result);
  const items = result.items.map((item) =>
    item.ok
      ? { index: item.index, source: item.value.source, advisories: item.value.advisories }
      : {
          index: item.index,
          error: { code: item.error.code, status: item.error.row.status, title: item.error.row.title },
        },
  );
  const tensors = [
    { name: 'embeddings', dtype: 'F32', shape, values },
    { name: 'index', dtype: 'I32', shape: [indices.length], values: bytesOf(indices) },
  ] as const;
  const metadata = {
    provenance: JSON.stringify(result.provenance),
    advisories: JSON.stringify(result.advisories),
    items: JSON.stringify(items),
  };
  return {
    body: renderSafetensors(tensors, metadata),
    headers: provenanceHeaders(result.provenance, result.advisories),
  };
}
