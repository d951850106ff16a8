import type { ImageEmbedding } from '#src/domain/image-embedding.ts';
import type { EmbeddedImage } from '#src/pipeline/encode-image.ts';
import type { ItemResult } from '#src/pipeline/item-result.ts';
import { renderFailedItem } from './analysis-reply.ts';

export type EncodingFormat = 'float' | 'base64';

/** float32, little endian, as the OpenAI shape's base64 wants; every platform that Node runs on is little endian. */
function renderVector({ values }: ImageEmbedding, format: EncodingFormat): number[] | string {
  if (format === 'float') return Array.from(values);
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** One item of an embedding reply, in a list or on a line of its own. */
export function renderEmbeddingItem(item: ItemResult<EmbeddedImage>, format: EncodingFormat) {
  if (!item.ok) return { ...renderFailedItem(item.index, item.error), embedding: null };
  const { embedding, source, geometries, advisories } = item.value;
  return {
    object: 'embedding' as const,
    index: item.index,
    embedding: renderVector(embedding, format),
    source,
    tileCount: geometries.length,
    advisories,
  };
}
