import { AppError } from '#src/domain/app-error.ts';
import type { EncoderOutput } from '#src/domain/encoder-output.ts';
import type { ImageEmbedding } from '#src/domain/image-embedding.ts';
import type { Pooling } from '#src/domain/pooling.ts';
import { l2Norm } from './l2-normalize.ts';

/**
 * Makes one vector of an encoder's output: D values, or 2D for `cls_patch_mean` (CLS first, not scaled against each other:
 * the input of DINOv3's linear probe, dinov3/eval/linear.py). Normalised as a whole, length summed in float64.
 * A zero vector stays as it is and says that it is not normalised.
 * Throws `encoder-protocol-error` when an output is missing or holds values that are not finite.
 */
export function poolEmbedding(output: EncoderOutput, pooling: Pooling, normalize: boolean): ImageEmbedding {
  return finishEmbedding(joinTokens(output, pooling), pooling, normalize);
}

/** The last step of every pooling: checks that the vector is finite, and scales a copy of it to length 1 when asked to. */
export function finishEmbedding(
  raw: ArrayLike<number>,
  pooling: Pooling,
  normalize: boolean,
): ImageEmbedding {
  const norm = l2Norm(raw);
  if (!Number.isFinite(norm)) {
    throw new AppError('encoder-protocol-error', 'The encoder answered with values that are not finite.');
  }
  const isL2Normalized = normalize && norm > 0;
  const scale = isL2Normalized ? 1 / norm : 1;
  return { pooling, isL2Normalized, values: Float32Array.from(raw, (value) => value * scale) };
}

function joinTokens(output: EncoderOutput, pooling: Pooling): ArrayLike<number> {
  if (pooling === 'cls') return present(output.clsToken);
  if (pooling === 'patch_mean') return present(output.patchMean);
  const clsToken = present(output.clsToken);
  const patchMean = present(output.patchMean);
  const joined = new Float32Array(clsToken.length + patchMean.length);
  joined.set(clsToken);
  joined.set(patchMean, clsToken.length);
  return joined;
}

function present(token: Float32Array | undefined): Float32Array {
  if (token) return token;
  throw new AppError(
    'encoder-protocol-error',
    'The encoder did not answer with an output that was asked for.',
  );
}
