import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { EncoderOutput } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { BatchEncoder, EncodeBatch, ModelCatalogue, ServedModel } from '#src/ports/encoder.ts';
import { buildInferRequest } from './build-infer-request.ts';
import type { TritonClient } from './create-triton-client.ts';
import { createModelWatch } from './model-watch.ts';
import { readInferResponse } from './read-infer-response.ts';
import { createReadiness } from './readiness.ts';
import { describeServed, findServing, type Serving } from './served-models.ts';
import type { TritonLogger } from './triton-options.ts';

export interface TritonEncoderOptions {
  /** Not closed by the encoder's `close`. */
  readonly client: TritonClient;
  readonly specs: readonly ModelSpec[];
  /** Models that must not be used whatever the servers say, by name, and why; they are listed and never ready. */
  readonly refusals?: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly logger?: TritonLogger;
  /** How often models are compared with their specs while all agree; 30 s unless told. */
  readonly inspectIntervalMs?: number;
  /** The same while a model does not agree or is not loaded yet; 1 s unless told. */
  readonly inspectFastIntervalMs?: number;
}

export interface TritonEncoder {
  readonly encoder: BatchEncoder;
  readonly catalogue: ModelCatalogue;
  /** Begins to compare models with their specs. A server that is away is no error: its models become ready when it comes. */
  start(): void;
  /** Compares now. */
  refresh(): Promise<void>;
  /** Resolves when the model can be used for the first time; rejects with `model-not-found` when there is no such spec. */
  whenReady(modelName: string): Promise<void>;
  close(): void;
}

/** Metadata and config are answered from memory; 5 s is a server that does nothing else. */
const inspectTimeoutMs = 5_000;

/** The encoder port over a TritonClient: batches go only to endpoints whose model agrees with its spec. */
export function createTritonEncoder(options: TritonEncoderOptions): TritonEncoder {
  const { client, clock, logger, refusals = new Map<string, string>() } = options;
  const specs = new Map(options.specs.map((spec) => [spec.name, spec]));
  const readiness = createReadiness((modelName) => serving(modelName) !== undefined);
  const watch = createModelWatch({
    client,
    specs: options.specs.filter(({ name }) => !refusals.has(name)),
    clock,
    ...(logger === undefined ? {} : { logger }),
    intervalMs: options.inspectIntervalMs ?? 30_000,
    fastIntervalMs: options.inspectFastIntervalMs ?? 1_000,
    timeoutMs: inspectTimeoutMs,
    onChange: () => readiness.check(),
  });
  const inspect = (modelName: string) => (target: string) => watch.inspection(target, modelName);
  const serving = (modelName: string): Serving | undefined =>
    findServing(client.endpoints(), inspect(modelName));
  const served = (spec: ModelSpec): ServedModel => {
    const notReadyReason = refusals.get(spec.name);
    if (notReadyReason === undefined) return describeServed(spec, client.endpoints(), inspect(spec.name));
    return { spec, engine: 'unknown', isReady: false, notReadyReason, isRefused: true };
  };
  const specOf = (modelName: string): ModelSpec => {
    const spec = specs.get(modelName);
    if (spec === undefined) throw new AppError('model-not-found', 'There is no such model.');
    return spec;
  };

  const encodeBatch = async (batch: EncodeBatch, ctx: CallContext): Promise<readonly EncoderOutput[]> => {
    const spec = specOf(batch.modelName);
    if (batch.inputs.length === 0) return [];
    const request = buildInferRequest(spec, batch, ctx.requestId);
    const targets = serving(spec.name)?.targets;
    if (targets === undefined) throw notReady(client);
    const response = await client.modelInfer(request, ctx, { targets }).catch((err: unknown) => {
      const error = AppError.from(err);
      // The server has changed its mind since it was inspected: look again at once.
      if (error.code === 'model-not-found' || error.code === 'model-not-ready') void watch.refresh();
      throw error;
    });
    return readInferResponse(response, { spec, outputs: batch.outputs, batchSize: batch.inputs.length });
  };

  return {
    encoder: { encodeBatch, capacity: (modelName) => serving(modelName)?.instances ?? 1 },
    catalogue: {
      list: () => options.specs.map(served),
      find: (modelName) => {
        const spec = specs.get(modelName);
        return spec && served(spec);
      },
    },
    start: () => watch.start(),
    refresh: () => watch.refresh(),
    whenReady: async (modelName) => {
      specOf(modelName);
      await readiness.wait(modelName);
    },
    close: () => watch.close(),
  };
}

/** No endpoint serves the model now: because none can be reached, or because those that can do not have it. */
function notReady(client: TritonClient): AppError {
  const retryAfterSeconds = client.secondsUntilProbe();
  const isReachable = client.endpoints().some(({ state }) => state !== 'unreachable');
  return isReachable
    ? new AppError('model-not-ready', 'The model is not ready.', { retryAfterSeconds })
    : new AppError('encoder-unavailable', 'No encoder can be reached now.', { retryAfterSeconds });
}
