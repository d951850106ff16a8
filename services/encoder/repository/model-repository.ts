import { status } from '@grpc/grpc-js';
import { StatusError } from '../rpc/status-error.ts';
import type { ServedModel } from '../scheduling/served-model.ts';
import type { ModelDefinition } from './model-definition.ts';
import {
  indexModel,
  newestFirst,
  parseVersion,
  resolveModel,
  type IndexEntry,
  type ModelEntry,
  type VersionEntry,
} from './model-entries.ts';
import { listModelFolders, readModelFolder } from './read-model-folder.ts';
import { changeVersions, reasonOf, retireVersion, type Lifecycle } from './version-lifecycle.ts';

/** The models of the repository folder and their states. Methods throw StatusError with Triton's codes and words. */
export interface ModelRepository {
  /** Reads the folder and loads every model, cheap ones first. Resolves when each is ready or known to be broken. */
  readonly loadAll: () => Promise<void>;
  /** False until `loadAll` is done. */
  readonly isSettled: () => boolean;
  /** The version that is asked for, or the newest ready one when `version` is empty. */
  readonly resolve: (name: string, version: string) => ServedModel;
  readonly isReady: (name: string, version: string) => boolean;
  /** Every version that is ready, of all models or of one. */
  readonly ready: (name?: string) => readonly ServedModel[];
  readonly index: () => readonly IndexEntry[];
  /** Reads and loads a model anew. @param override JSON that changes its configuration for this load. */
  readonly load: (name: string, override: string | undefined) => Promise<void>;
  /** Does nothing for an unknown model, as Triton. */
  readonly unload: (name: string) => Promise<void>;
}

/** Runs work on one name in turn, work on different names side by side. */
function createTurns() {
  const tails = new Map<string, Promise<unknown>>();
  return <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const turn = (tails.get(name) ?? Promise.resolve()).then(work);
    const tail = turn.catch(() => undefined);
    tails.set(name, tail);
    return turn;
  };
}

const failedLoad = (name: string, reason: string): StatusError =>
  new StatusError(status.INTERNAL, `failed to load '${name}', ${reason}`);

/** As `readModelFolder`, for the caller of a load. */
function readForLoad(folder: string, name: string, override: string | undefined): readonly ModelDefinition[] {
  let definitions: readonly ModelDefinition[] | undefined;
  try {
    definitions = readModelFolder(folder, name, override);
  } catch (error) {
    throw failedLoad(name, reasonOf(error));
  }
  if (definitions === undefined) throw failedLoad(name, 'failed to poll from model repository');
  return definitions;
}

/** @param folder the repository: `<model>/config.pbtxt` and `<model>/<version>/model.onnx`. */
export function createModelRepository(folder: string, lifecycle: Lifecycle): ModelRepository {
  const entries = new Map<string, ModelEntry>();
  const inTurn = createTurns();
  let isSettled = false;

  const entryOf = (name: string): ModelEntry => {
    const entry = entries.get(name) ?? { versions: new Map<string, VersionEntry>(), fault: undefined };
    entries.set(name, entry);
    return entry;
  };
  const loadAtStart = async (name: string): Promise<void> => {
    const entry = entryOf(name);
    try {
      await changeVersions(lifecycle, entry, readModelFolder(folder, name) ?? []);
    } catch (error) {
      entry.fault = reasonOf(error);
    }
  };
  const load = async (name: string, override: string | undefined): Promise<void> => {
    const definitions = readForLoad(folder, name, override);
    const reasons = await changeVersions(lifecycle, entryOf(name), definitions);
    if (reasons.length > 0) throw failedLoad(name, reasons.join('; '));
  };
  const unload = async (name: string): Promise<void> => {
    const entry = entries.get(name);
    if (entry === undefined) return;
    const served = [...entry.versions.values()].filter(({ state }) => state === 'READY');
    await Promise.all(served.map((version) => retireVersion(lifecycle, entry, version)));
  };

  return {
    loadAll: async () => {
      await Promise.all(listModelFolders(folder).map((name) => inTurn(name, () => loadAtStart(name))));
      isSettled = true;
    },
    isSettled: () => isSettled,
    resolve: (name, version) => resolveModel(name, entries.get(name), version),
    isReady: (name, version) => {
      const entry = entries.get(name);
      if (version === '')
        return entry !== undefined && newestFirst(entry).some(({ state }) => state === 'READY');
      return entry?.versions.get(parseVersion(version))?.state === 'READY';
    },
    ready: (name) =>
      [...entries]
        .filter(([own]) => name === undefined || own === name)
        .flatMap(([, entry]) => newestFirst(entry).toReversed())
        .filter(({ state }) => state === 'READY')
        .map(({ model }) => model),
    index: () => [...entries].flatMap(([name, entry]) => indexModel(name, entry)),
    load: (name, override) => inTurn(name, () => load(name, override)),
    unload: (name) => inTurn(name, () => unload(name)),
  };
}
