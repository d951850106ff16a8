import {
  credentials,
  makeGenericClientConstructor,
  type CallOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import type { grpc, inference } from '#src/infer/triton/gen/protocol.js';
import type { InferRequest } from '#src/infer/triton/raw-contents.ts';
import type { RequestOf, ResponseOf } from '#src/infer/triton/rpc.ts';
import { healthService, inferenceService } from '#src/infer/triton/service-definition.ts';

type Service = typeof inferenceService;
type Unary = Exclude<keyof Service, 'modelStreamInfer'>;

/** A plain client of the protocol, without anything of the product's own client. */
export interface KserveClient {
  readonly call: <M extends Unary>(
    method: M,
    request: RequestOf<Service[M]>,
    options?: CallOptions & { readonly signal?: AbortSignal },
  ) => Promise<ResponseOf<Service[M]>>;
  readonly stream: () => ClientDuplexStream<InferRequest, inference.ModelStreamInferResponse>;
  readonly check: (service: string) => Promise<grpc.health.v1.HealthCheckResponse>;
  readonly watch: (service: string) => ClientReadableStream<grpc.health.v1.HealthCheckResponse>;
  /** A method that the service definition does not have. */
  readonly unknown: (path: string) => Promise<unknown>;
  readonly close: () => void;
}

type Callback = (error: ServiceError | null, response: unknown) => void;
type Methods = Record<
  string,
  (request: unknown, options: CallOptions, callback: Callback) => { cancel: () => void }
>;

export function createKserveClient(address: string): KserveClient {
  const options = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
  const Client = makeGenericClientConstructor({ ...inferenceService }, 'inference');
  const client = new Client(address, credentials.createInsecure(), options);
  const Health = makeGenericClientConstructor({ ...healthService }, 'health');
  const health = new Health(address, credentials.createInsecure(), options);

  const unary = <T>(
    methods: object,
    name: string,
    request: unknown,
    given: CallOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const { signal, ...callOptions } = given;
      const call = (methods as Methods)[name]!(request, callOptions, (error, response) => {
        if (error === null) resolve(response as T);
        else reject(error);
      });
      signal?.addEventListener('abort', () => call.cancel());
    });

  return {
    call: (method, request, given) => unary(client, method, request, given),
    stream: () =>
      (
        client as unknown as { modelStreamInfer: () => ReturnType<KserveClient['stream']> }
      ).modelStreamInfer(),
    check: (service) => unary(health, 'check', { service }),
    watch: (service) =>
      (
        health as unknown as { watch: (request: { service: string }) => ReturnType<KserveClient['watch']> }
      ).watch({ service }),
    unknown: (path) =>
      new Promise((resolve, reject) => {
        const same = (bytes: Buffer): Buffer => bytes;
        client.makeUnaryRequest(path, same, same, Buffer.alloc(0), (error, response) => {
          if (error === null) resolve(response);
          else reject(error);
        });
      }),
    close: () => {
      client.close();
      health.close();
    },
  };
}

/** Bytes of one image at 224². */
export const imageBytes = 3 * 224 * 224;

/** An image that differs with its seed: stripes and a gradient, not noise, so that embeddings differ too. */
export function stripes(seed: number): Uint8Array {
  return Uint8Array.from({ length: imageBytes }, (_, index) => {
    const x = index % 224;
    const y = Math.floor(index / 224) % 224;
    return (x * (seed + 1) + (y >> (seed % 5)) * 3) % 256;
  });
}

/** A request for images at 224². @param images pieces of the batch. */
export function inferRequest(
  modelName: string,
  images: readonly Uint8Array[],
  outputs: readonly string[] = ['cls'],
): InferRequest {
  return {
    modelName,
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [images.length, 3, 224, 224] }],
    outputs: outputs.map((name) => ({ name })),
    rawInputContents: [images],
  };
}

/** Little-endian floats of a raw tensor. */
export function floatsOf(raw: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(raw).buffer);
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i += 1) {
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return ab / Math.sqrt(aa * bb);
}
