import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();
const MiB = 1024 * 1024;

const schema = z.object({
  TESSERA_MODEL_DIR: z.string().default(fileURLToPath(new URL('../../triton-models', import.meta.url))),
  /** `host:port` (port 0: any free one) or `unix:/path`. */
  TESSERA_ENCODER_BIND: z
    .string()
    .regex(/^(unix:.+|.+:\d+)$/, 'Use host:port or unix:/path.')
    .default('127.0.0.1:8001'),
  /** `host:port` of the Prometheus endpoint; unset: none. */
  TESSERA_ENCODER_METRICS_BIND: z
    .string()
    .regex(/^.+:\d+$/, 'Use host:port.')
    .optional(),
  /** One thread each; more than 8 processes want more memory than a machine without a GPU should spend. */
  TESSERA_ENCODER_WORKERS: positive.max(64).default(Math.max(1, Math.min(8, availableParallelism()))),
  /**
   * Rows that one run of ONNX Runtime computes; a larger batch takes several runs. With 1 a row is computed alike alone and
   * in any batch; larger runs were slower per image and held much more memory (decision 0004).
   */
  TESSERA_ENCODER_ROWS_PER_RUN: positive.max(1024).default(1),
  /** A worker that needs longer for one batch is killed: it hangs. */
  TESSERA_ENCODER_EXECUTION_TIMEOUT_MS: positive.default(120_000),
  /** Requests that wait per model where its config.pbtxt names no max_queue_size. */
  TESSERA_ENCODER_MAX_QUEUE: positive.default(1024),
  /** Largest gRPC message. 32 images of 448 × 448 are 19 MB, their patch tokens 10 MB. */
  TESSERA_ENCODER_MAX_MESSAGE_BYTES: positive.default(128 * MiB),
  TESSERA_SHUTDOWN_TIMEOUT_MS: positive.default(30_000),
  TESSERA_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** 1: whoever started this process holds its standard input open, and its end means drain and exit. */
  TESSERA_ENCODER_PARENT_STDIN: z.stringbool().default(false),
});

/** The encoder's settings, by the names of their environment variables. */
export type EncoderConfig = Readonly<z.output<typeof schema>>;

/** Why a configuration cannot be used; the message names variables, never their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Parses an environment. Throws ConfigError. */
export function parseEncoderConfig(environment: Readonly<Record<string, string | undefined>>): EncoderConfig {
  // An empty variable means unset, as operators expect of `FOO=` in an env file.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(faults.join('\n'));
  }
  return Object.freeze(parsed.data);
}

/** The configuration of this process: the environment, read once. Throws ConfigError. */
export function loadEncoderConfig(): EncoderConfig {
  return parseEncoderConfig(process.env);
}

/** Whether a bind address is reachable from this machine only. */
export function isLocalBind(bind: string): boolean {
  return bind.startsWith('unix:') || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):\d+$/.test(bind);
}
