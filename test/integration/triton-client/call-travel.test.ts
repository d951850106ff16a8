import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { abortListeners } from '#test/support/listener-count.ts';
import {
  callContext,
  healthyClient,
  rejection,
  serverForTest,
  tinyRequest,
  traceparent,
} from './client-under-test.ts';
import { holdCalls } from './triton-server.ts';

async function heldServer() {
  const server = await serverForTest();
  const hold = holdCalls();
  server.infer = hold.handler;
  const client = await healthyClient({ targets: [server.target] });
  const seen = () => server.calls.findLast(({ method }) => method === 'modelInfer')!;
  return { server, client, hold, seen };
}

describe('cancellation', () => {
  test('reaches the server while it works', async () => {
    const { client, hold, seen } = await heldServer();
    const controller = new AbortController();
    // A deadline far away: only the cancellation itself can end the call at the server within the test's time.
    const ctx = callContext({ signal: controller.signal, timeoutMs: 3_600_000 });
    const call = rejection(client.modelInfer(tinyRequest(), ctx));
    await hold.until(1);
    controller.abort();
    expect(await call).toMatchObject({ code: 'request-cancelled' });
    await seen().cancelled;
    expect(client.endpoints()[0]?.outstanding).toBe(0);
  });

  test.each<[string, unknown, string]>([
    ['a time-out', new DOMException('late', 'TimeoutError'), 'deadline-exceeded'],
    ['a shutdown', new AppError('shutting-down', 'The server is shutting down.'), 'shutting-down'],
    ['anything else', 'gone', 'request-cancelled'],
  ])('has the error that its reason says: %s', async (_name, reason, code) => {
    const { client, hold } = await heldServer();
    const controller = new AbortController();
    const call = rejection(client.modelInfer(tinyRequest(), callContext({ signal: controller.signal })));
    await hold.until(1);
    controller.abort(reason);
    expect(await call).toMatchObject({ code });
  });

  test('before the call sends nothing', async () => {
    const { server, client } = await heldServer();
    const ctx = callContext({ signal: AbortSignal.abort() });
    expect(await rejection(client.modelInfer(tinyRequest(), ctx))).toMatchObject({
      code: 'request-cancelled',
    });
    expect(server.inferCount()).toBe(0);
  });

  test('leaves no listener on a signal that outlives the call', async () => {
    const server = await serverForTest();
    const client = await healthyClient({ targets: [server.target] });
    const { signal } = new AbortController();
    for (let call = 0; call < 3; call += 1) await client.modelInfer(tinyRequest(), callContext({ signal }));
    expect(abortListeners(signal)).toBe(0);
  });
});

describe('the deadline', () => {
  test('reaches the server as the remaining time', async () => {
    const server = await serverForTest();
    const client = await healthyClient({ targets: [server.target] });
    const deadlineMs = Date.now() + 7_000;
    await client.modelInfer(tinyRequest(), callContext({ deadlineMs }));
    const seen = server.calls.find(({ method }) => method === 'modelInfer')!;
    expect(Math.abs(seen.deadlineMs - deadlineMs)).toBeLessThan(500);
  });

  test('ends a call that takes too long, on both sides', async () => {
    const { client, seen } = await heldServer();
    const err = await rejection(client.modelInfer(tinyRequest(), callContext({ timeoutMs: 100 })));
    expect(err).toMatchObject({ code: 'deadline-exceeded' });
    await seen().cancelled;
  });

  test('that has passed sends nothing', async () => {
    const { server, client } = await heldServer();
    const err = await rejection(client.modelInfer(tinyRequest(), callContext({ timeoutMs: 0 })));
    expect(err).toMatchObject({ code: 'deadline-exceeded' });
    expect(server.inferCount()).toBe(0);
  });

  test('is not needed', async () => {
    const server = await serverForTest();
    const client = await healthyClient({ targets: [server.target] });
    await client.modelInfer(tinyRequest(), callContext({ deadlineMs: Infinity }));
    expect(server.inferCount()).toBe(1);
  });
});

test('the configured metadata goes with every call and probe, the trace context with the calls of the request', async () => {
  const server = await serverForTest();
  const client = await healthyClient({
    targets: [server.target],
    metadata: { authorization: 'Bearer k', 'triton-grpc-protocol-infer-key': 'v' },
  });
  const trace = traceparent();
  await client.modelInfer(tinyRequest(), callContext({ traceparent: trace }));
  const infer = server.calls.find(({ method }) => method === 'modelInfer')!;
  expect(infer.metadata.get('authorization')).toEqual(['Bearer k']);
  expect(infer.metadata.get('triton-grpc-protocol-infer-key')).toEqual(['v']);
  expect(infer.metadata.get('traceparent')).toEqual([trace]);
  const probe = server.calls.find(({ method }) => method === 'serverReady')!;
  expect(probe.metadata.get('authorization')).toEqual(['Bearer k']);
  expect(probe.metadata.get('traceparent')).toEqual([]);
});

test('requests and replies larger than the 4 MiB default of gRPC arrive whole', async () => {
  const server = await serverForTest();
  const size = 20 * 2 ** 20;
  server.infer = ({ request }, reply) => reply(null, { rawOutputContents: [...request.rawInputContents] });
  const client = await healthyClient({ targets: [server.target] });
  const tensor = Uint8Array.from({ length: size }, (_, index) => index % 251);
  const reply = await client.modelInfer({ modelName: 'm', rawInputContents: [tensor] }, callContext());
  expect(reply.rawOutputContents[0]?.byteLength).toBe(size);
  expect(Buffer.compare(reply.rawOutputContents[0]!, tensor)).toBe(0);
});
