import { grpc, inference } from './gen/protocol.js';
import { encodeInferRequest, encodeInferResponse, encodeStreamInferResponse } from './raw-contents.ts';
import { codecOf, rpc, type Codec, type Handlers } from './rpc.ts';

const inferRequest = {
  encode: encodeInferRequest,
  decode: (bytes: Buffer) => inference.ModelInferRequest.decode(bytes),
};
const inferResponse = {
  encode: encodeInferResponse,
  decode: (bytes: Buffer) => inference.ModelInferResponse.decode(bytes),
};
const streamInferResponse = {
  encode: encodeStreamInferResponse,
  decode: (bytes: Buffer) => inference.ModelStreamInferResponse.decode(bytes),
};

function unary<RequestIn, Request, ResponseIn, Response>(
  method: string,
  request: Codec<RequestIn, Request>,
  response: Codec<ResponseIn, Response>,
) {
  const path = `/inference.GRPCInferenceService/${method}`;
  return rpc(path, request, response, { request: false, response: false });
}

/** inference.GRPCInferenceService (KServe v2 with Triton's extensions), for clients and servers of grpc-js. */
export const inferenceService = {
  serverLive: unary(
    'ServerLive',
    codecOf(inference.ServerLiveRequest),
    codecOf(inference.ServerLiveResponse),
  ),
  serverReady: unary(
    'ServerReady',
    codecOf(inference.ServerReadyRequest),
    codecOf(inference.ServerReadyResponse),
  ),
  modelReady: unary(
    'ModelReady',
    codecOf(inference.ModelReadyRequest),
    codecOf(inference.ModelReadyResponse),
  ),
  serverMetadata: unary(
    'ServerMetadata',
    codecOf(inference.ServerMetadataRequest),
    codecOf(inference.ServerMetadataResponse),
  ),
  modelMetadata: unary(
    'ModelMetadata',
    codecOf(inference.ModelMetadataRequest),
    codecOf(inference.ModelMetadataResponse),
  ),
  modelInfer: unary('ModelInfer', inferRequest, inferResponse),
  modelStreamInfer: rpc(
    '/inference.GRPCInferenceService/ModelStreamInfer',
    inferRequest,
    streamInferResponse,
    { request: true, response: true },
  ),
  modelConfig: unary(
    'ModelConfig',
    codecOf(inference.ModelConfigRequest),
    codecOf(inference.ModelConfigResponse),
  ),
  modelStatistics: unary(
    'ModelStatistics',
    codecOf(inference.ModelStatisticsRequest),
    codecOf(inference.ModelStatisticsResponse),
  ),
  repositoryIndex: unary(
    'RepositoryIndex',
    codecOf(inference.RepositoryIndexRequest),
    codecOf(inference.RepositoryIndexResponse),
  ),
  repositoryModelLoad: unary(
    'RepositoryModelLoad',
    codecOf(inference.RepositoryModelLoadRequest),
    codecOf(inference.RepositoryModelLoadResponse),
  ),
  repositoryModelUnload: unary(
    'RepositoryModelUnload',
    codecOf(inference.RepositoryModelUnloadRequest),
    codecOf(inference.RepositoryModelUnloadResponse),
  ),
};

/** grpc.health.v1.Health. */
export const healthService = {
  check: rpc(
    '/grpc.health.v1.Health/Check',
    codecOf(grpc.health.v1.HealthCheckRequest),
    codecOf(grpc.health.v1.HealthCheckResponse),
    { request: false, response: false },
  ),
  watch: rpc(
    '/grpc.health.v1.Health/Watch',
    codecOf(grpc.health.v1.HealthCheckRequest),
    codecOf(grpc.health.v1.HealthCheckResponse),
    { request: false, response: true },
  ),
};

/** What a server of the inference service must implement. */
export type InferenceHandlers = Handlers<typeof inferenceService>;
/** What a server of the health service must implement. */
export type HealthHandlers = Handlers<typeof healthService>;
