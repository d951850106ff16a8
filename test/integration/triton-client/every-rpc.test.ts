import { describe, expect, test } from 'vitest';
import type { InferRequest } from '#src/infer/triton/raw-contents.ts';
import { callContext, healthyClient, rejection, serverForTest, tinyRequest } from './client-under-test.ts';

const connect = async () => {
  const server = await serverForTest();
  return { server, client: await healthyClient({ targets: [server.target] }) };
};

test('every unary call reaches its procedure and gives back the reply', async () => {
  const { client } = await connect();
  const ctx = callContext();
  expect(await client.serverLive({}, ctx)).toMatchObject({ live: true });
  expect(await client.serverReady({}, ctx)).toMatchObject({ ready: true });
  expect(await client.serverMetadata({}, ctx)).toMatchObject({ name: 'test', extensions: ['statistics'] });
  expect(await client.modelReady({ name: 'tiny_32' }, ctx)).toMatchObject({ ready: true });
  expect((await client.modelReady({ name: 'x' }, ctx)).ready).toBe(false);
  expect((await client.modelMetadata({ name: 'tiny_32' }, ctx)).inputs[0]?.shape).toEqual([-1, 3, 32, 32]);
  expect((await client.modelConfig({ name: 'tiny_32' }, ctx)).config?.maxBatchSize).toBe(4);
  expect((await client.modelStatistics({ name: 'a' }, ctx)).modelStats[0]).toMatchObject({
    inferenceCount: 7,
  });
  expect((await client.repositoryIndex({}, ctx)).models[0]).toMatchObject({ state: 'READY' });
  expect(await client.repositoryModelLoad({ modelName: 'm' }, ctx)).toEqual({});
  expect(await client.repositoryModelUnload({ modelName: 'm' }, ctx)).toEqual({});
  expect(await client.healthCheck({}, ctx)).toMatchObject({ status: 1 });
  expect((await client.modelInfer(tinyRequest(9), ctx)).outputs[0]?.name).toBe('cls');
});

describe('the stream', () => {
  async function* requests(...ids: readonly string[]): AsyncGenerator<InferRequest> {
    for (const id of ids) yield await Promise.resolve({ modelName: 'm', id });
  }

  test('gives a reply for each request, in order; the error of one does not end it', async () => {
    const { client } = await connect();
    const seen: string[] = [];
    for await (const reply of client.modelStreamInfer(requests('a', 'bad', 'c'), callContext())) {
      seen.push(reply.errorMessage || reply.inferResponse!.id!);
    }
    expect(seen).toEqual(['a', 'no', 'c']);
    expect(client.endpoints()[0]?.outstanding).toBe(0);
  });

  test('replies come while requests are still being written', async () => {
    const { client } = await connect();
    const answered = Promise.withResolvers<undefined>();
    async function* pingPong(): AsyncGenerator<InferRequest> {
      yield { modelName: 'm', id: 'first' };
      await answered.promise;
      yield { modelName: 'm', id: 'second' };
    }
    const seen: string[] = [];
    for await (const reply of client.modelStreamInfer(pingPong(), callContext())) {
      seen.push(reply.inferResponse!.id!);
      answered.resolve(undefined);
    }
    expect(seen).toEqual(['first', 'second']);
  });

  test('is cancelled on the server when the caller aborts or leaves the loop', async () => {
    let cancelled = 0;
    const both = Promise.withResolvers<undefined>();
    const server = await serverForTest({
      handlers: {
        modelStreamInfer: (stream) => {
          stream.on('data', () => stream.write({ inferResponse: { id: 'x' } }));
          stream.on('cancelled', () => {
            cancelled += 1;
            if (cancelled === 2) both.resolve(undefined);
          });
        },
      },
    });
    const client = await healthyClient({ targets: [server.target] });
    const controller = new AbortController();
    const aborted = (async () => {
      const ctx = callContext({ signal: controller.signal });
      for await (const { errorMessage } of client.modelStreamInfer(requests('a'), ctx)) {
        expect(errorMessage).toBe('');
        controller.abort();
      }
    })();
    expect(await rejection(aborted)).toMatchObject({ code: 'request-cancelled' });
    for await (const { inferResponse } of client.modelStreamInfer(requests('a'), callContext())) {
      expect(inferResponse?.id).toBe('x');
      break;
    }
    await both.promise;
    expect(client.endpoints()[0]?.outstanding).toBe(0);
  });

  test('ends with the mapped error of the server, and with that of the source of requests', async () => {
    const { client, server } = await connect();
    async function* failing(): AsyncGenerator<InferRequest> {
      yield await Promise.resolve({ modelName: 'm', id: 'a' });
      throw new DOMException('source', 'TimeoutError');
    }
    const drain = async (source: AsyncIterable<InferRequest>): Promise<void> => {
      for await (const { errorMessage } of client.modelStreamInfer(source, callContext())) {
        expect(errorMessage).toBe('');
      }
    };
    expect(await rejection(drain(failing()))).toMatchObject({ code: 'deadline-exceeded' });
    async function* killing(): AsyncGenerator<InferRequest> {
      yield await Promise.resolve({ modelName: 'm', id: 'a' });
      server.kill();
      await new Promise(() => undefined);
    }
    expect(await rejection(drain(killing()))).toMatchObject({ code: 'encoder-unavailable' });
  });
});
