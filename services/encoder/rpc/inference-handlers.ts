import type { InferenceHandlers } from '#src/infer/triton/service-definition.ts';
import { createAnswerInfer, type InferDeps } from './answer-infer.ts';
import { unaryHandler, type CallScope } from './handler.ts';
import { answerModelConfig, answerModelMetadata, answerModelStatistics } from './model-answers.ts';
import {
  answerRepositoryIndex,
  answerRepositoryModelLoad,
  answerRepositoryModelUnload,
} from './repository-answers.ts';
import { streamInferHandler } from './stream-infer.ts';

/** What this server knows beyond the core: no shared memory, no trace, no sequences, no classification. */
const extensions = ['model_repository', 'model_configuration', 'statistics'];

export interface InferenceDeps extends InferDeps {
  readonly version: string;
  readonly workers: number;
  /** Whether inference is accepted now. */
  readonly isReady: () => boolean;
  readonly onInternal: (error: unknown) => void;
}

/** The handlers of inference.GRPCInferenceService. */
export function createInferenceHandlers(deps: InferenceDeps): InferenceHandlers {
  const { repository, onInternal } = deps;
  const answerInfer = createAnswerInfer(deps);
  const unary = <Request, Response>(
    answer: (request: Request, scope: CallScope) => Response | Promise<Response>,
  ) => unaryHandler(answer, onInternal);
  return {
    serverLive: unary(() => ({ live: true })),
    serverReady: unary(() => ({ ready: deps.isReady() })),
    serverMetadata: unary(() => ({ name: 'tessera-encoder', version: deps.version, extensions })),
    modelReady: unary(({ name, version }) => ({
      ready: !deps.isDraining() && repository.isReady(name, version),
    })),
    modelMetadata: unary((request) => answerModelMetadata(repository, request)),
    modelConfig: unary((request) => answerModelConfig(repository, deps.workers, request)),
    modelStatistics: unary((request) => answerModelStatistics(repository, request)),
    modelInfer: unary((request, { signal }) => answerInfer(request, signal)),
    modelStreamInfer: streamInferHandler(answerInfer, onInternal),
    repositoryIndex: unary((request) => answerRepositoryIndex(repository, request)),
    repositoryModelLoad: unary((request) => answerRepositoryModelLoad(repository, request)),
    repositoryModelUnload: unary((request) => answerRepositoryModelUnload(repository, request)),
  };
}
