import {
  Server,
  ServerCredentials,
  type status,
  type Metadata,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { inference } from '#src/infer/triton/gen/protocol.js';
import type { InferResponse } from '#src/infer/triton/raw-contents.ts';
import {
  healthService,
  inferenceService,
  type HealthHandlers,
  type InferenceHandlers,
} from '#src/infer/triton/service-definition.ts';
import { tinyConfig, tinyMetadata } from '#test/unit/infer/triton/model-fixtures.ts';

type InferCall = ServerUnaryCall<inference.ModelInferRequest, InferResponse>;
type InferHandler = (call: InferCall, reply: sendUnaryData<InferResponse>) => void;

/** What the server has seen of one call. */
export interface SeenCall {
  readonly method: string;
  readonly metadata: Metadata;
  /** The :authority under which the server was called. */
  readonly host: string;
  /** Ms since the epoch; Infinity without a deadline. */
  readonly deadlineMs: number;
  /** Resolves when the client has cancelled the call. */
  readonly cancelled: Promise<void>;
}

/** A KServe v2 server on real gRPC whose answers a test may change while it runs. */
export interface TritonServer {
  readonly port: number;
  readonly target: string;
  readonly calls: readonly SeenCall[];
  /** ModelInfer calls so far. */
  inferCount(): number;
  isReady: boolean;
  infer: InferHandler;
  metadata: inference.ModelMetadataResponse.$Properties;
  config: inference.ModelConfig.$Properties;
  /** Makes every RPC but ServerReady fail so. */
  failure: { readonly code: status; readonly details: string } | undefined;
  /** Ends the server and all its connections at once, in the middle of calls. */
  kill(): void;
}

export interface TritonServerOptions {
  readonly port?: number;
  readonly credentials?: ServerCredentials;
  /** RPCs to answer otherwise. */
  readonly handlers?: Partial<InferenceHandlers>;
}

export async function startTritonServer(options: TritonServerOptions = {}): Promise<TritonServer> {
  const { credentials = ServerCredentials.createInsecure() } = options;
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  const calls: SeenCall[] = [];
  const state = {
    isReady: true,
    infer: answerTiny,
    metadata: tinyMetadata as inference.ModelMetadataResponse.$Properties,
    config: tinyConfig as inference.ModelConfig.$Properties,
    failure: undefined as TritonServer['failure'],
  };

  /** Records the call, then fails or answers it. */
  const unary =
    <Request, Response>(method: string, answer: (request: Request) => Response) =>
    (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
      calls.push(see(method, call));
      if (state.failure !== undefined && method !== 'serverReady') reply(state.failure);
      else reply(null, answer(call.request));
    };
  const handlers: InferenceHandlers = {
    serverLive: unary('serverLive', () => ({ live: true })),
    serverReady: unary('serverReady', () => ({ ready: state.isReady })),
    serverMetadata: unary('serverMetadata', () => ({
      name: 'test',
      version: '1',
      extensions: ['statistics'],
    })),
    modelReady: unary('modelReady', ({ name }) => ({ ready: name === 'tiny_32' })),
    modelMetadata: unary('modelMetadata', () => state.metadata),
    modelConfig: unary('modelConfig', () => ({ config: state.config })),
    modelStatistics: unary('modelStatistics', ({ name }) => ({ modelStats: [{ name, inferenceCount: 7 }] })),
    repositoryIndex: unary('repositoryIndex', () => ({ models: [{ name: 'tiny_32', state: 'READY' }] })),
    repositoryModelLoad: unary('repositoryModelLoad', () => ({})),
    repositoryModelUnload: unary('repositoryModelUnload', () => ({})),
    modelInfer: (call, reply) => {
      calls.push(see('modelInfer', call));
      if (state.failure !== undefined) reply(state.failure);
      else state.infer(call, reply);
    },
    modelStreamInfer: (stream) => {
      stream.on('data', ({ modelName, id }: inference.ModelInferRequest) => {
        stream.write(id === 'bad' ? { errorMessage: 'no' } : { inferResponse: { modelName, id } });
      });
      stream.on('end', () => stream.end());
    },
    ...options.handlers,
  };
  const health: HealthHandlers = {
    check: unary('healthCheck', () => ({ status: 1 })),
    watch: (stream) => stream.end(),
  };
  server.addService(inferenceService, handlers);
  server.addService(healthService, health);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, credentials, (err, bound) => {
      if (err === null) resolve(bound);
      else reject(err);
    });
  });
  return Object.assign(state, {
    port,
    target: `127.0.0.1:${port}`,
    calls,
    inferCount: () => calls.filter(({ method }) => method === 'modelInfer').length,
    kill: () => server.forceShutdown(),
  });
}

function see(method: string, call: ServerUnaryCall<unknown, unknown>): SeenCall {
  return {
    method,
    metadata: call.metadata.clone(),
    host: call.getHost(),
    deadlineMs: Number(call.getDeadline()),
    cancelled: new Promise((resolve) => call.once('cancelled', resolve)),
  };
}

/** Outputs of the tiny model: every value of an image's vectors is its first pixel, every token word is 0x3c00 + pixel. */
export function answerTiny({ request }: InferCall, reply: sendUnaryData<InferResponse>): void {
  const [raw] = request.rawInputContents;
  const imageBytes = 3 * 32 * 32;
  const count = raw!.byteLength / imageBytes;
  const pixels = Array.from({ length: count }, (_, index) => raw![index * imageBytes]!);
  const floats = Float32Array.from({ length: count * 8 }, (_, index) => pixels[Math.floor(index / 8)]!);
  const halves = Uint16Array.from(
    { length: count * 32 },
    (_, index) => 0x3c00 + pixels[Math.floor(index / 32)]!,
  );
  const wanted = request.outputs.map(({ name }) => name ?? '');
  reply(null, {
    modelName: request.modelName,
    modelVersion: request.modelVersion,
    id: request.id,
    outputs: wanted.map((name) =>
      name === 'patch_tokens'
        ? { name, datatype: 'FP16', shape: [count, 4, 8] }
        : { name, datatype: 'FP32', shape: [count, 8] },
    ),
    rawOutputContents: wanted.map((name) =>
      Buffer.from(name === 'patch_tokens' ? halves.buffer : floats.buffer),
    ),
  });
}

/** Fails a call as a server does. */
export const refuse =
  (code: status, details = 'refused by the test'): InferHandler =>
  (_call, reply) => {
    reply({ code, details });
  };

/** A handler that holds calls until they are released. */
export function holdCalls() {
  const held: (() => void)[] = [];
  const arrivals: (() => void)[] = [];
  return {
    handler: ((call, reply) => {
      held.push(() => answerTiny(call, reply));
      arrivals.splice(0).forEach((resolve) => resolve());
    }) satisfies InferHandler,
    held: () => held.length,
    /** Resolves when `count` calls are held. */
    async until(count: number): Promise<void> {
      while (held.length < count) await new Promise<void>((resolve) => arrivals.push(resolve));
    },
    releaseAll: () => held.splice(0).forEach((answer) => answer()),
  };
}
