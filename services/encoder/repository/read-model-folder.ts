import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { inference } from '#src/infer/triton/gen/protocol.js';
import { defineModel, ModelConfigError, type ModelDefinition } from './model-definition.ts';
import { overrideModelConfig, parseModelConfig } from './parse-model-config.ts';
import { chooseVersions } from './choose-versions.ts';

const configFile = 'config.pbtxt';

/** Names of the folders that hold a model: those with a `config.pbtxt`. Throws when the repository cannot be read. */
export function listModelFolders(repository: string): readonly string[] {
  return readdirSync(repository, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .filter((name) => existsSync(join(repository, name, configFile)))
    .sort();
}

/** A model's name is also a path segment; it comes from callers of RepositoryModelLoad. */
const isFolderName = (name: string): boolean => name !== '' && !/[/\\\0]/.test(name) && !name.startsWith('.');

function readConfig(folder: string, override: string | undefined): inference.ModelConfig {
  const text = readFileSync(join(folder, configFile), 'utf8');
  const config = wrapped('config.pbtxt', () => parseModelConfig(text));
  return override === undefined
    ? config
    : wrapped('the given configuration', () => overrideModelConfig(config, override));
}

function wrapped<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelConfigError(`${what} cannot be read: ${reason}`, { cause });
  }
}

function versionsIn(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => /^[1-9]\d{0,14}$/.test(name))
    .map(Number);
}

function defineVersion(
  name: string,
  folder: string,
  config: inference.ModelConfig,
  version: string,
): ModelDefinition {
  const fileName = config.defaultModelFilename === '' ? 'model.onnx' : config.defaultModelFilename;
  if (!isFolderName(fileName)) throw new ModelConfigError('default_model_filename is not a file name');
  const path = join(folder, version, fileName);
  if (!existsSync(path)) throw new ModelConfigError(`version ${version} has no ${fileName}`);
  return defineModel(name, config, version, { path, bytes: statSync(path).size });
}

/**
 * The versions of one model that its policy wants served. Synchronous: a handful of small files, read when a model is loaded.
 * @param override JSON that changes the configuration for this load.
 * @returns undefined when there is no such model. Throws ModelConfigError, with a reason without paths.
 */
export function readModelFolder(
  repository: string,
  name: string,
  override?: string,
): readonly ModelDefinition[] | undefined {
  const folder = join(repository, name);
  if (!isFolderName(name) || !existsSync(join(folder, configFile))) return undefined;
  const config = readConfig(folder, override);
  const versions = chooseVersions(versionsIn(folder), config.versionPolicy);
  if (versions.length === 0) throw new ModelConfigError('no version is available');
  return versions.map((version) => defineVersion(name, folder, config, String(version)));
}
