import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import {
  callContext,
  clientForTest,
  healthyClient,
  noProbes,
  serverForTest,
  tinyRequest,
  untilEndpoints,
} from './client-under-test.ts';
import { tcpProxyForTest } from './tcp-proxy.ts';
import { holdCalls, refuse } from './triton-server.ts';

test('a call goes to the endpoint with the fewest calls under way', async () => {
  const [slow, quick] = [await serverForTest(), await serverForTest()];
  const hold = holdCalls();
  slow.infer = hold.handler;
  const client = await healthyClient({ targets: [slow.target, quick.target] });
  const onSlow = [1, 2].map(() =>
    client.modelInfer(tinyRequest(), callContext(), { targets: [slow.target] }),
  );
  await hold.until(2);
  expect(client.endpoints().map(({ outstanding }) => outstanding)).toEqual([2, 0]);

  for (let call = 0; call < 5; call += 1) await client.modelInfer(tinyRequest(), callContext());
  expect(quick.inferCount()).toBe(5);
  expect(slow.inferCount()).toBe(2);

  hold.releaseAll();
  await Promise.all(onSlow);
  expect(client.endpoints().map(({ outstanding }) => outstanding)).toEqual([0, 0]);
});

test('equal endpoints share a burst evenly', async () => {
  const servers = [await serverForTest(), await serverForTest()];
  const holds = servers.map((server) => {
    const hold = holdCalls();
    server.infer = hold.handler;
    return hold;
  });
  const client = await healthyClient({ targets: servers.map(({ target }) => target) });
  const calls = Array.from({ length: 10 }, () => client.modelInfer(tinyRequest(), callContext()));
  await Promise.all(holds.map((hold) => hold.until(5)));
  holds.forEach((hold) => hold.releaseAll());
  await Promise.all(calls);
  expect(servers.map((server) => server.inferCount())).toEqual([5, 5]);
});

test('each channel has a connection of its own', async () => {
  const proxy = await tcpProxyForTest((await serverForTest()).port);
  await healthyClient({ targets: [proxy.target], tuning: { channelsPerEndpoint: 3 } });
  await proxy.until(3);
  expect(proxy.connections()).toBe(3);
});

test('an endpoint that says it is not ready is used only when no other is', async () => {
  const [draining, ready] = [await serverForTest(), await serverForTest()];
  draining.isReady = false;
  const client = clientForTest({ targets: [draining.target, ready.target] });
  await untilEndpoints(
    client,
    ([first, second]) => first?.state === 'not-ready' && second?.state === 'healthy',
  );
  for (let call = 0; call < 4; call += 1) await client.modelInfer(tinyRequest(), callContext());
  expect([draining.inferCount(), ready.inferCount()]).toEqual([0, 4]);
  await client.modelInfer(tinyRequest(), callContext(), { targets: [draining.target] });
  expect(draining.inferCount()).toBe(1);
});

test('a server that refuses at once does not draw all calls to itself by looking idle', async () => {
  const [refusing, working] = [await serverForTest(), await serverForTest()];
  refusing.infer = refuse(status.UNAVAILABLE);
  const client = await healthyClient({
    targets: [refusing.target, working.target],
    tuning: { ...noProbes, probeIntervalMs: 3_600_000 },
  });
  for (let call = 0; call < 20; call += 1) await client.modelInfer(tinyRequest(), callContext());
  expect(working.inferCount()).toBe(20);
  expect(refusing.inferCount()).toBeLessThanOrEqual(3);
});
