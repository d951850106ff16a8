import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { checkModelFiles } from '#src/infer/repository/check-model-files.ts';
import { findHeadGateFault } from '#src/infer/repository/find-head-gate-fault.ts';
import { findLicenceText, noLicenceText } from '#src/infer/repository/find-licence-text.ts';
import type { TritonClient } from '#src/infer/triton/create-triton-client.ts';
import { inspectModel } from '#src/infer/triton/inspect-model.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { CliError } from '../cli-error.ts';
import { askEncoder, callContext, loadFault } from './ask-encoder.ts';
import { asserted, isSound, type Gate } from './gate.ts';
import { parityGates } from './parity-gates.ts';
import { publishedFor, publishedGates } from './published-values.ts';
import { readReference } from './read-reference.ts';
import { trialImages, triedBatch } from './trial-images.ts';
import { errorCode } from '../error-code.ts';

export interface VerifyDeps {
  readonly client: TritonClient;
  readonly target: string;
  readonly modelDir: string;
  /** The published reference image, where the user has it. */
  readonly referenceImage: string | undefined;
  /** The engine that the server must announce; unset: any. Another one is not asked anything. */
  readonly engine: string | undefined;
  readonly signal: AbortSignal;
}

/** What lies on the disk. */
async function fileGates(modelDir: string, spec: ModelSpec): Promise<readonly Gate[]> {
  const folder = join(modelDir, spec.name);
  const licence = await findLicenceText(folder);
  const check = await checkModelFiles(join(folder, spec.version, 'model.onnx'), spec.weightsDigest).catch(
    (thrown: unknown) =>
      ({ outcome: 'refused', reason: `a file cannot be read (${errorCode(thrown)})` }) as const,
  );
  const headFault = await findHeadGateFault(join(folder, spec.version), spec.precision);
  const detail = { agreed: 'sha256 as in export.json', absent: 'export.json is missing', refused: '' };
  return [
    asserted('licence', licence !== undefined, licence ?? noLicenceText),
    asserted(
      'files',
      check.outcome === 'agreed',
      check.outcome === 'refused' ? check.reason : detail[check.outcome],
    ),
    ...(headFault === undefined ? [] : [asserted('headAuc', false, headFault)]),
  ];
}

/** Each image alone, then as many as the model takes, up to eight, together. */
async function askedGates(deps: VerifyDeps, spec: ModelSpec): Promise<readonly Gate[]> {
  const reference = await readReference(join(deps.modelDir, spec.name), spec);
  const images = trialImages(spec);
  const count = triedBatch(spec);
  const batch = images.slice(0, count).map(({ input }) => input);
  const together = count === 1 ? [] : await askEncoder(deps.client, spec, batch, deps.signal);
  const answers = [];
  for (const [index, { name, input }] of images.entries()) {
    const [alone] = await askEncoder(deps.client, spec, [input], deps.signal);
    answers.push({ name, alone: alone!, inBatch: together[index] });
  }
  return parityGates(spec, reference, answers);
}

/** The reference image as the gateway would prepare it: decoded and stretched with antialiasing. */
async function prepareImage(spec: ModelSpec, path: string, signal: AbortSignal): Promise<ModelInput> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError('usage', `The image ${path} cannot be read.`, undefined, cause);
  });
  const preparer = createDirectPreparer(createDirectDecoder(), createSystemClock());
  const limits = { maxPixels: 50_000_000, maxBytes: 64 * 1024 * 1024 };
  const request = {
    bytes,
    declaredType: undefined,
    spec,
    resize: 'stretch',
    window: 'full',
    limits,
  } as const;
  const prepared = await preparer.prepare(request, callContext(signal)).catch((thrown: unknown) => {
    throw new CliError('usage', `${path}: ${AppError.from(thrown).detail}`, undefined, thrown);
  });
  return prepared.inputs[0]!;
}

async function referenceGates(deps: VerifyDeps, spec: ModelSpec): Promise<readonly Gate[]> {
  if (deps.referenceImage === undefined) return [];
  if (publishedFor(spec) === undefined) return publishedGates(spec, {});
  const input = await prepareImage(spec, deps.referenceImage, deps.signal);
  const [output] = await askEncoder(deps.client, spec, [input], deps.signal);
  return publishedGates(spec, output!);
}

const engineGate = (announced: string, wanted: string): Gate =>
  asserted(
    'engine',
    announced === wanted,
    announced === wanted
      ? announced
      : `the server announces ${announced}: what it computes says nothing of ${wanted}`,
  );

/** Everything that can be asked of one model: its files, what the server says of it, and what it computes. */
export async function verifyModel(deps: VerifyDeps, spec: ModelSpec): Promise<readonly Gate[]> {
  const { client, target, signal } = deps;
  const files = await fileGates(deps.modelDir, spec);
  const fault = await loadFault(client, spec, signal);
  if (fault !== undefined) return [...files, asserted('loads', false, fault)];
  const inspection = await inspectModel(client, spec, target, callContext(signal), true);
  if (inspection.outcome !== 'agreed') return [...files, asserted('contract', false, inspection.reason)];
  const { engine, precision } = inspection.announced;
  const served = { ...spec, precision };
  const contract = asserted('contract', true, `${engine}, ${precision}, tensors as in spec.json`);
  const own = deps.engine === undefined ? [] : [engineGate(engine, deps.engine)];
  if (!isSound(own)) return [...files, contract, ...own];
  try {
    const computed = [...(await askedGates(deps, served)), ...(await referenceGates(deps, served))];
    return [...files, contract, ...own, ...computed];
  } catch (thrown) {
    if (!(thrown instanceof AppError) || signal.aborted) throw thrown;
    const reason = thrown.cause instanceof Error ? thrown.cause.message : thrown.detail;
    return [...files, contract, ...own, asserted('answers', false, reason)];
  }
}
