import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { parseModelSpec } from './parse-model-spec.ts';

/**
 * Reads `<dir>/<model>/spec.json` of every model, sorted by name; folders without the file are passed over.
 * Throws AppError `malformed-request`, which names the model's folder, when a spec is not valid JSON, not a valid spec, or
 * names another model than its folder; file errors other than a missing `spec.json` pass through.
 */
export async function loadModelSpecs(dir: string): Promise<readonly ModelSpec[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  const specs = await Promise.all(folders.map((folder) => loadSpec(dir, folder.name)));
  return specs.filter((spec) => spec !== undefined).sort((left, right) => (left.name < right.name ? -1 : 1));
}

async function loadSpec(dir: string, folder: string): Promise<ModelSpec | undefined> {
  const text = await readIfPresent(join(dir, folder, 'spec.json'));
  if (text === undefined) return undefined;
  try {
    const spec = parseModelSpec(JSON.parse(text));
    if (spec.name !== folder) {
      throw new AppError('malformed-request', `/name: is ${spec.name}, the folder is not`);
    }
    return spec;
  } catch (err) {
    if (err instanceof SyntaxError) {
      throw new AppError('malformed-request', `${folder}/spec.json is not JSON.`, { cause: err });
    }
    if (!(err instanceof AppError)) throw err;
    const { code, detail, faults } = err;
    throw new AppError(code, `${folder}/spec.json: ${detail}`, { faults, cause: err });
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (err) {
    const code = (err as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw err;
  }
}
