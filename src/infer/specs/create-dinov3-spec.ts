import type { Advisory } from '#src/domain/advisory.ts';
import { AppError } from '#src/domain/app-error.ts';
import { outputNames } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import {
  dinov3Family,
  dinov3Licence,
  dinov3Normalisation,
  dinov3PatchSize,
  dinov3RegisterTokens,
  dinov3Sizes,
  type Dinov3Member,
} from './dinov3-family.ts';

export interface Dinov3SpecRequest {
  /** Of `dinov3Family`, for example `dinov3_vits16plus`. */
  readonly variant: string;
  /** Side of the square input in pixels; of `dinov3Sizes`. */
  readonly size: number;
  /** Digest of the weights folder, see `weightsDigest`; known when the weights are there. */
  readonly weightsDigest: string;
  readonly precision?: 'fp32' | 'fp16' | 'int8';
}

/** Patches of a full batch: 32 images of 224 x 224. Larger inputs get smaller batches, so that memory stays the same. */
const maxBatchPatches = 32 * 14 * 14;

/**
 * The spec of one model of the DINOv3 family. INT8 is a class of its own with other gates, so its variant ends in `_int8`;
 * FP16 vectors may stand beside FP32 ones and keep the name.
 * Throws AppError `malformed-request` for a variant or size that the family does not have.
 */
export function createDinov3Spec(request: Dinov3SpecRequest): ModelSpec {
  const { size, weightsDigest, precision = 'fp32' } = request;
  const member = dinov3Family.find(({ variant }) => variant === request.variant);
  if (member === undefined) {
    const known = dinov3Family.map(({ variant }) => variant).join(', ');
    throw new AppError('malformed-request', `${request.variant} is not one of ${known}.`);
  }
  if (!dinov3Sizes.includes(size)) {
    throw new AppError('malformed-request', `${size} is not one of the sizes ${dinov3Sizes.join(', ')}.`);
  }
  const variant = precision === 'int8' ? `${member.variant}_int8` : member.variant;
  const { mean, std } = dinov3Normalisation[member.trainingData];
  return {
    name: `${variant}_${size}`,
    family: 'dinov3',
    variant,
    version: '1',
    description: `DINOv3 ${member.title} of ${member.repository}, ${size} x ${size} pixels. Not for diagnosis.`,
    input: { name: 'image', channels: 3, height: size, width: size, mean, std },
    outputs: outputNames,
    patchSize: dinov3PatchSize,
    registerTokens: dinov3RegisterTokens,
    dimension: member.dimension,
    weightsDigest,
    precision,
    maxBatchSize: Math.max(1, Math.floor(maxBatchPatches / (size / dinov3PatchSize) ** 2)),
    licence: dinov3Licence,
    advisories: advisoriesOf(member, precision),
  };
}

function advisoriesOf(
  { trainingData }: Dinov3Member,
  precision: ModelSpec['precision'],
): readonly Advisory[] {
  const satellite: Advisory = {
    code: 'satellite-weights',
    level: 'warning',
    message:
      'Computed with weights trained on satellite images (SAT-493M), not on photographs or medical images.',
  };
  const quantised: Advisory = {
    code: 'int8-engine',
    level: 'warning',
    message: 'Computed in INT8. Do not compare these vectors with those of an FP32 or FP16 engine.',
  };
  return [...(trainingData === 'sat493m' ? [satellite] : []), ...(precision === 'int8' ? [quantised] : [])];
}
