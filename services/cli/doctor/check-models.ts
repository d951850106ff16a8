import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';
import type { Finding } from './finding.ts';

const codeOf = (thrown: unknown): string => (thrown as NodeJS.ErrnoException).code ?? 'unknown';

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The specs of the model folder, and for each whether its files are those that its export recorded. */
export async function checkModels(dir: string, defaultModel: string): Promise<readonly Finding[]> {
  const specs = await loadModelSpecs(dir).catch((thrown: unknown) =>
    thrown instanceof AppError ? thrown.detail : `${dir} cannot be read (${codeOf(thrown)})`,
  );
  if (typeof specs === 'string') {
    const advice = 'Correct the spec, or set TESSERA_MODEL_DIR to a folder of models.';
    return [{ name: 'models', isOk: false, detail: specs, advice }];
  }
  const isServed = specs.some(({ name }) => name === defaultModel);
  const named: Finding = isServed
    ? { name: 'default model', isOk: true, detail: defaultModel }
    : {
        name: 'default model',
        isOk: false,
        detail: `${defaultModel} is not in the model folder`,
        advice: `Set TESSERA_DEFAULT_MODEL to one of: ${specs.map(({ name }) => name).join(', ')}.`,
      };
  return [named, ...(await Promise.all(specs.map((spec) => checkModel(dir, spec))))];
}

/** Compares the graph and the spec with the digests in `export.json`. */
export async function checkModel(dir: string, spec: ModelSpec): Promise<Finding> {
  const name = `model ${spec.name}`;
  const fail = (detail: string): Finding => ({
    name,
    isOk: false,
    detail,
    advice: 'Export or copy the model again, with its spec.json and export.json.',
  });
  try {
    const recorded = JSON.parse(await readFile(join(dir, spec.name, 'export.json'), 'utf8')) as {
      readonly weightsDigest?: unknown;
      readonly modelDigest?: unknown;
    };
    if (recorded.weightsDigest !== spec.weightsDigest) return fail('spec.json is of other weights');
    const digest = await sha256Of(join(dir, spec.name, spec.version, 'model.onnx'));
    if (digest !== recorded.modelDigest) return fail('model.onnx is not the exported file');
    return { name, isOk: true, detail: `files match their digests (${digest.slice(0, 12)}…)` };
  } catch (thrown) {
    const why =
      thrown instanceof SyntaxError ? 'export.json is not JSON' : `a file is missing (${codeOf(thrown)})`;
    return fail(why);
  }
}
