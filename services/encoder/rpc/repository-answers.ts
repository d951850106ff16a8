import { status } from '@grpc/grpc-js';
import type { inference } from '#src/infer/triton/gen/protocol.js';
import type { ModelRepository } from '../repository/model-repository.ts';
import { invalidArgument, StatusError } from './status-error.ts';

/** There is one repository; Triton refuses the name of another in these words. */
function refuseRepositoryName(name: string): void {
  if (name === '') return;
  throw new StatusError(status.UNIMPLEMENTED, "'repository_name' specification is not supported");
}

/** RepositoryIndex. */
export function answerRepositoryIndex(
  repository: ModelRepository,
  { repositoryName, ready }: inference.RepositoryIndexRequest,
): inference.RepositoryIndexResponse.$Properties {
  refuseRepositoryName(repositoryName);
  return { models: repository.index().filter(({ state }) => !ready || state === 'READY') };
}

/** RepositoryModelLoad. Of Triton's parameters `config` is served; files sent with the call (`file:…`) are not. */
export async function answerRepositoryModelLoad(
  repository: ModelRepository,
  { repositoryName, modelName, parameters }: inference.RepositoryModelLoadRequest,
): Promise<inference.RepositoryModelLoadResponse.$Properties> {
  refuseRepositoryName(repositoryName);
  const unknown = Object.keys(parameters).find((key) => key !== 'config');
  if (unknown !== undefined) throw invalidArgument(`unrecognized load parameter '${unknown}'.`);
  const { config } = parameters;
  const override = config?.stringParam ?? undefined;
  if (config !== undefined && override === undefined) {
    throw invalidArgument("load parameter 'config' must be a string of JSON");
  }
  await repository.load(modelName, override);
  return {};
}

/** RepositoryModelUnload. `unload_dependents` changes nothing: there are no ensembles. */
export async function answerRepositoryModelUnload(
  repository: ModelRepository,
  { repositoryName, modelName, parameters }: inference.RepositoryModelUnloadRequest,
): Promise<inference.RepositoryModelUnloadResponse.$Properties> {
  refuseRepositoryName(repositoryName);
  const unknown = Object.keys(parameters).find((key) => key !== 'unload_dependents');
  if (unknown !== undefined) throw invalidArgument(`unrecognized unload parameter '${unknown}'.`);
  await repository.unload(modelName);
  return {};
}
