import { outputNames, type EncoderOutput, type OutputName } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { asserted, atLeast, atMost, type Gate } from './gate.ts';
import type { Excerpt, GoldenFile } from './golden-file.ts';
import { minBatchCosine, parityLimits } from './parity-limits.ts';
import { cosine, leastOf, valuesOf } from './vectors.ts';

/** What an encoder said of one built-in image: alone, and as one of a batch of all of them. */
export interface AnsweredCase {
  readonly name: string;
  readonly alone: EncoderOutput;
  readonly inBatch: EncoderOutput;
}

interface Pair {
  readonly actual: Float32Array;
  readonly expected: Excerpt;
}

/** An output's vectors beside the golden ones; of the patch tokens those that the file keeps. */
function pairsOf(
  golden: GoldenFile,
  answers: readonly AnsweredCase[],
  output: OutputName,
  D: number,
): readonly Pair[] {
  return answers.flatMap(({ name, alone }) => {
    const expected = golden.cases[name]!;
    const values = valuesOf(alone, output);
    if (values === undefined) return [];
    if (output === 'cls') return [{ actual: values, expected: expected.cls }];
    if (output === 'patch_mean') {
      return expected.patchMean === undefined ? [] : [{ actual: values, expected: expected.patchMean }];
    }
    return Object.entries(expected.patchTokens ?? {}).map(([index, excerpt]) => {
      return { actual: values.subarray(Number(index) * D, (Number(index) + 1) * D), expected: excerpt };
    });
  });
}

const deviationOf = ({ actual, expected }: Pair): number =>
  Math.abs(Math.hypot(...actual) / expected.norm - 1);
const cosineOf = ({ actual, expected }: Pair): number =>
  cosine(actual.subarray(0, expected.first.length), expected.first);

function goldenGates(spec: ModelSpec, golden: GoldenFile, answers: readonly AnsweredCase[]): readonly Gate[] {
  const limits = parityLimits[spec.precision];
  return spec.outputs.flatMap((output) => {
    const least = limits.cosine[output];
    const pairs = pairsOf(golden, answers, output, spec.dimension);
    if (least === undefined || pairs.length === 0) return [];
    const what = `${pairs.length} vectors of ${answers.length} built-in images`;
    const gates = [atLeast(`golden.${output}.cosine`, leastOf(pairs.map(cosineOf)), least, what)];
    if (limits.norm === undefined) return gates;
    const deviation = -leastOf(pairs.map((pair) => -deviationOf(pair)));
    return [...gates, atMost(`golden.${output}.norm`, deviation, limits.norm, what)];
  });
}

const hasOnlyNumbers = (output: EncoderOutput): boolean =>
  outputNames.every((name) => valuesOf(output, name)?.every(Number.isFinite) ?? true);

/** The gates that an encoder's answers to the built-in images pass or miss, against the FP32 reference and against each other. */
export function parityGates(
  spec: ModelSpec,
  golden: GoldenFile,
  answers: readonly AnsweredCase[],
): readonly Gate[] {
  const batchCosines = answers.flatMap(({ alone, inBatch }) =>
    spec.outputs.map((name) => cosine(valuesOf(alone, name)!, valuesOf(inBatch, name)!)),
  );
  return [
    ...goldenGates(spec, golden, answers),
    asserted(
      'finite',
      answers.every(({ alone }) => hasOnlyNumbers(alone)),
      'every value is a number',
    ),
    atLeast(
      'aloneAgainstBatch',
      leastOf(batchCosines),
      minBatchCosine,
      `each image alone and among ${answers.length}`,
    ),
  ];
}
