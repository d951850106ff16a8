import { AppError } from '#src/domain/app-error.ts';
import type { ImageEmbedding } from '#src/domain/image-embedding.ts';
import { finishEmbedding } from './pool-embedding.ts';

/**
 * One vector for an image that was encoded in tiles: the mean of the tiles' raw pooled vectors, in float64, then normalised
 * if asked. Raw on purpose: normalising each tile first would give an empty tile the weight of a full one.
 * Throws `internal` when there is no tile, or when tiles are normalised or of unequal pooling or length: a fault of ours.
 */
export function meanEmbedding(tiles: readonly ImageEmbedding[], normalize: boolean): ImageEmbedding {
  const [first] = tiles;
  if (!first) throw new AppError('internal', 'There is no tile to average.');
  const sum = new Float64Array(first.values.length);
  for (const { values, pooling, isL2Normalized } of tiles) {
    if (isL2Normalized || pooling !== first.pooling || values.length !== sum.length) {
      throw new AppError('internal', 'Tiles must be raw vectors of one pooling.');
    }
    for (let i = 0; i < sum.length; i += 1) sum[i]! += values[i]!;
  }
  const mean = sum.map((value) => value / tiles.length);
  return finishEmbedding(mean, first.pooling, normalize);
}
