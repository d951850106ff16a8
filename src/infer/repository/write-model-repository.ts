import { constants, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ModelSpec } from '#src/domain/model-spec.ts';
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
 * `<model>/config.pbtxt`, `<model>/<version>/model.onnx` (with `model.onnx.data` where the weights lie apart) and, for `python`, the `model.py` that runs it.
 * File errors pass through.
 */
export async function writeModelRepository(request: ModelRepositoryRequest): Promise<void> {
  const { specs, target, outDir, modelDir, options } = request;
  for (const spec of specs) {
    const versionDir = join(outDir, spec.name, spec.version);
    await mkdir(versionDir, { recursive: true });
    const sourceDir = join(modelDir, spec.name, spec.version);
    await copy(join(sourceDir, 'model.onnx'), join(versionDir, 'model.onnx'));
    await copyWeightsApart(sourceDir, versionDir);
    if (target === 'python') await copy(join(modelDir, 'python', 'model.py'), join(versionDir, 'model.py'));
    await writeFile(join(outDir, spec.name, 'config.pbtxt'), renderConfigPbtxt(spec, target, options));
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
