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
import { asserted, type Gate } from './gate.ts';
import { readGoldenFile, type GoldenFile } from './golden-file.ts';
import { parityGates } from './parity-gates.ts';
import { publishedFor, publishedGates } from './published-values.ts';
import { syntheticImage } from './synthetic-image.ts';

export interface VerifyDeps {
  readonly client: TritonClient;
  readonly target: string;
  readonly modelDir: string;
  /** The published reference image, where the user has it. */
  readonly referenceImage: string | undefined;
  readonly signal: AbortSignal;
}

/** What lies on the disk. */
async function fileGates(modelDir: string, spec: ModelSpec): Promise<readonly Gate[]> {
  const folder = join(modelDir, spec.name);
  const licence = await findLicenceText(folder);
  const check = await checkModelFiles(join(folder, spec.version, 'model.onnx'), spec.weightsDigest).catch(
    (thrown: unknown) =>
      ({ outcome: 'refused', reason: `a file cannot be read (${codeOf(thrown)})` }) as const,
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

const codeOf = (thrown: unknown): string => (thrown as NodeJS.ErrnoException).code ?? 'unknown';

/** The golden file's images, drawn; or why they cannot be. */
function drawCases(spec: ModelSpec, golden: GoldenFile) {
  const { height, width } = golden.input;
  if (height !== spec.input.height || width !== spec.input.width)
    return 'golden.json is of another input size';
  const cases: { readonly name: string; readonly input: ModelInput }[] = [];
  for (const name of Object.keys(golden.cases)) {
    const input = syntheticImage(name, spec);
    if (input === undefined) return `golden.json has an image of an unknown name: ${name}`;
    cases.push({ name, input });
  }
  return cases;
}

async function goldenGates(deps: VerifyDeps, spec: ModelSpec): Promise<readonly Gate[]> {
  const golden = await readGoldenFile(join(deps.modelDir, spec.name));
  if (typeof golden === 'string') return [asserted('golden', false, golden)];
  const cases = drawCases(spec, golden);
  if (typeof cases === 'string') return [asserted('golden', false, cases)];
  const answers = [];
  const batch = cases.slice(0, spec.maxBatchSize).map(({ input }) => input);
  const together = await askEncoder(deps.client, spec, batch, deps.signal);
  for (const [index, { name, input }] of cases.entries()) {
    const [alone] = await askEncoder(deps.client, spec, [input], deps.signal);
    answers.push({ name, alone: alone!, inBatch: together[index] ?? alone! });
  }
  return parityGates(spec, golden, answers);
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
  try {
    const computed = [...(await goldenGates(deps, served)), ...(await referenceGates(deps, served))];
    return [...files, contract, ...computed];
  } catch (thrown) {
    if (!(thrown instanceof AppError) || signal.aborted) throw thrown;
    const reason = thrown.cause instanceof Error ? thrown.cause.message : thrown.detail;
    return [...files, contract, asserted('answers', false, reason)];
  }
}
