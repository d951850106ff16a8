import { status } from '@grpc/grpc-js';
import { ChildTaskError } from '#src/isolation/child-task-error.ts';
import type { Frame, OutgoingPayload } from '#src/isolation/frame.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import { StatusError, toStatusError, unavailable } from '../rpc/status-error.ts';
import type { ExecutionTimes } from '../statistics/model-statistics.ts';
import { readAnswer } from '../worker/worker-protocol.ts';
import type { EncoderWorker } from './encoder-worker.ts';
import type { InferredTensor, PendingInfer } from './pending-infer.ts';
import type { ServedModel } from './served-model.ts';

type Batch = readonly PendingInfer[];

/** The inputs of a batch: one payload for each input, made of the requests' own buffers. Nothing is joined or copied. */
function batchPayloads(model: ServedModel, batch: Batch): readonly OutgoingPayload[] {
  return model.definition.inputs.map((_, index) => batch.map(({ task }) => task.inputs[index]!));
}

/** The outputs of each request as views of the batch's. */
function splitOutputs(
  model: ServedModel,
  batch: Batch,
  frame: Frame,
): readonly (readonly InferredTensor[])[] {
  const { dims } = readAnswer(frame.header);
  const totalRows = batch.reduce((sum, { rows }) => sum + rows, 0);
  const isBatched = model.definition.maxBatchSize > 0;
  let firstRow = 0;
  return batch.map(({ task, rows }) => {
    const from = firstRow;
    firstRow += rows;
    return task.outputs.map((spec, index) => {
      const bytes = frame.payloads[index]!;
      const rowBytes = bytes.byteLength / totalRows;
      return {
        name: spec.name,
        datatype: spec.datatype.kserve,
        shape: isBatched ? [rows, ...dims[index]!] : dims[index]!,
        bytes: bytes.subarray(from * rowBytes, (from + rows) * rowBytes),
      };
    });
  });
}

/** What a client learns of a worker's failure; the cause is for the log. */
function failureOf(error: unknown): StatusError {
  if (!(error instanceof ChildTaskError)) return toStatusError(error);
  if (error.kind === 'failed') {
    return new StatusError(status.INTERNAL, 'the model failed to run', { cause: error });
  }
  return unavailable(`the worker process ended while it worked on the request (${error.kind})`);
}

/** Runs one batch on one worker and settles its requests. Never rejects. */
export async function executeBatch(
  model: ServedModel,
  worker: EncoderWorker,
  batch: Batch,
  clock: Clock,
  log: Logger,
): Promise<void> {
  const first = batch[0]!.task;
  const rows = batch.reduce((sum, request) => sum + request.rows, 0);
  const startedAtMs = clock.monotonicMs();
  try {
    const outputs = first.outputs.map(({ name }) => name);
    const frame = await worker.infer(
      { op: 'infer', key: model.key, rows, dims: first.dims, outputs },
      batchPayloads(model, batch),
    );
    const answeredAtMs = clock.monotonicMs();
    const split = splitOutputs(model, batch, frame);
    const endedAtMs = clock.monotonicMs();
    const inferMs = readAnswer(frame.header).computeMs;
    const times: ExecutionTimes = {
      inputMs: Math.max(0, answeredAtMs - startedAtMs - inferMs),
      inferMs,
      outputMs: endedAtMs - answeredAtMs,
    };
    model.statistics.countExecution(rows, times, clock.now());
    batch.forEach((request, index) => {
      if (request.isSettled()) return;
      const requestMs = endedAtMs - request.enqueuedAtMs;
      model.statistics.countSuccess(request.rows, requestMs, startedAtMs - request.enqueuedAtMs, times);
      request.resolve(split[index]!);
    });
  } catch (error) {
    const failure = failureOf(error);
    log.error({ err: error, model: model.definition.name, requests: batch.length }, 'a batch failed');
    for (const request of batch) request.reject(failure, 'BACKEND');
  }
}
