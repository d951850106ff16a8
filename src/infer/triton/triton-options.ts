import type { Clock } from '#src/ports/clock.ts';

/** What the client tells an operator's log. pino's shape: fields first, then a sentence. */
export interface TritonLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** TLS towards the servers; PEM bytes. Without `ca` the system's roots are used; `cert` and `key` come together. */
export interface TritonTls {
  readonly ca?: Uint8Array;
  readonly cert?: Uint8Array;
  readonly key?: Uint8Array;
  /** Name that the server's certificate is checked against, when it is not the host of the target. */
  readonly overrideAuthority?: string;
}

export interface TritonClientOptions {
  /** gRPC targets, `host:port` or `dns:///host:port`; each is one endpoint, balanced and broken on its own. */
  readonly targets: readonly string[];
  readonly clock: Clock;
  readonly logger?: TritonLogger;
  readonly tls?: TritonTls;
  /** Sent with every call, for example `authorization` or `triton-grpc-protocol-<key>`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tuning?: Partial<TritonTuning>;
  /** Uniform in [0, 1); for the jitter. Math.random unless told. */
  readonly random?: () => number;
}

export interface TritonTuning {
  readonly channelsPerEndpoint: number;
  readonly maxAttempts: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  readonly retryBudgetTokens: number;
  readonly retryBudgetRatio: number;
  readonly breakerConsecutiveFailures: number;
  readonly breakerFailureRatio: number;
  readonly breakerWindowCalls: number;
  readonly breakerOpenMs: number;
  readonly breakerOpenMaxMs: number;
  readonly probeIntervalMs: number;
  readonly probeFastIntervalMs: number;
  readonly probeTimeoutMs: number;
}

export const defaultTuning: TritonTuning = {
  // One connection carries 150–250 MB/s of tensors, two cost a fifth less CPU per image than one (0.22 ms, not 0.27).
  channelsPerEndpoint: 2,
  // One retry reaches another endpoint, a second one outlives a restart; more only adds load to a failing fleet.
  maxAttempts: 3,
  // Full jitter below base·2^n: 25 ms on average before the first retry, short beside an inference.
  backoffBaseMs: 50,
  backoffMaxMs: 1_000,
  // A burst of ten retries, and in the long run one retry for ten calls: an outage costs at most 10 % more load.
  retryBudgetTokens: 10,
  retryBudgetRatio: 0.1,
  breakerConsecutiveFailures: 5,
  breakerFailureRatio: 0.5,
  breakerWindowCalls: 20,
  // Doubled after each failed probe, so a server that is away for long is asked every 5 s.
  breakerOpenMs: 500,
  breakerOpenMaxMs: 5_000,
  probeIntervalMs: 2_000,
  // While an endpoint is not ready, so that a restarted one is used within about half a second.
  probeFastIntervalMs: 500,
  // ServerReady is answered at once; 3 s is a server that does not work, or a machine that does nothing else.
  probeTimeoutMs: 3_000,
};
