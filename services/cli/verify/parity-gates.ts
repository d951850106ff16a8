import type { EncoderOutput, OutputName } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { asserted, atLeast, atMost, notAsked, type Gate } from './gate.ts';
import { parityLimits, type ParityFigure } from './parity-limits.ts';
import type { Reference } from './read-reference.ts';
import { concatenate, cosinesOf, leastOf, percentile, relativeFrobenius, valuesOf } from './vectors.ts';

/** What an encoder said of one image: alone, and as one of a batch where it was in one. */
export interface AnsweredCase {
  readonly name: string;
  readonly alone: EncoderOutput;
  readonly inBatch: EncoderOutput | undefined;
}

type Measure = (actual: Float32Array, expected: Float32Array, D: number) => number;

/** As `parity_figures` of triton-models/export/gates.py. */
const measures: Readonly<Record<ParityFigure, Measure>> = {
  cosineMin: (actual, expected, D) => leastOf(cosinesOf(actual, expected, D)),
  cosineP01: (actual, expected, D) => percentile(cosinesOf(actual, expected, D), 1),
  relativeFrobenius,
};
const figureNames = Object.keys(measures) as readonly ParityFigure[];

/** The gates of one output, over all images of the reference; one that the reference lacks is a missed gate. */
function outputGates(
  spec: ModelSpec,
  { cases, outputs }: Reference,
  answers: readonly AnsweredCase[],
  output: OutputName,
): readonly Gate[] {
  const expected = outputs.get(output);
  if (expected === undefined) return [asserted(`golden.${output}`, false, 'golden.safetensors lacks it')];
  const answered = cases.map((name) => valuesOf(answers.find((each) => each.name === name)!.alone, output)!);
  const actual = concatenate(answered);
  const limits = parityLimits.outputs[spec.precision][output] ?? {};
  const detail = `${expected.length / spec.dimension} vectors of ${cases.length} built-in images`;
  return figureNames.flatMap((figure) => {
    const limit = limits[figure];
    if (limit === undefined) return [];
    const value = measures[figure](actual, expected, spec.dimension);
    const hold = figure === 'relativeFrobenius' ? atMost : atLeast;
    return [hold(`golden.${output}.${figure}`, value, limit, detail)];
  });
}

function finiteGate({ outputs }: ModelSpec, answers: readonly AnsweredCase[]): Gate {
  const given = answers.flatMap(({ alone, inBatch }) => (inBatch === undefined ? [alone] : [alone, inBatch]));
  const isFinite = given.every((each) =>
    outputs.every((name) => valuesOf(each, name)?.every(Number.isFinite)),
  );
  return asserted('finite', isFinite, 'every value of every output is a number');
}

/** Every vector of every image that was in the batch, against the same image alone. */
function batchGate({ outputs, dimension }: ModelSpec, answers: readonly AnsweredCase[]): Gate {
  const name = 'aloneAgainstBatch';
  const pairs = answers.flatMap(({ alone, inBatch }) => (inBatch === undefined ? [] : [{ alone, inBatch }]));
  if (pairs.length < 2) return notAsked(name, 'the model takes one image at a time');
  const least = pairs.flatMap(({ alone, inBatch }) =>
    outputs.map((output) =>
      leastOf(cosinesOf(valuesOf(inBatch, output)!, valuesOf(alone, output)!, dimension)),
    ),
  );
  const limit = parityLimits.aloneAgainstBatchCosineMin;
  return atLeast(
    name,
    leastOf(Float64Array.from(least)),
    limit,
    `each image alone and among ${pairs.length}`,
  );
}

/**
 * The gates that an encoder's answers pass or miss, against the FP32 reference and against each other.
 * @param reference or why there is none. Its images must be among those answered.
 */
export function parityGates(
  spec: ModelSpec,
  reference: Reference | string,
  answers: readonly AnsweredCase[],
): readonly Gate[] {
  const golden =
    typeof reference === 'string'
      ? [asserted('golden', false, reference)]
      : spec.outputs.flatMap((output) => outputGates(spec, reference, answers, output));
  return [...golden, finiteGate(spec, answers), batchGate(spec, answers)];
}
