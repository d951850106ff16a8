import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { EncoderOutput, OutputName } from '#src/domain/encoder-output.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { ImageEncoder, ModelCatalogue, ServedModel } from '#src/ports/encoder.ts';
import { withoutPatches } from '#test/support/without-patches.ts';

/** 32×32 input, patch 16, 8 values: a model that a test can compute in its head. */
export const tinySpec: ModelSpec = {
  name: 'tiny_vit_32',
  family: 'tiny',
  variant: 'tiny_vit',
  version: '1',
  description: 'Means of the input, for tests.',
  input: { name: 'input', channels: 3, height: 32, width: 32, mean: [0, 0, 0], std: [1, 1, 1] },
  outputs: ['cls', 'patch_mean', 'patch_tokens'],
  patchSize: 16,
  registerTokens: 4,
  dimension: 8,
  weightsDigest: 'a'.repeat(64),
  precision: 'fp32',
  maxBatchSize: 4,
  licence: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  advisories: [{ code: 'test-weights', level: 'warning', message: 'Not a real model.' }],
};

export const tinyModel: ServedModel = { spec: tinySpec, engine: 'test-engine', isReady: true };

/** A second model that is known but not ready. */
export const coldModel: ServedModel = {
  spec: { ...tinySpec, name: 'cold_vit_32' },
  engine: 'test-engine',
  isReady: false,
  notReadyReason: 'Still loading.',
};

/** A model that gives its pooled vector and nothing else, as a CNN does; its sides are multiples of nothing. */
export const pooledModel: ServedModel = {
  spec: {
    ...withoutPatches(tinySpec),
    name: 'tiny_cnn_30',
    variant: 'tiny_cnn',
    input: { ...tinySpec.input, height: 30, width: 28 },
    outputs: ['cls'],
    registerTokens: 0,
  },
  engine: 'test-engine',
  isReady: true,
};

export function catalogueOf(...models: readonly ServedModel[]): ModelCatalogue {
  return { list: () => models, find: (name) => models.find(({ spec }) => spec.name === name) };
}

/** Means of the eight equal runs of the input's bytes, moved to about ±128 so that dark and bright point to opposite sides. */
function chunkMeans({ pixels }: ModelInput): Float32Array {
  const length = pixels.length / tinySpec.dimension;
  return Float32Array.from({ length: tinySpec.dimension }, (_, i) => {
    const run = pixels.subarray(i * length, (i + 1) * length);
    return run.reduce((sum, value) => sum + value, 0) / length - 127.25;
  });
}

/** Tokens of the 2×2 patches, row-major: patch p is `cls` moved by p, as half floats. */
function patchTokensOf(means: Float32Array): Uint16Array {
  const halves = Float16Array.from(
    [0, 1, 2, 3].flatMap((patch) => Array.from(means, (mean) => mean + patch)),
  );
  return new Uint16Array(halves.buffer);
}

/** What the tiny model answers: a function of the pixels alone, `patch_mean` being `cls` backwards. */
export function tinyOutput(input: ModelInput, outputs: readonly OutputName[]): EncoderOutput {
  const means = chunkMeans(input);
  return {
    ...(outputs.includes('cls') && { clsToken: means }),
    ...(outputs.includes('patch_mean') && { patchMean: means.toReversed() }),
    ...(outputs.includes('patch_tokens') && { patchTokens: patchTokensOf(means) }),
  };
}

export interface RecordedCall {
  readonly modelName: string;
  readonly input: ModelInput;
  readonly outputs: readonly OutputName[];
  readonly ctx: CallContext;
}

export interface TinyEncoder extends ImageEncoder {
  readonly calls: readonly RecordedCall[];
}

/** @param failWhen makes a call reject with what it returns; any value, as a broken part would throw. */
export function createTinyEncoder(failWhen: (call: RecordedCall) => unknown = () => undefined): TinyEncoder {
  const calls: RecordedCall[] = [];
  return {
    calls,
    async encode(modelName, input, outputs, ctx) {
      const call = { modelName, input, outputs, ctx };
      calls.push(call);
      await Promise.resolve();
      const failure = failWhen(call);
      if (failure !== undefined) throw failure as Error;
      return { output: tinyOutput(input, outputs), timing: { queueMs: 1, inferMs: 2, batchSize: 1 } };
    },
  };
}

export interface StuckEncoder extends ImageEncoder {
  /** Resolves with the first call's context as soon as an image has reached the encoder. */
  readonly entered: Promise<CallContext>;
}

/** An encoder that answers nothing until its caller gives up, as a hung server would. */
export function createStuckEncoder(): StuckEncoder {
  const { promise: entered, resolve } = Promise.withResolvers<CallContext>();
  return {
    entered,
    encode: (_model, _input, _outputs, ctx) => {
      resolve(ctx);
      return new Promise((_, reject) => {
        const giveUp = (): void => reject(AppError.from(ctx.signal.reason));
        if (ctx.signal.aborted) giveUp();
        ctx.signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
}
