import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { beginParityProof, type ParityProof } from '#src/infer/repository/parity-proof.ts';
import { createTritonClient } from '#src/infer/triton/create-triton-client.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { CliError } from '../cli-error.ts';
import { openEncoder } from '../client/open-encoder.ts';
import { untilSettled } from '../verify/ask-encoder.ts';
import { asserted, isSound, type Gate } from '../verify/gate.ts';
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
  const outcome = isPassed === null ? 'not asked' : isPassed ? 'ok' : 'MISSED';
  return [outcome, model, name, figure, bound, detail];
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
      const engine = options.writeParity === undefined ? undefined : 'tensorrt';
      const deps = { client, target, modelDir, referenceImage: options.referenceImage, engine, signal };
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

/** Before the server is asked: a plan that is replaced afterwards is noticed. */
async function beginProofs(
  { writeParity: repository, encoder }: VerifyOptions,
  specs: readonly ModelSpec[],
): Promise<readonly ParityProof[]> {
  if (repository === undefined) return [];
  if (encoder === undefined) {
    throw new CliError(
      'usage',
      '--write-parity needs --encoder.',
      'A proof is of what the plan computes: name the server with TensorRT that runs it, host:port.',
    );
  }
  try {
    const proofs = [];
    for (const spec of specs) proofs.push(await beginParityProof(join(repository, spec.name), spec));
    return proofs;
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const advice = 'It is made by tessera models build --target tensorrt.';
    throw new CliError('usage', thrown.detail, advice, thrown);
  }
}

/** Lets the engine that passed announce its weights, and takes that from one that did not. Gives the gates, with that of the plan. */
async function settleProof(proof: ParityProof, { model, gates }: Verified): Promise<Verified> {
  const isSame = await proof.isSamePlan();
  const detail = isSame ? 'the same before and after the questions' : 'model.plan was replaced meanwhile';
  const all = [...gates, asserted('plan', isSame, detail)];
  if (isSound(all)) await proof.record({ gates: all });
  else await proof.withdraw();
  return { model, gates: all };
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
  const proofs = await beginProofs(options, specs);
  const verified = await verifyAll(ctx, specs, options);
  const models = [...verified];
  for (const [index, proof] of proofs.entries()) models[index] = await settleProof(proof, verified[index]!);
  const isOk = models.every(({ gates }) => isSound(gates));
  const header = ['', 'model', 'gate', 'figure', 'limit', 'detail'];
  const rows = models.flatMap(({ model, gates }) => gates.map((gate) => gateRow(model, gate)));
  ctx.terminal.result({ isOk, models }, alignColumns([header, ...rows]));
  return isOk ? 'done' : 'checkFailed';
}
