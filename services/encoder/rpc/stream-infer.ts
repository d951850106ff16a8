import type { InferenceHandlers } from '#src/infer/triton/service-definition.ts';
import type { StreamInferResponse } from '#src/infer/triton/raw-contents.ts';
import type { AnswerInfer } from './answer-infer.ts';
import { signalOf } from './handler.ts';
import { toStatusError } from './status-error.ts';

/** Requests of one stream that are under way at once; beyond it the stream is not read, so HTTP/2 holds the sender back. */
const maxInFlight = 32;

type StreamCall = Parameters<InferenceHandlers['modelStreamInfer']>[0];

/**
 * ModelStreamInfer: requests run side by side, answers come in the order of the requests. An error concerns one request
 * and is its answer; the stream goes on.
 */
export function streamInferHandler(
  answer: AnswerInfer,
  onInternal: (error: unknown) => void,
): (call: StreamCall) => void {
  return (call) => {
    const signal = signalOf(call);
    let inFlight = 0;
    let tail: Promise<void> = Promise.resolve();

    const respond = async (request: Parameters<AnswerInfer>[0]): Promise<StreamInferResponse> => {
      try {
        return { inferResponse: await answer(request, signal) };
      } catch (thrown) {
        const error = toStatusError(thrown);
        if (error !== thrown) onInternal(thrown);
        const { modelName, modelVersion, id } = request;
        return { errorMessage: error.details, inferResponse: { modelName, modelVersion, id } };
      }
    };
    call.on('data', (request: Parameters<AnswerInfer>[0]) => {
      inFlight += 1;
      if (inFlight >= maxInFlight) call.pause();
      const response = respond(request);
      tail = tail.then(async () => {
        const ready = await response;
        inFlight -= 1;
        if (signal.aborted) return;
        call.write(ready);
        if (inFlight < maxInFlight) call.resume();
      });
    });
    call.on('end', () => void tail.then(() => call.end()));
    // A broken stream is told by "cancelled"; without a listener it would end the process.
    call.on('error', () => undefined);
  };
}
