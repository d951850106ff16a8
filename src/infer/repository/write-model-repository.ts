import { constants, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import { isLicenceFileName } from '#src/domain/licence-text.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { findLicenceText, noLicenceText } from './find-licence-text.ts';
import { renderConfigPbtxt, type ConfigOptions } from './render-config-pbtxt.ts';

export interface ModelRepositoryRequest {
  readonly specs: readonly ModelSpec[];
  /** TensorRT is not among them: its plans are built on the machine that serves them. */
  readonly target: 'onnxruntime' | 'python';
  /** Created when missing; files of the same name are replaced, others are left. */
  readonly outDir: string;
  /** Holds `<model>/<version>/model.onnx` and `python/model.py`. */
  readonly modelDir: string;
  readonly options?: ConfigOptions;
}

/**
 * Writes a repository that Triton and the embedded encoder can serve as it is: for each spec
 * `<model>/config.pbtxt`, `<model>/<version>/model.onnx` (with `model.onnx.data` where the weights lie apart) and, for `python`, the `model.py` that runs it; and beside
 * them the licence text, which goes where the weights go, and the `export.json` with their digests.
 * Throws AppError `malformed-request` for a model without a licence text, before anything is written; file errors pass through.
 */
export async function writeModelRepository(request: ModelRepositoryRequest): Promise<void> {
  const { specs, target, outDir, modelDir, options } = request;
  for (const { name } of specs) {
    if ((await findLicenceText(join(modelDir, name))) === undefined) {
      throw new AppError('malformed-request', `${name}: ${noLicenceText}.`);
    }
  }
  for (const spec of specs) {
    const versionDir = join(outDir, spec.name, spec.version);
    await mkdir(versionDir, { recursive: true });
    const sourceDir = join(modelDir, spec.name, spec.version);
    await copy(join(sourceDir, 'model.onnx'), join(versionDir, 'model.onnx'));
    await copyWeightsApart(sourceDir, versionDir);
    await copyPapers(join(modelDir, spec.name), join(outDir, spec.name));
    if (target === 'python') await copy(join(modelDir, 'python', 'model.py'), join(versionDir, 'model.py'));
    await writeFile(join(outDir, spec.name, 'config.pbtxt'), renderConfigPbtxt(spec, target, options));
  }
}

/** The licence texts and, where there is one, the manifest of digests; that of an earlier model does not outlive it. */
async function copyPapers(from: string, to: string): Promise<void> {
  if (resolve(from) === resolve(to)) return;
  const names = await readdir(from);
  await rm(join(to, 'export.json'), { force: true });
  for (const name of names.filter((each) => each === 'export.json' || isLicenceFileName(each))) {
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
