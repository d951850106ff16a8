import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import type { BreakerState } from '#src/infer/triton/circuit-breaker.ts';
import {
  allHealthy,
  callContext,
  clientForTest,
  healthyClient,
  noProbes,
  rejection,
  serverForTest,
  tinyRequest,
  untilEndpoints,
} from './client-under-test.ts';
import { refuse } from './triton-server.ts';

test('opens when the server is gone, refuses without trying, and closes by itself when it is back', async () => {
  const server = await serverForTest();
  const client = await healthyClient({ targets: [server.target] });
  const breakers: BreakerState[] = [];
  client.subscribe(({ breaker }) => breakers.push(breaker));
  server.kill();
  await untilEndpoints(client, ([endpoint]) => endpoint?.breaker === 'open');
  expect(client.endpoints()[0]).toMatchObject({ state: 'unreachable', lastError: 'no connection' });

  const err = await rejection(client.modelInfer(tinyRequest(), callContext()));
  expect(err).toMatchObject({ code: 'encoder-unavailable', retryAfterSeconds: 1 });

  const revived = await serverForTest({ port: server.port });
  await untilEndpoints(client, allHealthy);
  await client.modelInfer(tinyRequest(), callContext());
  expect(revived.inferCount()).toBe(1);
  expect(breakers.at(-1)).toBe('closed');
  expect(client.endpoints()[0]).not.toHaveProperty('lastError');
});

test('calls open it too, between two probes', async () => {
  const server = await serverForTest();
  const client = await healthyClient({
    targets: [server.target],
    tuning: { ...noProbes, maxAttempts: 1, breakerConsecutiveFailures: 3, breakerOpenMs: 3_600_000 },
  });
  server.kill();
  for (let call = 0; call < 3; call += 1) await rejection(client.modelInfer(tinyRequest(), callContext()));
  expect(client.endpoints()[0]?.breaker).toBe('open');
  expect(client.secondsUntilProbe()).toBe(3600);
  const err = await rejection(client.modelInfer(tinyRequest(), callContext()));
  expect(err).toMatchObject({ code: 'encoder-unavailable', retryAfterSeconds: 3600 });
});

test('while the server stays away, every half-open probe opens it again', async () => {
  const server = await serverForTest();
  const client = await healthyClient({ targets: [server.target], tuning: { breakerConsecutiveFailures: 2 } });
  server.kill();
  const opened: BreakerState[] = [];
  await new Promise<void>((resolve) => {
    client.subscribe(({ breaker }) => {
      if (breaker === 'open' || opened.length > 0) opened.push(breaker);
      if (opened.length === 3) resolve();
    });
  });
  expect(opened).toEqual(['open', 'open', 'open']);
});

test('a server that answers with errors is not cut off: only the connection counts', async () => {
  const server = await serverForTest();
  server.infer = refuse(status.UNAVAILABLE);
  const client = await healthyClient({ targets: [server.target], tuning: { maxAttempts: 1 } });
  for (let call = 0; call < 30; call += 1) await rejection(client.modelInfer(tinyRequest(), callContext()));
  expect(client.endpoints()[0]).toMatchObject({ breaker: 'closed', state: 'healthy' });
  expect(server.inferCount()).toBe(30);
});

test('a deadline that passes says nothing about the endpoint', async () => {
  const server = await serverForTest();
  server.infer = () => undefined;
  const client = await healthyClient({
    targets: [server.target],
    tuning: { ...noProbes, breakerConsecutiveFailures: 2 },
  });
  await Promise.all(
    [1, 2, 3].map(() => rejection(client.modelInfer(tinyRequest(), callContext({ timeoutMs: 50 })))),
  );
  expect(client.endpoints()[0]?.breaker).toBe('closed');
});

test('a server that accepts connections and never answers is unreachable', async () => {
  const server = await serverForTest({ handlers: { serverReady: () => undefined } });
  const client = clientForTest({ targets: [server.target], tuning: { probeTimeoutMs: 30 } });
  await untilEndpoints(client, ([endpoint]) => endpoint?.breaker === 'open');
  expect(client.endpoints()[0]).toMatchObject({ state: 'unreachable', lastError: 'no answer in time' });
});

test('a server that refuses the probe is not ready, and its words stay out of the public text', async () => {
  const server = await serverForTest({
    handlers: {
      serverReady: (_call, reply) =>
        reply({ code: status.UNAUTHENTICATED, details: 'key sk-secret is wrong' }),
    },
  });
  const client = clientForTest({ targets: [server.target] });
  await untilEndpoints(client, ([endpoint]) => endpoint?.state === 'not-ready');
  expect(client.endpoints()[0]?.lastError).toBe('the server answered UNAUTHENTICATED');
});
