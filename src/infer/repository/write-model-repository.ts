import { constants, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import { isLicenceFileName } from '#src/domain/licence-text.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { findHeadGateFault } from './find-head-gate-fault.ts';
import { findLicenceText, noLicenceText } from './find-licence-text.ts';
import { proofName, unprovenConfig } from './parity-proof.ts';
import { renderConfigPbtxt, type ConfigOptions, type RepositoryTarget } from './render-config-pbtxt.ts';
import { renderEngineScript } from './render-engine-script.ts';

export interface ModelRepositoryRequest {
  readonly specs: readonly ModelSpec[];
  readonly target: RepositoryTarget;
  /** Created when missing; files of the same name are replaced, others are left. */
  readonly outDir: string;
  /** Holds `<model>/<version>/model.onnx`. */
  readonly modelDir: string;
  /** The program of the target `python`; unset: `python/model.py` of the model folder. */
  readonly pythonModel?: string;
  readonly options?: ConfigOptions;
}

/**
 * Writes a repository: for each spec `<model>/config.pbtxt`, `<model>/<version>/model.onnx` (with `model.onnx.data` where the weights
 * lie apart), the licence text, which goes where the weights go, and the `export.json` with their digests. Triton and the embedded
 * encoder serve `onnxruntime` as it is; `python` has the `model.py` that runs the graph; `tensorrt` has a `build-engines.sh` that makes
 * the plans where they will serve, and what their verification reads.
 * Throws AppError `malformed-request` for a model without a licence text and for INT8 without its gate, before anything is written;
 * file errors pass through.
 */
export async function writeModelRepository(request: ModelRepositoryRequest): Promise<void> {
  const { specs, target, outDir, modelDir } = request;
  for (const { name, version, precision } of specs) {
    if ((await findLicenceText(join(modelDir, name))) === undefined) {
      throw new AppError('malformed-request', `${name}: ${noLicenceText}.`);
    }
    const fault = await findHeadGateFault(join(modelDir, name, version), precision);
    if (fault !== undefined) throw new AppError('malformed-request', `${name}: ${fault}.`);
  }
  for (const spec of specs) await writeModel(request, spec);
  if (target !== 'tensorrt') return;
  await writeFile(join(outDir, 'build-engines.sh'), renderEngineScript(specs), { mode: 0o755 });
}

async function writeModel(request: ModelRepositoryRequest, spec: ModelSpec): Promise<void> {
  const { target, outDir, modelDir, options } = request;
  const [from, to] = [join(modelDir, spec.name), join(outDir, spec.name)];
  const versionDir = join(to, spec.version);
  await mkdir(versionDir, { recursive: true });
  await dropEngine(to, versionDir);
  await copy(join(from, spec.version, 'model.onnx'), join(versionDir, 'model.onnx'));
  await copyWeightsApart(join(from, spec.version), versionDir);
  await copyPapers(from, to, target === 'tensorrt' ? [...papers, ...verificationFiles] : papers);
  if (target === 'python') {
    await copy(request.pythonModel ?? join(modelDir, 'python', 'model.py'), join(versionDir, 'model.py'));
  }
  const config = renderConfigPbtxt(spec, target, options);
  await writeFile(join(to, 'config.pbtxt'), config);
  if (target !== 'tensorrt') return;
  await writeFile(join(to, unprovenConfig), config);
}

/** An engine that was built here before is of another graph, and so is its proof; first, so that a write that breaks off leaves none. */
async function dropEngine(to: string, versionDir: string): Promise<void> {
  const unproven = await readFile(join(to, unprovenConfig)).catch(() => undefined);
  if (unproven !== undefined) await writeFile(join(to, 'config.pbtxt'), unproven);
  for (const path of [join(to, proofName), join(to, unprovenConfig), join(versionDir, 'model.plan')]) {
    await rm(path, { force: true });
  }
}

/** Beside the licence texts. */
const papers = ['export.json'];
/** `tessera models verify` can then take the repository itself for its model folder. */
const verificationFiles = ['spec.json', 'golden.json', 'golden.safetensors'];

/** The licence texts and, where there are any, the wanted files; those of an earlier model do not outlive it. */
async function copyPapers(from: string, to: string, wanted: readonly string[]): Promise<void> {
  if (resolve(from) === resolve(to)) return;
  const names = await readdir(from);
  for (const name of wanted) await rm(join(to, name), { force: true });
  for (const name of names.filter((each) => wanted.includes(each) || isLicenceFileName(each))) {
    await copy(join(from, name), join(to, name));
  }
}

/**
 * Weights above 2 GB do not fit into the protobuf message of `model.onnx` and lie beside it. Where the model has none, those
 * of an earlier one are removed.
 */
async function copyWeightsApart(sourceDir: string, versionDir: string): Promise<void> {
  const name = 'model.onnx.data';
  const names = await readdir(sourceDir);
  if (names.includes(name)) await copy(join(sourceDir, name), join(versionDir, name));
  else if (resolve(sourceDir) !== resolve(versionDir)) await rm(join(versionDir, name), { force: true });
}

/** A copy that shares blocks with the original where the file system can. */
async function copy(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}
