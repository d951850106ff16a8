import { constants, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
 * `<model>/config.pbtxt`, `<model>/<version>/model.onnx` and, for `python`, the `model.py` that runs it.
 * File errors pass through.
 */
export async function writeModelRepository(request: ModelRepositoryRequest): Promise<void> {
  const { specs, target, outDir, modelDir, options } = request;
  for (const spec of specs) {
    const versionDir = join(outDir, spec.name, spec.version);
    await mkdir(versionDir, { recursive: true });
    await copy(join(modelDir, spec.name, spec.version, 'model.onnx'), join(versionDir, 'model.onnx'));
    if (target === 'python') await copy(join(modelDir, 'python', 'model.py'), join(versionDir, 'model.py'));
    await writeFile(join(outDir, spec.name, 'config.pbtxt'), renderConfigPbtxt(spec, target, options));
  }
}

/** A copy that shares blocks with the original where the file system can. */
async function copy(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}
