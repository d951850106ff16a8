import type { z } from 'zod';
import { classificationResponseSchema } from '#src/http/schemas/classifications.ts';
import { embeddingResponseSchema } from '#src/http/schemas/embeddings.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import type { ResizeMode } from '#src/domain/geometry.ts';
import type { Pooling } from '#src/domain/pooling.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { readSafetensors } from '#test/support/read-arrays.ts';
import { expectJson, type TestApp } from './harness.ts';
import { tinyOutput, tinySpec } from './tiny-model.ts';

type MaybeAsync<T> = T | Promise<T>;
export type EmbeddingReply = z.output<typeof embeddingResponseSchema>;
export type ClassificationReply = z.output<typeof classificationResponseSchema>;
type OkItem<Reply extends { data: readonly unknown[] }> = Exclude<Reply['data'][number], { object: 'error' }>;

/** POSTs to the embeddings; the query begins with `?`. */
export const postEmbeddings = async (
  app: TestApp,
  init: MaybeAsync<RequestInit>,
  query = '',
): Promise<Response> => app.request(`/v1/embeddings${query}`, await init);

export const postClassifications = async (
  app: TestApp,
  init: MaybeAsync<RequestInit>,
  query = '',
): Promise<Response> => app.request(`/v1/classifications${query}`, await init);

export const postFeatures = async (
  app: TestApp,
  init: MaybeAsync<RequestInit>,
  query = '',
): Promise<Response> => app.request(`/v1/features${query}`, await init);

/** Features as safetensors; a reply that is none fails the test with its text. */
export async function featureTensors(app: TestApp, init: MaybeAsync<RequestInit>, query = '') {
  const response = await postFeatures(app, init, query);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status >= 400) throw new Error(new TextDecoder().decode(bytes));
  return { response, ...readSafetensors(bytes) };
}

/** Embeds with success and gives the parsed reply. */
export const embed = async (
  app: TestApp,
  init: MaybeAsync<RequestInit>,
  query = '',
): Promise<EmbeddingReply> => expectJson(await postEmbeddings(app, init, query), embeddingResponseSchema);

export const classify = async (
  app: TestApp,
  init: MaybeAsync<RequestInit>,
  query = '',
): Promise<ClassificationReply> =>
  expectJson(await postClassifications(app, init, query), classificationResponseSchema);

/** Items that did not fail, in order; the caller has no others. */
export function okItems<Reply extends { data: readonly { object: string }[] }>(
  reply: Reply,
): readonly OkItem<Reply>[] {
  const failed = reply.data.filter(({ object }) => object === 'error');
  if (failed.length > 0) throw new Error(`failed items: ${JSON.stringify(failed)}`);
  return reply.data as unknown as readonly OkItem<Reply>[];
}

/** Vectors of a reply in `float` format. */
export const vectorsOf = (reply: EmbeddingReply): readonly (readonly number[])[] =>
  okItems(reply).map(({ embedding }) => embedding as readonly number[]);

export interface ExpectedChoice {
  readonly pooling?: Pooling;
  readonly resize?: ResizeMode;
  readonly window?: string;
  readonly normalize?: boolean;
}

/** The vector that the tiny model must give, computed without the pipeline: prepare, take the means, scale. */
export async function expectedVector(
  bytes: Uint8Array,
  { pooling = 'cls', resize = 'stretch', window = 'full', normalize = true }: ExpectedChoice = {},
): Promise<readonly number[]> {
  const preparer = createDirectPreparer(createDirectDecoder(), createSystemClock());
  const limits = { maxPixels: 1e6, maxBytes: 1e6 };
  const request = { bytes, declaredType: undefined, spec: tinySpec, resize, window, limits };
  const ctx = {
    signal: new AbortController().signal,
    deadlineMs: Date.now() + 10_000,
    requestId: 'expected',
  };
  const { inputs } = await preparer.prepare(request, ctx);
  const { clsToken, patchMean } = tinyOutput(inputs[0]!, ['cls', 'patch_mean']);
  const parts = { cls: [clsToken], patch_mean: [patchMean], cls_patch_mean: [clsToken, patchMean] };
  const raw = parts[pooling].flatMap((part) => Array.from(part!));
  const norm = normalize ? Math.hypot(...raw) : 1;
  return raw.map((value) => value / norm);
}

/** float32 keeps 24 bits: relative 6e-8, a few of them for sums and a square root. */
export const float32Digits = 5;
