import type { Advisory } from '#src/domain/advisory.ts';
import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { Geometry } from '#src/domain/geometry.ts';
import { patchGrid, type ModelSpec } from '#src/domain/model-spec.ts';
import type { Provenance } from '#src/domain/provenance.ts';
import type { EncodedImage, ServedModel } from '#src/ports/encoder.ts';
import type { SourceDescription } from '#src/ports/image-preparer.ts';
import type { StageTimings } from '#src/telemetry/stage-timings.ts';
import { assertOutput } from './assert-offered.ts';
import { assertStillImageOptions, resolveModel, type AnalysisOptions } from './analysis-options.ts';
import type { EmbedImagesDeps } from './embed-images.ts';
import type { ItemResult, UploadItem } from './item-result.ts';
import { mapItems } from './map-items.ts';
import { prepareAndEncode } from './prepare-and-encode.ts';
import { createProvenance } from './provenance.ts';
import { assertWindow } from './window-option.ts';

export interface ExtractFeaturesDeps extends EmbedImagesDeps {
  /** Bytes of patch tokens (as FP32) that one call may hold in memory. */
  readonly maxFeatureBytes: number;
}

/** Features of one model input: the whole image, or one tile of it. */
export interface InputFeatures {
  readonly geometry: Geometry;
  /** D values. */
  readonly clsToken: Float32Array;
  /** Half floats as raw 16-bit words, patch rows × patch columns × D, row-major. */
  readonly patchTokens: Uint16Array;
}

export interface ImageFeatures {
  readonly inputs: readonly InputFeatures[];
  readonly source: SourceDescription;
  readonly advisories: readonly Advisory[];
}

export interface FeaturesResult {
  readonly model: ServedModel;
  readonly items: readonly ItemResult<ImageFeatures>[];
  readonly provenance: Provenance;
  readonly advisories: readonly Advisory[];
}

export type ExtractFeatures = (
  items: readonly UploadItem[],
  options: AnalysisOptions,
  timings: StageTimings,
  ctx: CallContext,
) => Promise<FeaturesResult>;

const outputs = ['cls', 'patch_tokens'] as const;

/** FP32 bytes of one input's patch tokens, the larger of the two forms in which they may leave. */
function bytesPerInput(spec: ModelSpec): number {
  const { rows, columns } = patchGrid(spec);
  return rows * columns * spec.dimension * Float32Array.BYTES_PER_ELEMENT;
}

/** Counts patch tokens before they are asked for: they are a thousand times larger than an embedding. */
function createFeatureBudget(maxBytes: number, spec: ModelSpec): (inputs: number) => void {
  let held = 0;
  return (inputs) => {
    held += inputs * bytesPerInput(spec);
    if (held > maxBytes) {
      throw new AppError(
        'payload-too-large',
        `The features of one request may be ${maxBytes} bytes large as FP32; send fewer images.`,
      );
    }
  };
}

function toInputFeatures({ output }: EncodedImage, geometry: Geometry): InputFeatures {
  const { clsToken, patchTokens } = output;
  // The encoder port promises what was asked for; an absent one is a fault of ours.
  if (clsToken === undefined || patchTokens === undefined)
    throw new AppError('internal', 'An output is missing.');
  return { geometry, clsToken, patchTokens };
}

/** Use case: files in, CLS and patch tokens with their geometry out. Not normalised, not pooled: what the encoder says. */
export function createExtractFeatures(deps: ExtractFeaturesDeps): ExtractFeatures {
  return async (items, options, timings, ctx) => {
    assertStillImageOptions(options);
    assertWindow(options.window);
    const model = resolveModel(deps.catalogue, options.model, deps.defaultModel);
    const { spec } = model;
    for (const output of outputs) assertOutput(spec, output);
    const charge = createFeatureBudget(deps.maxFeatureBytes, spec);
    const results = await mapItems(
      items,
      deps.itemConcurrency,
      ctx.signal,
      async (item): Promise<ImageFeatures> => {
        if (!item.ok) throw item.error;
        const { bytes, declaredType, frame, extract } = item;
        const { resize, window } = options;
        const file = { bytes, declaredType, frame, extract, resize, window };
        const { prepared, encoded } = await prepareAndEncode(
          deps,
          spec,
          file,
          outputs,
          timings,
          ctx,
          ({ inputs }) => charge(inputs.length),
        );
        const inputs = encoded.map((image, index) =>
          toInputFeatures(image, prepared.inputs[index]!.geometry),
        );
        return { inputs, source: prepared.source, advisories: prepared.advisories };
      },
    );
    return {
      model,
      items: results,
      provenance: createProvenance(model, { pooling: 'cls', normalize: false, resize: options.resize }),
      advisories: spec.advisories,
    };
  };
}
