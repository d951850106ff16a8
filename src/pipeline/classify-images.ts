import { setImmediate } from 'node:timers/promises';
import type { Advisory } from '#src/domain/advisory.ts';
import { AppError, type FieldFault } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { FewShotClassification, FewShotMethod } from '#src/domain/classification.ts';
import type { ImageEmbedding } from '#src/domain/image-embedding.ts';
import type { Pooling } from '#src/domain/pooling.ts';
import type { Provenance } from '#src/domain/provenance.ts';
import type { ServedModel } from '#src/ports/encoder.ts';
import type { SourceDescription } from '#src/ports/image-preparer.ts';
import { neighboursUsed } from '#src/postprocess/classify-by-neighbours.ts';
import { createFewShotClassifier } from '#src/postprocess/few-shot-classifier.ts';
import { fewShotAdvisories } from '#src/postprocess/few-shot-advisories.ts';
import { leaveOneOut, type LeaveOneOutCheck } from '#src/postprocess/leave-one-out.ts';
import type { StageTimings } from '#src/telemetry/stage-timings.ts';
import { assertPooling } from './assert-offered.ts';
import { assertStillImageOptions, resolveModel, type AnalysisOptions } from './analysis-options.ts';
import { encodeImage, type EmbeddedImage } from './encode-image.ts';
import type { EmbedImagesDeps } from './embed-images.ts';
import type { ItemResult, UploadItem } from './item-result.ts';
import { mapItems } from './map-items.ts';
import { createProvenance } from './provenance.ts';
import { assertWindow } from './window-option.ts';

/** A labelled example of the call itself. */
export interface LabelledUpload {
  readonly label: string;
  readonly item: UploadItem;
}

export interface ClassifyOptions extends AnalysisOptions {
  readonly pooling: Pooling;
  readonly method: FewShotMethod;
  /** Softmax temperature of the similarities. */
  readonly temperature: number;
  /** Neighbours that vote; undefined: the method's default. Ignored by prototypes. */
  readonly k: number | undefined;
}

export interface ClassifiedImage {
  readonly classification: FewShotClassification;
  readonly source: SourceDescription;
  readonly advisories: readonly Advisory[];
}

export interface ClassifyResult {
  readonly model: ServedModel;
  readonly items: readonly ItemResult<ClassifiedImage>[];
  readonly classes: readonly { readonly label: string; readonly exampleCount: number }[];
  /** Neighbours that voted; null for prototypes. */
  readonly k: number | null;
  /** Each example judged by the others: an honest, small-sample look at the labels given. */
  readonly exampleCheck: LeaveOneOutCheck;
  readonly provenance: Provenance;
  readonly advisories: readonly Advisory[];
}

export type ClassifyImages = (
  items: readonly UploadItem[],
  examples: readonly LabelledUpload[],
  options: ClassifyOptions,
  timings: StageTimings,
  ctx: CallContext,
) => Promise<ClassifyResult>;

/** Counts per label in the order in which the labels first appear. */
function countClasses(
  examples: readonly LabelledUpload[],
): readonly { label: string; exampleCount: number }[] {
  const counts = new Map<string, number>();
  for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, exampleCount]) => ({ label, exampleCount }));
}

function assertExamples(examples: readonly LabelledUpload[]): void {
  const labels = new Set(examples.map(({ label }) => label));
  if (labels.size >= 2) return;
  throw new AppError(
    'malformed-request',
    'Classification by examples needs examples of at least two labels.',
    {
      faults: [
        { pointer: '/examples', detail: `Found ${examples.length} examples of ${labels.size} labels.` },
      ],
    },
  );
}

/** More faults than a person reads. */
const maxFaults = 100;

/** A missing example would change every answer without a word, so one that fails fails the call. */
function requireAll(results: readonly ItemResult<EmbeddedImage>[]): readonly EmbeddedImage[] {
  const failed = results.filter((result) => !result.ok);
  if (failed.length === 0) return results.flatMap((result) => (result.ok ? [result.value] : []));
  const first = failed[0]!.error;
  const faults: FieldFault[] = failed.map(({ index, error }) => ({
    pointer: `/examples/${index}`,
    detail: error.detail,
  }));
  throw new AppError(
    first.code,
    `${failed.length} of ${results.length} examples cannot be used: ${first.detail}`,
    {
      faults: faults.slice(0, maxFaults),
      cause: first,
      ...(first.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: first.retryAfterSeconds }),
    },
  );
}

/** Queries classified before other requests get their turn: 16 × 512 examples × 768 dimensions are about 10 ms. */
const queriesPerTurn = 16;

async function classifyAll(
  queries: readonly ItemResult<EmbeddedImage>[],
  classify: (embedding: ImageEmbedding) => FewShotClassification,
): Promise<readonly ItemResult<ClassifiedImage>[]> {
  const classified: ItemResult<ClassifiedImage>[] = [];
  for (const query of queries) {
    if (classified.length % queriesPerTurn === queriesPerTurn - 1) await setImmediate();
    if (!query.ok) {
      classified.push(query);
      continue;
    }
    const { embedding, source, advisories } = query.value;
    classified.push({ ...query, value: { classification: classify(embedding), source, advisories } });
  }
  return classified;
}

/** Use case: labelled examples and files in, class probabilities out (few-shot; nothing is stored). */
export function createClassifyImages(deps: EmbedImagesDeps): ClassifyImages {
  return async (items, examples, options, timings, ctx) => {
    assertStillImageOptions(options);
    assertWindow(options.window);
    assertExamples(examples);
    const model = resolveModel(deps.catalogue, options.model, deps.defaultModel);
    assertPooling(model.spec, options.pooling);
    // Similarities are cosines, so every vector is normalised.
    const choice = { ...options, normalize: true };
    const embed = async (item: UploadItem): Promise<EmbeddedImage> => {
      if (!item.ok) throw item.error;
      return encodeImage(deps, model, item, choice, timings, ctx);
    };
    const [exampleResults, queryResults] = await Promise.all([
      mapItems(examples, deps.itemConcurrency, ctx.signal, ({ item }) => embed(item)),
      mapItems(items, deps.itemConcurrency, ctx.signal, embed),
    ]);
    const labelled = requireAll(exampleResults).map(({ embedding }, index) => ({
      label: examples[index]!.label,
      embedding,
    }));
    const started = deps.clock.monotonicMs();
    const classify = createFewShotClassifier(labelled, options);
    const exampleCheck = leaveOneOut(labelled, options);
    const classified = await classifyAll(queryResults, classify);
    timings.record('postprocess', deps.clock.monotonicMs() - started);
    return {
      model,
      items: classified,
      classes: countClasses(examples),
      k: options.method === 'knn' ? neighboursUsed(options.k, examples.length) : null,
      exampleCheck,
      provenance: createProvenance(model, choice),
      advisories: [...model.spec.advisories, ...fewShotAdvisories(labelled, exampleCheck)],
    };
  };
}
