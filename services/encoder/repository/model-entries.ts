import { invalidArgument, notFound, unavailable } from '../rpc/status-error.ts';
import type { ServedModel } from '../scheduling/served-model.ts';

/** The states of Triton's RepositoryIndex. */
export type VersionState = 'LOADING' | 'READY' | 'UNAVAILABLE' | 'UNLOADING';

export interface VersionEntry {
  readonly model: ServedModel;
  readonly state: VersionState;
  /** Why it is not ready; empty when it is. */
  readonly reason: string;
}

/** What is known of one model of the repository. */
export interface ModelEntry {
  readonly versions: Map<string, VersionEntry>;
  /** Why its folder could not be read; there are no versions then. */
  fault: string | undefined;
}

/** One line of the RepositoryIndex. */
export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
}

const unknownModel = (rest: string): string => `Request for unknown model: ${rest}`;

/** Triton reads versions with C's `stol`: leading digits suffice, and what has none is refused. */
export function parseVersion(version: string): string {
  const digits = /^\s*([+-]?\d+)/.exec(version)?.[1];
  if (digits !== undefined) return String(Number(digits));
  throw invalidArgument(
    `failed to get model version from specified version string '${version}' (details: stol), version should be an integral value > 0`,
  );
}

/** Newest version first. */
export function newestFirst(entry: ModelEntry): readonly VersionEntry[] {
  const numberOf = ({ model }: VersionEntry): number => Number(model.definition.version);
  return [...entry.versions.values()].sort((a, b) => numberOf(b) - numberOf(a));
}

function newestReady(name: string, entry: ModelEntry): ServedModel {
  const versions = newestFirst(entry);
  const ready = versions.find(({ state }) => state === 'READY');
  if (ready !== undefined) return ready.model;
  // Triton answers NOT_FOUND here too; but a model that is on its way is worth another try.
  if (versions.some(({ state }) => state === 'LOADING')) {
    throw unavailable(unknownModel(`'${name}' is not at ready state`));
  }
  throw notFound(unknownModel(`'${name}' has no available versions`));
}

/**
 * The version that is asked for, or the newest ready one when `version` is empty.
 * Throws StatusError NOT_FOUND, UNAVAILABLE or (no number) INVALID_ARGUMENT, in Triton's words.
 */
export function resolveModel(name: string, entry: ModelEntry | undefined, version: string): ServedModel {
  const number = version === '' ? undefined : parseVersion(version);
  if (entry === undefined) throw notFound(unknownModel(`'${name}' is not found`));
  if (number === undefined) return newestReady(name, entry);
  const found = entry.versions.get(number);
  if (found === undefined) throw notFound(unknownModel(`'${name}' version ${number} is not found`));
  if (found.state !== 'READY') {
    throw unavailable(unknownModel(`'${name}' version ${number} is not at ready state`));
  }
  return found.model;
}

/** The lines of one model. */
export function indexModel(name: string, entry: ModelEntry): readonly IndexEntry[] {
  if (entry.fault !== undefined) return [{ name, version: '', state: 'UNAVAILABLE', reason: entry.fault }];
  return newestFirst(entry).map(({ model, state, reason }) => ({
    name,
    version: model.definition.version,
    state,
    reason,
  }));
}
