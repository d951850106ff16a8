import type { z } from '@hono/zod-openapi';
import type { classificationResponseSchema } from './classifications.ts';
import type { embeddingLineSchema, embeddingResponseSchema } from './embeddings.ts';
import type { modelListSchema, modelSchema } from './models.ts';

/*
 * Replies as the service gives them for the sample images with the demo encoder; vectors are shortened to four numbers. The schemas type
 * them, and a test parses them.
 */

const demoAdvisory = {
  code: 'demo-weights',
  level: 'warning' as const,
  message:
    "Computed with demonstration weights: a small encoder trained on a few open data sets, not Meta's DINOv3 weights. Not for diagnosis.",
  evidence: 'triton-models/demo_vit_224/MODEL_CARD.md',
};

const weightsDigest = 'ba464b9454ce032087e2aeeb2e1d7951ba2b176c6891b359cdab84ed85120a2c';
const stamp = '5799fa293d7b878f223f1eb1089068db135309d23c3aa8ebb902cb8f0ebc63b4';
const embeddingSpace = 'b2c23aec02f8a2e0f0e25fd4764ac357688836359a6168a2c3f8ff3caa8ad130';

const provenance = {
  model: 'demo_vit_224',
  modelVersion: '1',
  weightsDigest,
  engine: 'onnxruntime-cpu',
  precision: 'fp32',
  preprocessing: 'tessera-pre-1;224x224;stretch',
  pooling: 'cls' as const,
  dimension: 192,
  normalized: true,
  stamp,
  embeddingSpace,
};

const source = {
  format: 'png' as const,
  rows: 28,
  columns: 28,
  samplesPerPixel: 1,
  bitsStored: 8,
  pixelRepresentation: 'unsigned' as const,
  photometricInterpretation: 'MONOCHROME2' as const,
  exifOrientation: 1,
  window: { kind: 'full' as const, low: 0, high: 255 },
  notes: [],
};

const embedding = {
  object: 'embedding' as const,
  index: 0,
  embedding: [0.0774, 0.1494, -0.0312, 0.0089],
  source,
  tileCount: 1,
  advisories: [],
};

const failure = {
  object: 'error' as const,
  index: 1,
  error: {
    type: 'urn:tessera:problem:undecodable-image',
    title: 'The image cannot be decoded',
    status: 422,
    detail: 'The image cannot be decoded: the PNG file is cut off.',
    code: 'undecodable-image',
  },
};

const embeddings = {
  object: 'list' as const,
  data: [embedding],
  model: 'demo_vit_224',
  usage: { prompt_tokens: 201, total_tokens: 201 },
  provenance,
  advisories: [demoAdvisory],
};

export const embeddingsExample: z.input<typeof embeddingResponseSchema> = embeddings;

export const someEmbeddingsExample: z.input<typeof embeddingResponseSchema> = {
  ...embeddings,
  data: [embedding, { ...failure, embedding: null }],
};

/** One of each kind of line. */
export const embeddingLineExamples: Readonly<
  Record<string, { readonly summary: string; readonly value: z.input<typeof embeddingLineSchema> }>
> = {
  embedding: { summary: 'An image', value: { ...embedding, status: 200 } },
  error: { summary: 'An image that failed', value: { ...failure, embedding: null, status: 422 } },
  summary: {
    summary: 'The last line',
    value: {
      object: 'summary',
      status: 207,
      itemCount: 2,
      succeeded: 1,
      failed: 1,
      model: 'demo_vit_224',
      usage: embeddings.usage,
      provenance,
      advisories: [demoAdvisory],
    },
  },
};

const classification = {
  object: 'classification' as const,
  index: 0,
  label: 'normal',
  probabilities: { normal: 0.901, pneumonia: 0.099 },
  similarities: { normal: 0.955, pneumonia: 0.801 },
  source,
  advisories: [],
};

export const classificationsExample: z.input<typeof classificationResponseSchema> = {
  object: 'list',
  data: [classification],
  model: 'demo_vit_224',
  method: { name: 'prototypes', temperature: 0.07, k: null, calibrated: false },
  classes: [
    { label: 'normal', exampleCount: 5 },
    { label: 'pneumonia', exampleCount: 5 },
  ],
  exampleCheck: {
    method: 'leave-one-out',
    checked: 10,
    correct: 9,
    accuracy: 0.9,
    interval95: [0.596, 0.982],
    majorityAccuracy: 0.5,
    unchecked: [],
  },
  provenance,
  advisories: [demoAdvisory],
};

export const someClassificationsExample: z.input<typeof classificationResponseSchema> = {
  ...classificationsExample,
  data: [classification, failure],
};

export const modelExample: z.input<typeof modelSchema> = {
  id: 'demo_vit_224',
  object: 'model',
  created: 0,
  owned_by: 'dinov3',
  description: 'Small demonstration encoder with the DINOv3 ViT architecture, 224 x 224 pixels.',
  family: 'dinov3',
  variant: 'demo_vit',
  version: '1',
  isDefault: true,
  isReady: true,
  notReadyReason: null,
  isRefused: false,
  engine: 'onnxruntime-cpu',
  precision: 'fp32',
  input: { height: 224, width: 224, channels: 3 },
  outputs: ['cls', 'patch_mean', 'patch_tokens'],
  poolings: ['cls', 'patch_mean', 'cls_patch_mean'],
  patchSize: 16,
  dimension: 192,
  weightsDigest,
  stamp,
  embeddingSpace,
  limits: {
    maxBatchSize: 32,
    maxPixels: 50_000_000,
    maxFileBytes: 67_108_864,
    maxRequestBytes: 268_435_456,
    maxItems: 1024,
  },
  licence: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  advisories: [demoAdvisory],
};

export const modelListExample: z.input<typeof modelListSchema> = { object: 'list', data: [modelExample] };

export const readinessExample = {
  status: 'ready' as const,
  dependencies: [
    { name: 'encoder-0', isReady: true, detail: 'healthy' },
    { name: 'model-demo_vit_224', isReady: true, detail: 'ready' },
  ],
  advisories: [demoAdvisory],
};
