import { healthService, inferenceService } from '#src/infer/triton/service-definition.ts';
import { inferRequest } from './client/infer-images.ts';
import { failureOf } from './client/kserve-client.ts';
import { syntheticImage } from './client/synthetic-images.ts';
import type { KserveTarget } from './servers/kserve-target.ts';
import { errorCases } from './cases/error-cases.ts';

/** JSON of what a server said, by subject. */
export type Observations = Readonly<Record<string, unknown>>;

const model = 'demo_vit_224';
const image = syntheticImage('disc', 224);

/** Everything that a client can see of a server besides numbers that measure time or load, for comparison. */
export async function observe(target: KserveTarget): Promise<Observations> {
  return {
    serverMetadata: await observeServerMetadata(target),
    modelMetadata: await target.client.call(inferenceService.modelMetadata, { name: model }),
    modelConfig: (await target.client.call(inferenceService.modelConfig, { name: model })).config,
    health: await observeHealth(target),
    index: (await target.client.call(inferenceService.repositoryIndex, {})).models,
    infer: await observeInfer(target),
    stream: await observeStream(target),
    errors: await observeErrors(target),
    unloaded: await observeUnloaded(target),
  };
}

async function observeServerMetadata({ client }: KserveTarget): Promise<unknown> {
  const { name, version, extensions } = await client.call(inferenceService.serverMetadata, {});
  // By name, so that one extension more is one difference.
  return { name, version, extensions: Object.fromEntries(extensions.map((extension) => [extension, true])) };
}

async function observeHealth({ client }: KserveTarget): Promise<unknown> {
  const check = async (service: string) =>
    client.call(healthService.check, { service }).then(
      ({ status }) => ({ status }),
      async (err: unknown) => ({ code: (await failureOf(Promise.reject(err as Error))).code }),
    );
  return { server: await check(''), unknownService: await check('nosuch') };
}

/** Heads of replies: tensors are compared elsewhere. */
async function observeInfer({ client }: KserveTarget): Promise<unknown> {
  const head = async (outputs: readonly string[]) => {
    const request = { ...inferRequest(model, [image], 224, outputs), id: 'x' };
    const { rawOutputContents, ...reply } = await client.call(inferenceService.modelInfer, request);
    const lengths = rawOutputContents.map((raw) => raw.byteLength);
    return { ...reply, lengths };
  };
  return {
    none: await head([]),
    two: await head(['patch_mean', 'cls']),
    twice: await head(['cls', 'cls']),
  };
}

async function observeStream({ client }: KserveTarget): Promise<unknown> {
  const good = { ...inferRequest(model, [image], 224, ['cls']), id: 'a' };
  const replies = await client.stream([good, { ...good, id: 'b', modelName: 'nosuch' }]);
  return replies.map(({ errorMessage, inferResponse }) => ({
    errorMessage,
    id: inferResponse?.id,
    modelName: inferResponse?.modelName,
    parameters: inferResponse?.parameters,
  }));
}

async function observeErrors({ client }: KserveTarget): Promise<unknown> {
  const observed: Record<string, unknown> = {};
  for (const { id, call } of errorCases) observed[id] = await failureOf(call(client));
  return observed;
}

/** The server while one of its models is unloaded. */
async function observeUnloaded({ client }: KserveTarget): Promise<unknown> {
  const name = 'demo_vit_448';
  await client.call(inferenceService.repositoryModelUnload, { modelName: name });
  try {
    return {
      serverReady: (await client.call(inferenceService.serverReady, {})).ready,
      health: await observeHealth({ client } as KserveTarget),
      infer: await failureOf(
        client.call(inferenceService.modelInfer, inferRequest(name, [syntheticImage('disc', 448)], 448)),
      ),
      statistics: await failureOf(client.call(inferenceService.modelStatistics, { name })),
    };
  } finally {
    await client.call(inferenceService.repositoryModelLoad, { modelName: name });
  }
}

/** Leaves of a JSON value by path (`a/b/0`), defaults of protobuf left out: absent, '', 0, false and empty are one. */
export function flatten(value: unknown, path = ''): ReadonlyMap<string, string> {
  const plain: unknown = path === '' ? JSON.parse(JSON.stringify(value)) : value;
  if (typeof plain !== 'object' || plain === null) {
    return plain ? new Map([[path, JSON.stringify(plain)]]) : new Map();
  }
  return new Map(
    Object.entries(plain).flatMap(([key, child]) => [
      ...flatten(child, path === '' ? key : `${path}/${key}`),
    ]),
  );
}
