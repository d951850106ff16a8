import { createServedModel, type ServedModel } from '../scheduling/served-model.ts';
import { modelCost, type ModelDefinition } from './model-definition.ts';
import type { ModelEntry, VersionEntry } from './model-entries.ts';

/** How models get into the workers and out of them. */
export interface Lifecycle {
  readonly defaultMaxQueue: number;
  /** Makes a model available; rejects with a reason for the operator. */
  readonly bringUp: (model: ServedModel, cost: number) => Promise<void>;
  /** Resolves when its last request is answered and its memory is given up. */
  readonly takeDown: (model: ServedModel) => Promise<void>;
  readonly onReady: (model: ServedModel) => void;
}

/** An error's text, as a reason in the RepositoryIndex. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Lets a version finish its requests and takes it out of the workers. */
export async function retireVersion(
  lifecycle: Lifecycle,
  entry: ModelEntry,
  { model }: VersionEntry,
): Promise<void> {
  const { version } = model.definition;
  entry.versions.set(version, { model, state: 'UNLOADING', reason: '' });
  await lifecycle.takeDown(model);
  entry.versions.set(version, { model, state: 'UNAVAILABLE', reason: 'unloaded' });
}

/** Loads one version; one that is being served goes on until the new one is ready. @returns the reason of a failure. */
async function bringUpVersion(
  lifecycle: Lifecycle,
  entry: ModelEntry,
  definition: ModelDefinition,
): Promise<string | undefined> {
  const { version } = definition;
  const before = entry.versions.get(version);
  const served = before?.state === 'READY' ? before.model : undefined;
  const model = createServedModel(definition, lifecycle.defaultMaxQueue);
  if (served === undefined) entry.versions.set(version, { model, state: 'LOADING', reason: '' });
  try {
    await lifecycle.bringUp(model, modelCost(definition));
  } catch (error) {
    const reason = reasonOf(error);
    if (served === undefined) entry.versions.set(version, { model, state: 'UNAVAILABLE', reason });
    return reason;
  }
  entry.versions.set(version, { model, state: 'READY', reason: '' });
  lifecycle.onReady(model);
  if (served !== undefined) await lifecycle.takeDown(served);
  return undefined;
}

/** Makes these, and no others, the versions of a model. @returns the reasons of those that could not be loaded. */
export async function changeVersions(
  lifecycle: Lifecycle,
  entry: ModelEntry,
  definitions: readonly ModelDefinition[],
): Promise<readonly string[]> {
  entry.fault = undefined;
  const wanted = new Set(definitions.map(({ version }) => version));
  const unwanted = [...entry.versions.values()].filter(
    ({ model, state }) => state === 'READY' && !wanted.has(model.definition.version),
  );
  const reasons = await Promise.all(
    definitions.map((definition) => bringUpVersion(lifecycle, entry, definition)),
  );
  await Promise.all(unwanted.map((version) => retireVersion(lifecycle, entry, version)));
  return reasons.filter((reason) => reason !== undefined);
}
