import type { inference } from '#src/infer/triton/gen/protocol.js';
import type { InferResponse } from '#src/infer/triton/raw-contents.ts';
import type { ModelRepository } from '../repository/model-repository.ts';
import type { Scheduler } from '../scheduling/create-scheduler.ts';
import type { InferredTensor } from '../scheduling/pending-infer.ts';
import type { ServedModel } from '../scheduling/served-model.ts';
import { parseInferRequest } from './parse-infer-request.ts';
import { unavailable } from './status-error.ts';

export interface InferDeps {
  readonly repository: ModelRepository;
  readonly scheduler: Scheduler;
  readonly isDraining: () => boolean;
}

/** Answers one ModelInferRequest. Rejects with StatusError. */
export type AnswerInfer = (
  request: inference.ModelInferRequest,
  signal: AbortSignal,
) => Promise<InferResponse>;

function responseOf(
  request: inference.ModelInferRequest,
  { definition }: ServedModel,
  outputs: readonly InferredTensor[],
): InferResponse {
  return {
    modelName: definition.name,
    modelVersion: definition.version,
    id: request.id,
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape: [...shape] })),
    rawOutputContents: outputs.map(({ bytes }) => bytes),
  };
}

/** ModelInfer, and each request of ModelStreamInfer. */
export function createAnswerInfer({ repository, scheduler, isDraining }: InferDeps): AnswerInfer {
  return async (request, signal) => {
    if (isDraining()) throw unavailable('the server is shutting down');
    const model = repository.resolve(request.modelName, request.modelVersion);
    const task = parseInferRequest(request, model.definition);
    return responseOf(request, model, await scheduler.submit(model, task, request.id, signal));
  };
}
