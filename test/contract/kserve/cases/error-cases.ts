import type { RequestOf, Rpc } from '#src/infer/triton/rpc.ts';
import { inferenceService } from '#src/infer/triton/service-definition.ts';
import type { InferRequest } from '#src/infer/triton/raw-contents.ts';
import { inferRequest } from '../client/infer-images.ts';
import type { KserveClient } from '../client/kserve-client.ts';
import { syntheticImage } from '../client/synthetic-images.ts';

export interface ErrorCase {
  readonly id: string;
  /** The gRPC status that every server must answer. */
  readonly code: string;
  readonly call: (client: KserveClient) => Promise<unknown>;
}

const model = 'demo_vit_224';
const size = 224;
const image = syntheticImage('disc', size);
const good = inferRequest(model, [image], size, ['cls']);
const input = { name: 'image', datatype: 'UINT8', shape: [1, 3, size, size] };

const infer =
  (change: Partial<InferRequest>) =>
  (client: KserveClient): Promise<unknown> =>
    client.call(inferenceService.modelInfer, { ...good, ...change });

// `any`: the case's request is checked against its own procedure by RequestOf.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Unary = Rpc<any, any, any, any, false, false>;
const rpc =
  <R extends Unary>(procedure: R, request: RequestOf<R>) =>
  (client: KserveClient): Promise<unknown> =>
    client.call(procedure, request);

/** Every way to be wrong that a client of ours can run into; the codes are Triton's (facts seen on 2.51.0). */
export const errorCases: readonly ErrorCase[] = [
  { id: 'infer-unknown-model', code: 'NOT_FOUND', call: infer({ modelName: 'nosuch' }) },
  { id: 'infer-unknown-version', code: 'NOT_FOUND', call: infer({ modelVersion: '9' }) },
  { id: 'infer-version-no-number', code: 'INVALID_ARGUMENT', call: infer({ modelVersion: 'x' }) },
  {
    id: 'infer-batch-too-large',
    code: 'INVALID_ARGUMENT',
    call: infer(
      inferRequest(
        model,
        Array.from({ length: 33 }, () => image),
        size,
        ['cls'],
      ),
    ),
  },
  {
    id: 'infer-wrong-shape',
    code: 'INVALID_ARGUMENT',
    call: infer(inferRequest(model, [new Uint8Array(3 * 100 * 100)], 100, ['cls'])),
  },
  {
    id: 'infer-wrong-rank',
    code: 'INVALID_ARGUMENT',
    call: infer({ inputs: [{ ...input, shape: [3, size, size] }] }),
  },
  {
    id: 'infer-wrong-dtype',
    code: 'INVALID_ARGUMENT',
    call: infer({
      inputs: [{ ...input, datatype: 'FP32' }],
      rawInputContents: [new Uint8Array(4 * image.length)],
    }),
  },
  {
    id: 'infer-raw-too-short',
    code: 'INVALID_ARGUMENT',
    call: infer({ rawInputContents: [image.subarray(1)] }),
  },
  {
    id: 'infer-raw-too-long',
    code: 'INVALID_ARGUMENT',
    call: infer({ rawInputContents: [[image, new Uint8Array(1)]] }),
  },
  {
    id: 'infer-raw-missing',
    code: 'INVALID_ARGUMENT',
    call: infer({ rawInputContents: [] }),
  },
  {
    id: 'infer-raw-and-typed-mixed',
    code: 'INVALID_ARGUMENT',
    call: infer({ inputs: [{ ...input, contents: { uintContents: [1] } }] }),
  },
  {
    id: 'infer-unknown-input',
    code: 'INVALID_ARGUMENT',
    call: infer({ inputs: [{ ...input, name: 'nosuch' }] }),
  },
  {
    id: 'infer-no-input',
    code: 'INVALID_ARGUMENT',
    call: infer({ inputs: [], rawInputContents: [] }),
  },
  {
    id: 'infer-input-twice',
    code: 'INVALID_ARGUMENT',
    call: infer({ inputs: [input, input], rawInputContents: [image, image] }),
  },
  {
    id: 'infer-unknown-output',
    code: 'INVALID_ARGUMENT',
    call: infer({ outputs: [{ name: 'nosuch' }] }),
  },
  {
    id: 'infer-batch-of-zero',
    code: 'INVALID_ARGUMENT',
    call: infer({ inputs: [{ ...input, shape: [0, 3, size, size] }], rawInputContents: [new Uint8Array(0)] }),
  },
  {
    id: 'infer-negative-dimension',
    code: 'INVALID_ARGUMENT',
    call: infer({ inputs: [{ ...input, shape: [-1, 3, size, size] }] }),
  },
  {
    id: 'metadata-unknown-model',
    code: 'NOT_FOUND',
    call: rpc(inferenceService.modelMetadata, { name: 'nosuch' }),
  },
  {
    id: 'config-unknown-model',
    code: 'NOT_FOUND',
    call: rpc(inferenceService.modelConfig, { name: 'nosuch' }),
  },
  {
    // Not NOT_FOUND: Triton's statistics speak of a model that is not available.
    id: 'statistics-unknown-model',
    code: 'INVALID_ARGUMENT',
    call: rpc(inferenceService.modelStatistics, { name: 'nosuch' }),
  },
  {
    id: 'metadata-unknown-version',
    code: 'NOT_FOUND',
    call: rpc(inferenceService.modelMetadata, { name: model, version: '9' }),
  },
  {
    id: 'load-unknown-model',
    code: 'INTERNAL',
    call: rpc(inferenceService.repositoryModelLoad, { modelName: 'nosuch' }),
  },
  {
    id: 'load-broken-config',
    code: 'INTERNAL',
    call: rpc(inferenceService.repositoryModelLoad, {
      modelName: model,
      parameters: { config: { stringParam: '{' } },
    }),
  },
  {
    id: 'load-from-named-repository',
    code: 'UNIMPLEMENTED',
    call: rpc(inferenceService.repositoryModelLoad, { modelName: model, repositoryName: 'other' }),
  },
];
