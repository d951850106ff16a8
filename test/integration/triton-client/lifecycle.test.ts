import { expect, test } from 'vitest';
import { createTritonClient } from '#src/infer/triton/create-triton-client.ts';
import { channelOptions } from '#src/infer/triton/channel-options.ts';
import { createManualClock } from '#test/support/manual-clock.ts';
import {
  callContext,
  clientForTest,
  healthyClient,
  rejection,
  serverForTest,
  tinyRequest,
  untilEndpoints,
} from './client-under-test.ts';
import { tcpProxyForTest } from './tcp-proxy.ts';
import { holdCalls } from './triton-server.ts';

test('closing cancels the calls under way, closes every socket and leaves no timer', async () => {
  const server = await serverForTest();
  const hold = holdCalls();
  server.infer = hold.handler;
  const proxy = await tcpProxyForTest(server.port);
  const clock = createManualClock();
  const client = createTritonClient({ targets: [proxy.target], clock, tuning: { channelsPerEndpoint: 2 } });
  await untilEndpoints(client, ([endpoint]) => endpoint?.state === 'healthy');
  await proxy.until(2);
  const ctx = callContext({ deadlineMs: clock.now() + 60_000 });
  const call = rejection(client.modelInfer(tinyRequest(), ctx));
  await hold.until(1);

  client.close();
  expect(await call).toMatchObject({ code: 'shutting-down' });
  await proxy.until(0);
  expect(clock.pendingTimers).toBe(0);
  expect(await rejection(client.modelInfer(tinyRequest(), ctx))).toMatchObject({ code: 'shutting-down' });
});

test('a connection that was cut is opened again by itself', async () => {
  const server = await serverForTest();
  const proxy = await tcpProxyForTest(server.port);
  const client = await healthyClient({ targets: [proxy.target] });
  await proxy.until(2);
  proxy.cut();
  await proxy.until(2);
  await client.modelInfer(tinyRequest(), callContext());
  expect(server.inferCount()).toBe(1);
});

test('a client may be made before its server exists', async () => {
  const first = await serverForTest();
  first.kill();
  const client = clientForTest({ targets: [first.target] });
  await untilEndpoints(client, ([endpoint]) => endpoint?.state === 'unreachable');
  await serverForTest({ port: first.port });
  await untilEndpoints(client, ([endpoint]) => endpoint?.state === 'healthy');
  expect(await client.serverLive({}, callContext())).toMatchObject({ live: true });
});

test('a client without a target is refused', () => {
  expect(() => createTritonClient({ targets: [], clock: createManualClock() })).toThrow(
    expect.objectContaining({ code: 'internal' }),
  );
});

test('keepalive is slower than the 5 minutes that Triton allows, and never without calls', () => {
  const options = channelOptions(undefined);
  expect(options['grpc.keepalive_time_ms']).toBeGreaterThan(300_000);
  expect(options['grpc.keepalive_permit_without_calls']).toBe(0);
});
