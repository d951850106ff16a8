import type { FewShotMethod, LabelledEmbedding } from '#src/domain/classification.ts';
import type { ImageEmbedding } from '#src/domain/image-embedding.ts';
import { areaUnderCurve, rankedAreaUnderCurve, rankScores } from '#src/postprocess/area-under-curve.ts';
import { createResampler, percentileInterval } from '#src/postprocess/bootstrap-area-under-curve.ts';
import { createFewShotClassifier } from '#src/postprocess/few-shot-classifier.ts';
import type { Interval95 } from '#src/postprocess/wilson-interval.ts';

/** What is compared: vectors of every drawn train image and of every val image. */
export interface Representation {
  readonly name: string;
  readonly train: ReadonlyMap<number, Float32Array>;
  readonly val: readonly Float32Array[];
  /** Whether the mean of a draw's examples is taken from all vectors first. */
  readonly isCentredOnExamples?: boolean;
}

export interface Draw {
  readonly pneumonia: readonly number[];
  readonly normal: readonly number[];
}

export interface Evaluation {
  readonly representation: string;
  readonly method: FewShotMethod;
  readonly areas: readonly number[];
  readonly mean: number;
  /** Standard deviation over draws: what the choice of examples does. */
  readonly sd: number;
  /** Bootstrap over val images of the mean over draws: what the choice of test images does. */
  readonly interval95: Interval95;
  /** The same resamples, for paired differences. */
  readonly resampledMeans: Float64Array;
}

export const labels = { pneumonia: 'pneumonia', normal: 'normal' } as const;
export const temperature = 0.07;
const resamples = 2_000;
const bootstrapSeed = 1;

const asEmbedding = (values: Float32Array): ImageEmbedding => ({
  pooling: 'cls',
  isL2Normalized: false,
  values,
});

/** Labelled examples and queries of one draw, centred on the examples' mean where asked. */
function prepareDraw({ train, val, isCentredOnExamples = false }: Representation, draw: Draw) {
  const drawn = [...draw.pneumonia, ...draw.normal].map((index) => train.get(index)!);
  const centre = drawn[0]!.map((_, i) => drawn.reduce((sum, values) => sum + values[i]!, 0) / drawn.length);
  const place = (values: Float32Array): ImageEmbedding =>
    asEmbedding(isCentredOnExamples ? values.map((value, i) => value - centre[i]!) : values);
  const examples = drawn.map((values, i): LabelledEmbedding => {
    const label = i < draw.pneumonia.length ? labels.pneumonia : labels.normal;
    return { label, embedding: place(values) };
  });
  return { examples, queries: val.map(place) };
}

/** Probability of pneumonia for every val image. */
export function scoreDraw(representation: Representation, method: FewShotMethod, draw: Draw): number[] {
  const { examples, queries } = prepareDraw(representation, draw);
  const classify = createFewShotClassifier(examples, { method, temperature });
  return queries.map((query) => classify(query).probabilities.get(labels.pneumonia)!);
}

/** Areas under the curve over all draws, with both kinds of spread. */
export function evaluateDraws(
  representation: Representation,
  method: FewShotMethod,
  draws: readonly Draw[],
  isPneumonia: readonly boolean[],
): Evaluation {
  const scores = draws.map((draw) => scoreDraw(representation, method, draw));
  const areas = scores.map((ofDraw) => areaUnderCurve(ofDraw, isPneumonia));
  const mean = areas.reduce((a, b) => a + b) / areas.length;
  const variance = areas.reduce((sum, area) => sum + (area - mean) ** 2, 0) / (areas.length - 1);
  const ranked = scores.map((ofDraw) => rankScores(ofDraw, isPneumonia));
  const nextCounts = createResampler(isPneumonia, bootstrapSeed);
  const resampledMeans = Float64Array.from({ length: resamples }, () => {
    const counts = nextCounts();
    return ranked.reduce((sum, ofDraw) => sum + rankedAreaUnderCurve(ofDraw, counts), 0) / ranked.length;
  });
  return {
    representation: representation.name,
    method,
    areas,
    mean,
    sd: Math.sqrt(variance),
    interval95: percentileInterval(resampledMeans),
    resampledMeans,
  };
}

/** Mean difference of two evaluations over the same draws and images, with its bootstrap interval over images. */
export function pairedDifference(
  left: Evaluation,
  right: Evaluation,
): { mean: number; interval95: Interval95 } {
  return {
    mean: left.mean - right.mean,
    interval95: percentileInterval(left.resampledMeans.map((value, i) => value - right.resampledMeans[i]!)),
  };
}
