import type { CallContext } from '#src/domain/call-context.ts';
import type { EncoderOutput, OutputName } from '#src/domain/encoder-output.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';

/** A batch of inputs for one model, as it goes to a server in one call. */
export interface EncodeBatch {
  readonly modelName: string;
  readonly inputs: readonly ModelInput[];
  readonly outputs: readonly OutputName[];
}

/** Times of one call in milliseconds. */
export interface EncodeTiming {
  /** From the caller's `encode` until the batch was sent. */
  readonly queueMs: number;
  /** From send to answer. */
  readonly inferMs: number;
  /** How many images shared the call. */
  readonly batchSize: number;
}

export interface EncodedImage {
  readonly output: EncoderOutput;
  readonly timing: EncodeTiming;
}

/**
 * Sends one batch to a model server. Implementations: the gRPC KServe v2 client, and the fixed-delay encoder of the tests.
 * Rejects with AppError only: `encoder-unavailable`, `overloaded`, `deadline-exceeded`, `request-cancelled`,
 * `model-not-found`, `model-not-ready`, `shutting-down`, `encoder-protocol-error`, `internal`, or the AppError with which the
 * context's signal was aborted.
 */
export interface BatchEncoder {
  /** Output i belongs to input i. */
  encodeBatch(batch: EncodeBatch, ctx: CallContext): Promise<readonly EncoderOutput[]>;
  /** How many batches of this model the servers can work on at once (sum over healthy endpoints of their instances); at least 1. */
  capacity(modelName: string): number;
}

/** Encodes single images; the batcher in front of a BatchEncoder, or a fake of the tests. */
export interface ImageEncoder {
  /** @param outputs must not be empty. Rejects with AppError, also `overloaded` when the queue is full. */
  encode(
    modelName: string,
    input: ModelInput,
    outputs: readonly OutputName[],
    ctx: CallContext,
  ): Promise<EncodedImage>;
}

/** A model that a server answers for and whose metadata agreed with its spec. */
export interface ServedModel {
  readonly spec: ModelSpec;
  /** As announced by the server in the model's parameters or its platform. */
  readonly engine: string;
  readonly isReady: boolean;
  /** Why it is not ready, for operators; undefined when ready. */
  readonly notReadyReason?: string;
  /** Waiting does not help: it will not become ready until an operator mends something. */
  readonly isRefused?: boolean;
}

/** What is served now. */
export interface ModelCatalogue {
  list(): readonly ServedModel[];
  find(modelName: string): ServedModel | undefined;
}
