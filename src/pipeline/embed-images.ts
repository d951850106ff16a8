import { AppError } from '#src/domain/app-error.ts';
import type { Advisory } from '#src/domain/advisory.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { Pooling } from '#src/domain/pooling.ts';
import type { Provenance } from '#src/domain/provenance.ts';
import { patchGrid } from '#src/domain/model-spec.ts';
import type { ModelCatalogue, ServedModel } from '#src/ports/encoder.ts';
import type { StageTimings } from '#src/telemetry/stage-timings.ts';
import { assertPooling } from './assert-offered.ts';
import { assertStillImageOptions, resolveModel, type AnalysisOptions } from './analysis-options.ts';
import { encodeImage, type EmbeddedImage } from './encode-image.ts';
import type { ItemResult, UploadItem } from './item-result.ts';
import { mapItems } from './map-items.ts';
import type { EncodeImageDeps } from './prepare-and-encode.ts';
import { createProvenance } from './provenance.ts';
import { assertWindow } from './window-option.ts';

export interface EmbedImagesDeps extends EncodeImageDeps {
  readonly catalogue: ModelCatalogue;
  readonly defaultModel: string;
  /** Items of one request that are worked on at once: enough to fill batches, few enough to bound memory. */
  readonly itemConcurrency: number;
}

export interface EmbedOptions extends AnalysisOptions {
  readonly pooling: Pooling;
  readonly normalize: boolean;
  /** The length the caller expects, if it says one; frozen features have the one they have. */
  readonly dimensions: number | undefined;
}

export interface EmbedResult {
  readonly model: ServedModel;
  readonly items: readonly ItemResult<EmbeddedImage>[];
  readonly provenance: Provenance;
  readonly advisories: readonly Advisory[];
  /** Tokens that the encoder worked on (CLS + registers + patches, per input), the `usage` of the OpenAI shape. */
  readonly tokenCount: number;
}

export type EmbedImages = (
  items: readonly UploadItem[],
  options: EmbedOptions,
  timings: StageTimings,
  ctx: CallContext,
) => Promise<EmbedResult>;

/** Tokens of one model input; 1, the pooled vector, where the model has no patches. */
function tokensPerInput({ spec }: ServedModel): number {
  const { rows, columns } = patchGrid(spec);
  return 1 + spec.registerTokens + rows * columns;
}

function assertDimensions(wanted: number | undefined, actual: number): void {
  if (wanted === undefined || wanted === actual) return;
  throw new AppError('malformed-request', `This model and pooling give ${actual} dimensions.`, {
    faults: [{ pointer: '/dimensions', detail: `Must be ${actual} or absent.` }],
  });
}

/** Use case: files in, one embedding each. Rejects only for what concerns the whole call (model, options, cancellation). */
export function createEmbedImages(deps: EmbedImagesDeps): EmbedImages {
  return async (items, options, timings, ctx) => {
    assertStillImageOptions(options);
    assertWindow(options.window);
    const model = resolveModel(deps.catalogue, options.model, deps.defaultModel);
    assertPooling(model.spec, options.pooling);
    const provenance = createProvenance(model, options);
    assertDimensions(options.dimensions, provenance.dimension);
    const results = await mapItems(items, deps.itemConcurrency, ctx.signal, async (item) => {
      if (!item.ok) throw item.error;
      return encodeImage(deps, model, item, options, timings, ctx);
    });
    const inputCount = results.reduce((sum, item) => sum + (item.ok ? item.value.geometries.length : 0), 0);
    return {
      model,
      items: results,
      provenance,
      advisories: model.spec.advisories,
      tokenCount: inputCount * tokensPerInput(model),
    };
  };
}
