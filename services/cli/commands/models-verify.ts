import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { withdrawParityProof, writeParityProof } from '#src/infer/repository/parity-proof.ts';
import { createTritonClient } from '#src/infer/triton/create-triton-client.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { CliError } from '../cli-error.ts';
import { openEncoder } from '../client/open-encoder.ts';
import { untilSettled } from '../verify/ask-encoder.ts';
import type { Gate } from '../verify/gate.ts';
import { verifyModel } from '../verify/verify-model.ts';
import { alignColumns } from '../output/align-columns.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { chooseModels, readSpecs } from './models.ts';

export interface VerifyOptions {
  /** gRPC target of a running server; undefined: the embedded encoder is started. */
  readonly encoder?: string;
  /** Path of the image for which five values of each model are published. */
  readonly referenceImage?: string;
  /** A TensorRT repository whose engines the server runs. */
  readonly writeParity?: string;
}

const showNumber = (value: number): string =>
  Math.abs(value) < 0.1 ? value.toPrecision(3) : value.toFixed(7);

function gateRow(model: string, { name, isPassed, value, limit, detail }: Gate): readonly string[] {
  const bound = limit === undefined ? '' : 'least' in limit ? `≥ ${limit.least}` : `≤ ${limit.greatest}`;
  const figure = value === undefined ? '' : showNumber(value);
  return [isPassed ? 'ok' : 'MISSED', model, name, figure, bound, detail];
}

async function verifyAll(ctx: CommandContext, specs: readonly ModelSpec[], options: VerifyOptions) {
  const { config, terminal, signal } = ctx;
  const names = specs.map(({ name }) => name);
  const started = options.encoder === undefined ? await openEncoder(config, names, signal) : undefined;
  const target = started?.target ?? options.encoder!;
  const client = createTritonClient({ targets: [target], clock: createSystemClock() });
  const progress = terminal.progress('models', specs.length);
  try {
    await untilSettled(client, signal);
    const models: Verified[] = [];
    for (const spec of specs) {
      const { modelDir } = config;
      const deps = { client, target, modelDir, referenceImage: options.referenceImage, signal };
      models.push({ model: spec.name, gates: await verifyModel(deps, spec) });
      progress.advance(1);
    }
    return models;
  } finally {
    progress.end();
    client.close();
    await started?.close();
  }
}

interface Verified {
  readonly model: string;
  readonly gates: readonly Gate[];
}

/** Lets the engines that passed announce their weights, and takes that from those that did not. */
async function recordParity(repository: string, specs: readonly ModelSpec[], models: readonly Verified[]) {
  try {
    for (const [index, spec] of specs.entries()) {
      const { gates } = models[index]!;
      const folder = join(repository, spec.name);
      if (gates.every(({ isPassed }) => isPassed)) await writeParityProof(folder, spec, { gates });
      else await withdrawParityProof(folder, spec);
    }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    throw new CliError(
      'usage',
      thrown.detail,
      'It is made by tessera models build --target tensorrt.',
      thrown,
    );
  }
}

/**
 * `tessera models verify [NAME…]`: is what lies in the model folder, and what a server computes with it, what the reference says?
 * Runs the embedded encoder for real, or asks a running server. Comes out as `checkFailed` when a gate is missed.
 */
export async function verifyModels(
  ctx: CommandContext,
  names: readonly string[],
  options: VerifyOptions,
): Promise<CommandResult> {
  const specs = chooseModels(await readSpecs(ctx.config.modelDir), names);
  const models = await verifyAll(ctx, specs, options);
  if (options.writeParity !== undefined) await recordParity(options.writeParity, specs, models);
  const isOk = models.every(({ gates }) => gates.every(({ isPassed }) => isPassed));
  const header = ['', 'model', 'gate', 'figure', 'limit', 'detail'];
  const rows = models.flatMap(({ model, gates }) => gates.map((gate) => gateRow(model, gate)));
  ctx.terminal.result({ isOk, models }, alignColumns([header, ...rows]));
  return isOk ? 'done' : 'checkFailed';
}
