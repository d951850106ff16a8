import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { expect } from 'vitest';
import { z } from 'zod';
import { openOverflowFile } from '#services/gateway/overflow-file.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import type { ErrorCode } from '#src/domain/error-codes.ts';
import { errorCodes } from '#src/domain/error-codes.ts';
import { createApp } from '#src/http/create-app.ts';
import type { AppDeps, HttpLimits, StreamLimits } from '#src/http/deps.ts';
import { createByteBudget, type ByteBudget } from '#src/http/input/byte-budget.ts';
import { problemSchema } from '#src/http/schemas/common.ts';
import { createClassifyImages } from '#src/pipeline/classify-images.ts';
import { createExtractFeatures } from '#src/pipeline/extract-features.ts';
import { createEmbedImages } from '#src/pipeline/embed-images.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import { createProvenance } from '#src/pipeline/provenance.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { ImageEncoder, ServedModel } from '#src/ports/encoder.ts';
import type { ImagePreparer } from '#src/ports/image-preparer.ts';
import { createMetrics } from '#src/telemetry/metrics.ts';
import { refuseAddresses } from '#src/remote/refuse-addresses.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { catalogueOf, createTinyEncoder, tinyModel, tinySpec } from './tiny-model.ts';

export interface TestAppOptions {
  readonly encoder?: ImageEncoder;
  readonly preparer?: ImagePreparer;
  readonly clock?: Clock;
  readonly models?: readonly ServedModel[];
  readonly limits?: Partial<HttpLimits>;
  readonly streamLimits?: Partial<StreamLimits>;
  readonly maxPixels?: number;
  readonly maxBufferedBytes?: number;
  readonly maxFeatureBytes?: number;
  /** API keys in clear; empty: loopback rules. */
  readonly keys?: readonly string[];
  /** Replaces single dependencies after everything else was put together. */
  readonly deps?: Partial<AppDeps>;
}

export interface TestApp {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Sends a request to the path, as a client on this machine would. */
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  readonly budget: ByteBudget;
  /** Lines of the log, oldest first. */
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
}

export const origin = 'http://127.0.0.1:8080';

const defaultLimits: HttpLimits = {
  maxRequestBytes: 2 * 1024 * 1024,
  maxFileBytes: 1024 * 1024,
  maxItems: 16,
  requestTimeoutMs: 10_000,
};

const defaultStreamLimits: StreamLimits = { maxItems: 1_000, idleTimeoutMs: 10_000, maxHeldBytes: 1_000_000 };

function createPipeline(options: TestAppOptions, clock: Clock) {
  const maxBytes = options.limits?.maxFileBytes ?? defaultLimits.maxFileBytes;
  const stages = {
    preparer: options.preparer ?? createDirectPreparer(createDirectDecoder(), clock),
    encoder: options.encoder ?? createTinyEncoder(),
    clock,
    limits: { maxPixels: options.maxPixels ?? 1_000_000, maxBytes },
    catalogue: catalogueOf(...(options.models ?? [tinyModel])),
    defaultModel: tinySpec.name,
    itemConcurrency: 4,
  };
  return {
    catalogue: stages.catalogue,
    embedImages: createEmbedImages(stages),
    classifyImages: createClassifyImages(stages),
    extractFeatures: createExtractFeatures({
      ...stages,
      maxFeatureBytes: options.maxFeatureBytes ?? 1_000_000,
    }),
  };
}

function createTestDeps(options: TestAppOptions, budget: ByteBudget, log: AppDeps['log']): AppDeps {
  const clock = options.clock ?? createSystemClock();
  const pipeline = createPipeline(options, clock);
  const sources = {
    queuedImages: () => 0,
    bufferedBytes: budget.usedBytes,
    endpoints: () => [],
    models: () => pipeline.catalogue.list().map(({ spec, isReady }) => ({ name: spec.name, isReady })),
  };
  return {
    ...pipeline,
    defaultModel: tinySpec.name,
    defaultProvenance: (model) =>
      createProvenance(model, { pooling: 'cls', normalize: true, resize: 'stretch' }),
    dependencies: () => [{ name: 'encoder-0', isReady: true, detail: 'healthy' }],
    isDraining: () => false,
    windUp: new AbortController().signal,
    budget,
    remote: refuseAddresses,
    limits: { ...defaultLimits, ...options.limits },
    streamLimits: { ...defaultStreamLimits, ...options.streamLimits },
    openOverflow: openOverflowFile,
    maxPixels: options.maxPixels ?? 1_000_000,
    access: { keyDigests: (options.keys ?? []).map((key) => createHash('sha256').update(key).digest()) },
    clock,
    log,
    metrics: createMetrics(sources, '0.0.0-test'),
    version: { name: 'tessera', version: '0.0.0-test', commit: undefined, node: '24.0.0' },
    docsAsset: (name) =>
      Promise.resolve(
        name === 'start.js'
          ? { body: new TextEncoder().encode('void 0;\n'), contentType: 'text/javascript; charset=utf-8' }
          : undefined,
      ),
    ...options.deps,
  };
}

/** The whole HTTP surface over the real pipeline and the tiny model: real images are decoded and preprocessed. */
export function createTestApp(options: TestAppOptions = {}): TestApp {
  const logLines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => void logLines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const budget = options.deps?.budget ?? createByteBudget(options.maxBufferedBytes ?? 8 * 1024 * 1024);
  const app = createApp(createTestDeps(options, budget, log));
  const fetch = async (request: Request): Promise<Response> => app.fetch(request);
  return { fetch, request: (path, init) => fetch(new Request(origin + path, init)), budget, logLines };
}

/** What every reply carries, whatever became of the request. */
function expectCommonHeaders({ headers }: Response, cacheControl = 'no-store'): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cache-control')).toBe(cacheControl);
  expect(headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  expect(headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
  expect(headers.get('server-timing')).toMatch(/^([a-z]+;dur=\d+\.\d\d, )*total;dur=\d+\.\d\d$/);
}

const strictProblem = z.strictObject({ ...problemSchema.shape });
export type ProblemBody = z.output<typeof strictProblem>;

/**
 * Asserts a problem and gives its body. The catalogue decides status, title and whether `Retry-After` must be there.
 * @param extensions members beside those of RFC 9457 that this problem carries
 */
export async function expectProblem(
  response: Response,
  status: number,
  code: ErrorCode,
  extensions: z.ZodRawShape = {},
): Promise<ProblemBody & Record<string, unknown>> {
  const text = await response.text();
  expect({ status: response.status, type: response.headers.get('content-type') }, text).toEqual({
    status,
    type: 'application/problem+json',
  });
  expectCommonHeaders(response);
  const problem = strictProblem.extend(extensions).parse(JSON.parse(text)) as ProblemBody &
    Record<string, unknown>;
  const row = errorCodes[code];
  expect(row.status, 'the status of the catalogue').toBe(status);
  expect(problem).toMatchObject({
    code,
    status,
    title: row.title,
    type: `urn:tessera:problem:${code}`,
    instance: `urn:tessera:request:${response.headers.get('x-request-id')!}`,
  });
  const isRetryTold = row.retryable && status !== 499;
  if (isRetryTold) expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  else expect(response.headers.get('retry-after')).toBeNull();
  if (status === 401) expect(response.headers.get('www-authenticate')).toBe('Bearer realm="tessera"');
  return problem;
}

/** Asserts a JSON reply of that status and parses it with its own schema; strict schemas refuse what they do not know. */
export async function expectJson<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
  status = 200,
): Promise<z.output<Schema>> {
  const text = await response.text();
  expect(response.status, text.slice(0, 2000)).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json');
  expectCommonHeaders(response);
  return schema.parse(JSON.parse(text));
}

/** Asserts a reply that is not JSON and gives its text. */
export async function expectText(
  response: Response,
  contentType: string | RegExp,
  cacheControl?: string,
): Promise<string> {
  const text = await response.text();
  expect(response.status, text.slice(0, 2000)).toBe(200);
  expect(response.headers.get('content-type')).toMatch(contentType);
  expectCommonHeaders(response, cacheControl);
  return text;
}
