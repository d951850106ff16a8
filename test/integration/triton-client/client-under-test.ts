import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { CallContext } from '#src/domain/call-context.ts';
import { createTritonClient, type TritonClient } from '#src/infer/triton/create-triton-client.ts';
import type { EndpointStatus } from '#src/infer/triton/endpoint-status.ts';
import type { TritonClientOptions } from '#src/infer/triton/triton-options.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { startTritonServer, type TritonServer, type TritonServerOptions } from './triton-server.ts';

/** A server that ends with the test. */
export async function serverForTest(options: TritonServerOptions = {}): Promise<TritonServer> {
  const server = await startTritonServer(options);
  onTestFinished(() => server.kill());
  return server;
}

/** A client that closes with the test; short waits, so that tests are quick. */
export function clientForTest(
  options: Partial<TritonClientOptions> & { targets: readonly string[] },
): TritonClient {
  const client = createTritonClient({
    clock: createSystemClock(),
    ...options,
    tuning: {
      probeIntervalMs: 100,
      probeFastIntervalMs: 20,
      breakerOpenMs: 50,
      breakerOpenMaxMs: 100,
      backoffBaseMs: 5,
      ...options.tuning,
    },
  });
  onTestFinished(() => client.close());
  return client;
}

/** Probes so seldom that a test sees only its own calls. */
export const noProbes = { probeIntervalMs: 3_600_000, probeFastIntervalMs: 3_600_000 } as const;

export function callContext(change: Partial<CallContext> & { timeoutMs?: number } = {}): CallContext {
  const { timeoutMs = 10_000, ...rest } = change;
  return {
    signal: new AbortController().signal,
    deadlineMs: Date.now() + timeoutMs,
    requestId: 'test',
    ...rest,
  };
}

/** Resolves as soon as the endpoints satisfy the predicate, now or after a change. */
export function untilEndpoints(
  client: TritonClient,
  predicate: (endpoints: readonly EndpointStatus[]) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    let unsubscribe = (): void => undefined;
    const check = (): void => {
      if (!predicate(client.endpoints())) return;
      unsubscribe();
      resolve();
    };
    unsubscribe = client.subscribe(check);
    check();
  });
}

export const allHealthy = (endpoints: readonly EndpointStatus[]): boolean =>
  endpoints.every(({ state }) => state === 'healthy');

/** A client whose endpoints have all answered once. */
export async function healthyClient(options: Parameters<typeof clientForTest>[0]): Promise<TritonClient> {
  const client = clientForTest(options);
  await untilEndpoints(client, allHealthy);
  return client;
}

/** A request for one image of the tiny model, all of whose pixels are `pixel`. */
export const tinyRequest = (pixel = 1) => ({
  modelName: 'tiny_32',
  modelVersion: '1',
  inputs: [{ name: 'image', datatype: 'UINT8', shape: [1, 3, 32, 32] }],
  outputs: [{ name: 'cls' }],
  rawInputContents: [new Uint8Array(3 * 32 * 32).fill(pixel)],
});

/** A W3C traceparent with random ids. */
export const traceparent = (): string =>
  `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (err) {
    return err;
  }
  throw new Error('the promise was expected to reject');
}
