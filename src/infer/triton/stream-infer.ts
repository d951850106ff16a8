import { once } from 'node:events';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import { fromAbort } from './call-end.ts';
import {
  eligible,
  noEndpoint,
  retryAfterSeconds,
  wallDeadlineMs,
  type CallDeps,
  type CallOptions,
} from './call-endpoints.ts';
import { callMetadata } from './call-metadata.ts';
import { chooseEndpoint } from './choose-endpoint.ts';
import { fromGrpcError } from './from-grpc-error.ts';
import { readGrpcFailure } from './grpc-failure.ts';
import type { InferRequest } from './raw-contents.ts';
import type { RequestOf, ResponseOf } from './rpc.ts';
import { inferenceService } from './service-definition.ts';

type StreamReply = ResponseOf<typeof inferenceService.modelStreamInfer>;
type Duplex = ClientDuplexStream<RequestOf<typeof inferenceService.modelStreamInfer>, StreamReply>;

/**
 * One ModelStreamInfer stream on one endpoint. Replies come as they arrive; a reply's `errorMessage` concerns one request
 * only. Ends when the server ends; leaving the loop early cancels the call. Never retried: requests may have been
 * answered already. Throws AppError only, also when `requests` throws.
 */
export async function* streamInfer(
  deps: CallDeps,
  requests: AsyncIterable<InferRequest>,
  ctx: CallContext,
  options: CallOptions = {},
): AsyncGenerator<StreamReply, void, undefined> {
  const deadlineMs = wallDeadlineMs(deps, ctx);
  const endpoints = eligible(deps.endpoints, options.targets);
  const endpoint = chooseEndpoint(endpoints, new Set(), deps.random);
  if (endpoint === undefined) throw noEndpoint(endpoints);
  const { client, report, release } = endpoint.acquire();
  const { path, requestSerialize, responseDeserialize } = inferenceService.modelStreamInfer;
  const metadata = callMetadata(deps.metadata, ctx);
  const call: Duplex = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, {
    deadline: deadlineMs,
  });
  const watch = watchCall(call, [ctx.signal, deps.closing]);
  const sending = sendAll(call, requests, watch.ended);
  try {
    for await (const reply of call) yield reply as StreamReply;
    report();
  } catch (err) {
    const aborted = [ctx.signal, deps.closing].find((signal) => signal.aborted);
    if (aborted !== undefined) throw fromAbort(aborted);
    const source = sending.sourceError();
    if (source !== undefined) throw AppError.from(source.reason);
    const seen = { hasHeaders: watch.hasHeaders(), isCancelledHere: false };
    const failure = readGrpcFailure(err as ServiceError, seen);
    report(failure);
    throw fromGrpcError(failure, retryAfterSeconds(endpoints));
  } finally {
    watch.end();
    release();
  }
}

/** Cancels the call when a signal aborts or `end` is called, and knows whether the server has answered. */
function watchCall(call: Duplex, signals: readonly AbortSignal[]) {
  const ended = new AbortController();
  let hasHeaders = false;
  const cancel = (): void => call.cancel();
  call.once('metadata', () => {
    hasHeaders = true;
  });
  // The loop over the replies reports errors; one that comes after the loop has nobody to report to.
  call.on('error', () => undefined);
  for (const signal of signals) signal.addEventListener('abort', cancel, { signal: ended.signal });
  if (signals.some((signal) => signal.aborted)) cancel();
  return {
    ended: ended.signal,
    hasHeaders: () => hasHeaders,
    end: () => {
      ended.abort();
      call.cancel();
    },
  };
}

/** Writes the requests as fast as the server takes them. An error of the source cancels the call and is kept. */
function sendAll(call: Duplex, requests: AsyncIterable<InferRequest>, ended: AbortSignal) {
  let failed: { readonly reason: unknown } | undefined;
  const send = async (): Promise<void> => {
    for await (const request of requests) {
      if (ended.aborted) return;
      if (!call.write(request)) await once(call, 'drain', { signal: ended });
    }
    call.end();
  };
  send().catch((reason: unknown) => {
    // After the end of the call a failed wait for `drain` is no error of the source.
    if (ended.aborted || call.destroyed) return;
    failed = { reason };
    call.cancel();
  });
  return { sourceError: () => failed };
}
