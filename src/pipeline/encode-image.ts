import type { Advisory } from '#src/domain/advisory.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { Geometry, ResizeMode } from '#src/domain/geometry.ts';
import type { ImageEmbedding } from '#src/domain/image-embedding.ts';
import { requiredOutputs, type Pooling } from '#src/domain/pooling.ts';
import type { ServedModel } from '#src/ports/encoder.ts';
import type { SourceDescription } from '#src/ports/image-preparer.ts';
import { meanEmbedding } from '#src/postprocess/mean-embedding.ts';
import { poolEmbedding } from '#src/postprocess/pool-embedding.ts';
import type { StageTimings } from '#src/telemetry/stage-timings.ts';
import { prepareAndEncode, type EncodeFile, type EncodeImageDeps } from './prepare-and-encode.ts';

/** How one image shall be embedded. */
export interface EmbeddingChoice {
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly resize: ResizeMode;
  readonly window: string;
}

export interface EmbeddedImage {
  readonly embedding: ImageEmbedding;
  readonly source: SourceDescription;
  /** One per model input; more than one only for `tile`. */
  readonly geometries: readonly Geometry[];
  readonly advisories: readonly Advisory[];
}

/** The straight line of one image: bytes → model inputs → tokens → one embedding. Tiles are pooled one by one, then averaged. */
export async function encodeImage(
  deps: EncodeImageDeps,
  model: ServedModel,
  file: Pick<EncodeFile, 'bytes' | 'declaredType' | 'frame' | 'extract'>,
  choice: EmbeddingChoice,
  timings: StageTimings,
  ctx: CallContext,
): Promise<EmbeddedImage> {
  const { resize, window } = choice;
  const outputs = requiredOutputs(choice.pooling);
  const { bytes, declaredType, frame, extract } = file;
  const request = { bytes, declaredType, frame, extract, resize, window };
  const { prepared, encoded } = await prepareAndEncode(deps, model.spec, request, outputs, timings, ctx);
  const started = deps.clock.monotonicMs();
  const isTiled = encoded.length > 1;
  const pooled = encoded.map(({ output }) =>
    poolEmbedding(output, choice.pooling, choice.normalize && !isTiled),
  );
  const embedding = isTiled ? meanEmbedding(pooled, choice.normalize) : pooled[0]!;
  timings.record('postprocess', deps.clock.monotonicMs() - started);
  return {
    embedding,
    source: prepared.source,
    geometries: prepared.inputs.map(({ geometry }) => geometry),
    advisories: prepared.advisories,
  };
}
