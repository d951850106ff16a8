import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { callContext, healthyClient, rejection, serverForTest, tinyRequest } from './client-under-test.ts';
import { answerTiny, refuse, type TritonServer } from './triton-server.ts';

/** Refuses the first `count` ModelInfer calls as unavailable, then answers. */
function refuseFirst(server: TritonServer, count: number): void {
  let left = count;
  server.infer = (call, reply) => {
    left -= 1;
    if (left >= 0) reply({ code: status.UNAVAILABLE, details: 'not now' });
    else answerTiny(call, reply);
  };
}
const codes = Object.keys(status)
  .filter((name) => Number.isNaN(Number(name)) && name !== 'OK' && name !== 'UNAVAILABLE')
  .map((name) => [name, status[name as keyof typeof status]] as const);

describe('what is tried again', () => {
  test('UNAVAILABLE, until it works', async () => {
    const server = await serverForTest();
    refuseFirst(server, 2);
    const client = await healthyClient({ targets: [server.target] });
    await client.modelInfer(tinyRequest(), callContext());
    expect(server.inferCount()).toBe(3);
  });

  test('on another endpoint, if there is one', async () => {
    const [bad, good] = [await serverForTest(), await serverForTest()];
    bad.infer = refuse(status.UNAVAILABLE);
    // Equals are drawn at random: 0 for the endpoint that is listed first, 0.9 for the other, and then the pause.
    const draws = [0, 0.9].values();
    const client = await healthyClient({
      targets: [bad.target, good.target],
      random: () => draws.next().value ?? 0,
    });
    await client.modelInfer(tinyRequest(), callContext());
    expect([bad.inferCount(), good.inferCount()]).toEqual([1, 1]);
  });

  test.each(codes)('%s is not', async (_name, code) => {
    const server = await serverForTest();
    server.infer = refuse(code);
    const client = await healthyClient({ targets: [server.target] });
    await rejection(client.modelInfer(tinyRequest(), callContext()));
    expect(server.inferCount()).toBe(1);
  });

  test('loading and unloading a model are not: a second call may mean another thing', async () => {
    const server = await serverForTest();
    const client = await healthyClient({ targets: [server.target] });
    server.failure = { code: status.UNAVAILABLE, details: 'no' };
    await rejection(client.repositoryModelLoad({ modelName: 'tiny_32' }, callContext()));
    await rejection(client.repositoryModelUnload({ modelName: 'tiny_32' }, callContext()));
    const seen = server.calls.map(({ method }) => method).filter((method) => method.startsWith('repository'));
    expect(seen).toEqual(['repositoryModelLoad', 'repositoryModelUnload']);
  });
});

describe('what bounds it', () => {
  test('the number of attempts; the last failure is the error, with a Retry-After', async () => {
    const server = await serverForTest();
    server.infer = refuse(status.UNAVAILABLE);
    const client = await healthyClient({ targets: [server.target] });
    const err = await rejection(client.modelInfer(tinyRequest(), callContext()));
    expect(err).toMatchObject({ code: 'encoder-unavailable', retryAfterSeconds: 1 });
    expect(server.inferCount()).toBe(3);
  });

  test('the budget that all calls share: in an outage the load grows by a tenth, not threefold', async () => {
    const server = await serverForTest();
    server.infer = refuse(status.UNAVAILABLE);
    const client = await healthyClient({ targets: [server.target], tuning: { retryBudgetTokens: 4 } });
    for (let call = 0; call < 40; call += 1) await rejection(client.modelInfer(tinyRequest(), callContext()));
    // 40 calls, a burst of 4 retries, and one more for every ten calls.
    expect(server.inferCount()).toBeGreaterThanOrEqual(44);
    expect(server.inferCount()).toBeLessThanOrEqual(48);
  });

  test('the deadline: a pause that does not fit is not begun', async () => {
    const server = await serverForTest();
    server.infer = refuse(status.UNAVAILABLE);
    const client = await healthyClient({
      targets: [server.target],
      tuning: { backoffBaseMs: 60_000, backoffMaxMs: 60_000 },
      random: () => 0.9,
    });
    const startedMs = performance.now();
    const err = await rejection(client.modelInfer(tinyRequest(), callContext({ timeoutMs: 5_000 })));
    expect(err).toMatchObject({ code: 'encoder-unavailable' });
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    expect(server.inferCount()).toBe(1);
  });

  test('the caller: going away during the pause ends it', async () => {
    const server = await serverForTest();
    const controller = new AbortController();
    server.infer = (_call, reply) => {
      reply({ code: status.UNAVAILABLE, details: 'no' });
      setImmediate(() => controller.abort());
    };
    const client = await healthyClient({
      targets: [server.target],
      tuning: { backoffBaseMs: 30_000, backoffMaxMs: 30_000 },
      random: () => 0.9,
    });
    const ctx = callContext({ signal: controller.signal, timeoutMs: 60_000 });
    expect(await rejection(client.modelInfer(tinyRequest(), ctx))).toMatchObject({
      code: 'request-cancelled',
    });
    expect(server.inferCount()).toBe(1);
  });
});

test('a server that dies in the middle of a call does not fail it, when another one lives', async () => {
  const [dying, living] = [await serverForTest(), await serverForTest()];
  dying.infer = () => dying.kill();
  const client = await healthyClient({ targets: [dying.target, living.target] });
  await Promise.all(Array.from({ length: 6 }, () => client.modelInfer(tinyRequest(), callContext())));
  expect(dying.inferCount()).toBeGreaterThan(0);
  expect(living.inferCount()).toBe(6);
});
