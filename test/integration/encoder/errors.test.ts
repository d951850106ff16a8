import { status, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InferRequest } from '#src/infer/triton/raw-contents.ts';
import { createKserveClient, imageBytes, inferRequest, type KserveClient } from './kserve-client.ts';
import {
  createTestRepository,
  startEncoder,
  stopEncoder,
  type RunningEncoder,
  type TestRepository,
} from './start-encoder.ts';

let repository: TestRepository;
let encoder: RunningEncoder;
let client: KserveClient;

beforeAll(async () => {
  repository = await createTestRepository();
  await repository.add('vit', (config) => config.replace('max_batch_size: 32', 'max_batch_size: 4'));
  encoder = await startEncoder({ TESSERA_MODEL_DIR: repository.folder, TESSERA_ENCODER_WORKERS: '1' });
  client = createKserveClient(encoder.address);
  await encoder.modelReady('vit');
});

afterAll(async () => {
  client.close();
  await stopEncoder(encoder);
  await repository.remove();
});

const image = new Uint8Array(imageBytes);
const good = inferRequest('vit', [image]);
const input = { name: 'image', datatype: 'UINT8', shape: [1, 3, 224, 224] };
const note =
  'NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.';
const noId = '[request id: <id_unknown>] ';

/** Codes and words were read from a real tritonserver 2.51.0 with the same requests, except where a comment says ours. */
const cases: readonly (readonly [string, InferRequest, status, string])[] = [
  [
    'unknown model',
    { ...good, modelName: 'nosuch' },
    status.NOT_FOUND,
    "Request for unknown model: 'nosuch' is not found",
  ],
  [
    'unknown version',
    { ...good, modelVersion: '9' },
    status.NOT_FOUND,
    "Request for unknown model: 'vit' version 9 is not found",
  ],
  [
    'version that is no number',
    { ...good, modelVersion: 'abc' },
    status.INVALID_ARGUMENT,
    "failed to get model version from specified version string 'abc' (details: stol), version should be an integral value > 0",
  ],
  [
    'batch above max_batch_size',
    {
      ...inferRequest(
        'vit',
        Array.from({ length: 5 }, () => image),
      ),
      id: 'q1',
    },
    status.INVALID_ARGUMENT,
    "[request id: q1] inference request batch-size must be <= 4 for 'vit'",
  ],
  [
    'wrong shape',
    { ...good, inputs: [{ ...input, shape: [1, 3, 100, 100] }], rawInputContents: [new Uint8Array(30_000)] },
    status.INVALID_ARGUMENT,
    `${noId}unexpected shape for input 'image' for model 'vit'. Expected [-1,3,224,224], got [1,3,100,100]. ${note}`,
  ],
  [
    'wrong rank',
    { ...good, inputs: [{ ...input, shape: [3, 224, 224] }] },
    status.INVALID_ARGUMENT,
    `${noId}unexpected shape for input 'image' for model 'vit'. Expected [-1,3,224,224], got [3,224,224]. ${note}`,
  ],
  [
    'wrong datatype',
    { ...good, inputs: [{ ...input, datatype: 'FP32' }] },
    status.INVALID_ARGUMENT,
    `${noId}inference input 'image' data-type is 'FP32', but model 'vit' expects 'UINT8'`,
  ],
  [
    'datatype that does not exist',
    { ...good, inputs: [{ ...input, datatype: 'FOO' }] },
    status.INVALID_ARGUMENT,
    `${noId}inference input 'image' data-type is '<invalid>', but model 'vit' expects 'UINT8'`,
  ],
  [
    'too few bytes',
    { ...good, rawInputContents: [image.subarray(1)] },
    status.INVALID_ARGUMENT,
    `${noId}input byte size mismatch for input 'image' for model 'vit'. Expected 150528, got 150527`,
  ],
  [
    'too many bytes',
    { ...good, rawInputContents: [[image, image]] },
    status.INVALID_ARGUMENT,
    `${noId}input byte size mismatch for input 'image' for model 'vit'. Expected 150528, got 301056`,
  ],
  [
    'no bytes',
    { ...good, rawInputContents: [] },
    status.INVALID_ARGUMENT,
    "unable to find data for input tensor 'image' for model 'vit' in request.",
  ],
  [
    'no inputs',
    { ...good, inputs: [], rawInputContents: [] },
    status.INVALID_ARGUMENT,
    `${noId}expected 1 inputs but got 0 inputs for model 'vit'. Got input(s) [], but missing required input(s) ['image']. Please provide all required input(s).`,
  ],
  [
    'unknown input',
    { ...good, inputs: [{ ...input, name: 'y' }] },
    status.INVALID_ARGUMENT,
    "unexpected inference input 'y' for model 'vit'",
  ],
  [
    'the same input twice',
    { ...good, inputs: [input, input], rawInputContents: [image, image] },
    status.INVALID_ARGUMENT,
    `${noId}input 'image' already exists in request`,
  ],
  [
    'unknown output',
    inferRequest('vit', [image], ['zzz']),
    status.INVALID_ARGUMENT,
    "unexpected inference output 'zzz' for model 'vit'",
  ],
  [
    'typed and raw contents mixed',
    { ...good, inputs: [{ ...input, contents: { uintContents: [1] } }] },
    status.INVALID_ARGUMENT,
    "contents field must not be specified when using raw_input_contents for 'image' for model 'vit'",
  ],
  // Ours: Triton takes typed contents.
  [
    'typed contents',
    { ...good, inputs: [{ ...input, contents: { uintContents: [1] } }], rawInputContents: [] },
    status.INVALID_ARGUMENT,
    "typed contents are not supported: send raw_input_contents for 'image' for model 'vit'",
  ],
  // Ours: Triton looks the region up and answers NOT_FOUND.
  [
    'shared memory',
    {
      ...good,
      inputs: [{ ...input, parameters: { shared_memory_region: { stringParam: 'r' } } }],
      rawInputContents: [],
    },
    status.INVALID_ARGUMENT,
    "shared memory is not supported: send raw_input_contents for 'image' for model 'vit'",
  ],
  // Ours: Triton ignores the surplus.
  [
    'more bytes than inputs',
    { ...good, rawInputContents: [image, image] },
    status.INVALID_ARGUMENT,
    "expected 1 raw_input_contents but got 2 for model 'vit'",
  ],
  // Ours: Triton complains of the byte size (0 rows) or of a huge one (−1).
  [
    'no rows',
    { ...good, inputs: [{ ...input, shape: [0, 3, 224, 224] }], rawInputContents: [new Uint8Array()] },
    status.INVALID_ARGUMENT,
    `${noId}unexpected shape for input 'image' for model 'vit'. Expected [-1,3,224,224], got [0,3,224,224]. ${note}`,
  ],
];

const failureOf = async (call: Promise<unknown>): Promise<ServiceError> => {
  try {
    await call;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error('the call succeeded');
};

describe('ModelInfer refuses', () => {
  test.each(cases)('%s', async (_, request, code, details) => {
    const error = await failureOf(client.call('modelInfer', request));
    expect({ code: error.code, details: error.details }).toEqual({ code, details });
  });

  test('nothing of the request that these cases were made from', async () => {
    const { outputs } = await client.call('modelInfer', good);
    expect(outputs).toHaveLength(1);
  });
});

describe('other calls refuse', () => {
  test('unknown models in the words of Triton', async () => {
    const name = 'nosuch';
    const notFound = { code: status.NOT_FOUND, details: "Request for unknown model: 'nosuch' is not found" };
    expect(await failureOf(client.call('modelMetadata', { name }))).toMatchObject(notFound);
    expect(await failureOf(client.call('modelConfig', { name }))).toMatchObject(notFound);
    expect(await failureOf(client.call('modelStatistics', { name }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "requested model 'nosuch' is not available",
    });
    expect(await failureOf(client.call('modelStatistics', { name: 'vit', version: '9' }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "requested model version is not available for model 'vit'",
    });
  });

  test.each(['nosuch', '../vit', '', '.'])('to load %j, which is no model', async (modelName) => {
    expect(await failureOf(client.call('repositoryModelLoad', { modelName }))).toMatchObject({
      code: status.INTERNAL,
      details: `failed to load '${modelName}', failed to poll from model repository`,
    });
  });

  test('another repository and unknown parameters', async () => {
    const repositoryName = 'other';
    const unsupported = {
      code: status.UNIMPLEMENTED,
      details: "'repository_name' specification is not supported",
    };
    expect(await failureOf(client.call('repositoryIndex', { repositoryName }))).toMatchObject(unsupported);
    expect(
      await failureOf(client.call('repositoryModelLoad', { repositoryName, modelName: 'vit' })),
    ).toMatchObject(unsupported);
    const parameters = { foo: { stringParam: 'x' } };
    expect(
      await failureOf(client.call('repositoryModelLoad', { modelName: 'vit', parameters })),
    ).toMatchObject({ code: status.INVALID_ARGUMENT, details: "unrecognized load parameter 'foo'." });
  });
});
