import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { defaultFrameLimits } from '#src/isolation/frame.ts';
import { parseAllowedHost } from '#src/remote/allowed-hosts.ts';

const positive = z.coerce.number().int().positive();
const nonNegative = z.coerce.number().int().nonnegative();
/** `a,b` → `['a', 'b']`; an empty text is an empty list. */
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const keyDigest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'Each key is given as sha256:<64 hex digits>, the SHA-256 of the key.')
  .transform((text) => Buffer.from(text.slice('sha256:'.length), 'hex'));

/** `name=value` pairs sent as gRPC metadata with every call. */
const metadata = list.transform((pairs, ctx) => {
  const entries = pairs.map((pair) => /^([a-z0-9_.-]+)=(.*)$/.exec(pair));
  if (entries.some((entry) => entry === null)) {
    ctx.addIssue('Use name=value pairs separated by commas.');
    return z.NEVER;
  }
  return Object.fromEntries(entries.map((entry) => [entry![1]!, entry![2]!]));
});

const allowedHosts = list.transform((entries, ctx) => {
  const hosts = entries.map(parseAllowedHost);
  const wrong = hosts.flatMap((host, index) => (host === undefined ? [index + 1] : []));
  if (wrong.length > 0) {
    const which = `${wrong.length === 1 ? 'Entry' : 'Entries'} ${wrong.join(', ')} of ${hosts.length}`;
    ctx.addIssue(
      `${which} cannot be used. An entry is a host name with a dot, such as images.example.org, *.example.org or images.example.org:8443; IP addresses, names without a dot, schemes and paths are not taken.`,
    );
    return z.NEVER;
  }
  return hosts.filter((host) => host !== undefined);
});

/** `host:port` as gRPC names targets (its naming document): a name resolver may stand before it, the port is not left to a default. */
const hostTarget = /^(?:dns:(?:\/\/[^/]*\/)?|ipv4:|ipv6:)?(?:\[[0-9a-f:.%]+\]|[^\s:/[\]@?#]+):(\d{1,5})$/i;

function isGrpcTarget(target: string): boolean {
  if (/^unix(-abstract)?:./.test(target)) return true;
  const port = Number(hostTarget.exec(target)?.[1] ?? 0);
  return port >= 1 && port <= 65_535;
}

const MiB = 1024 * 1024;
const cores = availableParallelism();

const schema = z.object({
  TESSERA_HOST: z.string().default('127.0.0.1'),
  TESSERA_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  TESSERA_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  TESSERA_API_KEYS: list.pipe(z.array(keyDigest)).default([]),

  TESSERA_MODEL_DIR: z.string().default(fileURLToPath(new URL('../../triton-models', import.meta.url))),
  TESSERA_DEFAULT_MODEL: z.string().default('demo_vit_224'),

  TESSERA_ENCODER_URLS: list
    .refine(
      (targets) => targets.every(isGrpcTarget),
      'Give gRPC targets with their ports (host:port, dns:///host:port) or unix:/path, not http addresses.',
    )
    .default([]),
  TESSERA_ENCODER_CHANNELS: positive.max(16).default(2),
  TESSERA_ENCODER_METADATA: metadata.default({}),
  TESSERA_ENCODER_TLS: z.stringbool().default(false),
  TESSERA_ENCODER_TLS_CA_FILE: z.string().optional(),
  TESSERA_ENCODER_TLS_CERT_FILE: z.string().optional(),
  TESSERA_ENCODER_TLS_KEY_FILE: z.string().optional(),
  TESSERA_ENCODER_TLS_AUTHORITY: z.string().optional(),
  /** Worker processes of the embedded encoder; unset: its own default. */
  TESSERA_ENCODER_WORKERS: positive.max(64).optional(),

  /** How long images may wait for more of a batch while another batch is under way and there is room; 0: never. */
  TESSERA_BATCH_WINDOW_MS: nonNegative.max(1000).default(0),
  /** Images per call, at most the model's own limit. On a CPU a larger batch only makes the next caller wait longer. */
  TESSERA_BATCH_MAX_IMAGES: positive.optional(),
  TESSERA_BATCH_QUEUE_IMAGES: positive.default(2048),
  TESSERA_BATCHES_PER_INSTANCE: positive.max(8).default(1),

  TESSERA_DECODE_PROCESSES: positive.max(64).default(Math.min(cores, 8)),
  TESSERA_DECODE_TIMEOUT_MS: positive.default(10_000),
  /** Resident memory of one decoding process; 50 megapixels of 16-bit RGB are 300 MB before any copy. */
  TESSERA_DECODE_MAX_RSS_BYTES: positive.default(1024 * MiB),

  TESSERA_MAX_REQUEST_BYTES: positive.default(256 * MiB),
  /** At most what one frame to a decoding process may hold. */
  TESSERA_MAX_FILE_BYTES: positive.max(defaultFrameLimits.maxPayloadBytes).default(64 * MiB),
  TESSERA_MAX_BUFFERED_BYTES: positive.default(512 * MiB),
  /** Patch tokens of one request, counted as FP32; one 224² image of the largest DINOv3 has 3.2 MB. */
  TESSERA_MAX_FEATURE_BYTES: positive.default(256 * MiB),
  TESSERA_MAX_ITEMS: positive.default(1024),
  TESSERA_MAX_STREAM_ITEMS: positive.default(100_000),
  /** A 7,000 × 7,000 radiograph fits. */
  TESSERA_MAX_PIXELS: positive.default(50_000_000),
  TESSERA_REQUEST_TIMEOUT_MS: positive.default(60_000),
  TESSERA_STREAM_IDLE_TIMEOUT_MS: positive.default(60_000),

  /** Hosts from which files named by https addresses are fetched; none: such inputs are refused. */
  TESSERA_URL_ALLOW_LIST: allowedHosts.default([]),
  TESSERA_URL_TIMEOUT_MS: positive.default(10_000),

  /** Time between failing /readyz and closing the listener, for load balancers to notice. */
  TESSERA_DRAIN_DELAY_MS: nonNegative.default(0),
  TESSERA_SHUTDOWN_TIMEOUT_MS: positive.default(30_000),
  TESSERA_BUILD_COMMIT: z.string().optional(),
});

export type GatewayConfig = Readonly<z.output<typeof schema>>;

/** Why a configuration cannot be used; the message names variables, never their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** Names of the gateway's own variables. */
export const gatewayVariables: readonly string[] = Object.keys(schema.shape);

const tlsFiles = [
  'TESSERA_ENCODER_TLS_CA_FILE',
  'TESSERA_ENCODER_TLS_CERT_FILE',
  'TESSERA_ENCODER_TLS_KEY_FILE',
] as const;

/** What of the encoder's TLS settings would be without effect, or without its other half; undefined when all is well. */
function findTlsFault(config: GatewayConfig): string | undefined {
  const needsTls = [...tlsFiles, 'TESSERA_ENCODER_TLS_AUTHORITY' as const].find(
    (name) => config[name] !== undefined,
  );
  if (!config.TESSERA_ENCODER_TLS) {
    return needsTls && `${needsTls}: has an effect only with TESSERA_ENCODER_TLS=true.`;
  }
  if (config.TESSERA_ENCODER_URLS.length === 0) {
    return 'TESSERA_ENCODER_TLS: needs TESSERA_ENCODER_URLS; the embedded encoder is reached without a network.';
  }
  const [, cert, key] = tlsFiles;
  if (config[cert] !== undefined && config[key] === undefined) return `${cert}: needs ${key}.`;
  if (config[key] !== undefined && config[cert] === undefined) return `${key}: needs ${cert}.`;
  return undefined;
}

/** Parses an environment. Throws ConfigError when a value is unusable or the combination is unsafe. */
export function parseGatewayConfig(environment: Readonly<Record<string, string | undefined>>): GatewayConfig {
  // An empty variable means unset, as operators expect of `FOO=` in an env file.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.slice(0, 1).join('')}: ${issue.message}`);
    throw new ConfigError(faults.join('\n'));
  }
  const config = parsed.data;
  if (!isLoopback(config.TESSERA_HOST) && config.TESSERA_API_KEYS.length === 0) {
    throw new ConfigError(
      'TESSERA_HOST: listening beyond loopback needs TESSERA_API_KEYS (sha256:<digest of a key>, comma-separated).',
    );
  }
  if (config.TESSERA_MAX_BUFFERED_BYTES < config.TESSERA_MAX_REQUEST_BYTES) {
    // Else a large request would be told to come back later, for ever.
    throw new ConfigError('TESSERA_MAX_BUFFERED_BYTES: must be at least TESSERA_MAX_REQUEST_BYTES.');
  }
  const tlsFault = findTlsFault(config);
  if (tlsFault !== undefined) throw new ConfigError(tlsFault);
  return Object.freeze(config);
}

/** The configuration of this process: the environment, read once. Throws ConfigError. */
export function loadGatewayConfig(): GatewayConfig {
  return parseGatewayConfig(process.env);
}

/** Names of all variables of this process's environment. */
export const environmentNames = (): readonly string[] => Object.keys(process.env);
