import type { UploadProgress } from './exchange.ts';
import type {
  ClassificationResponse,
  CreateClassificationsData,
  CreateEmbeddingsData,
  CreateFeaturesData,
  Embedding,
  EmbeddingLine,
  EmbeddingResponse,
  EmbeddingSummary,
  FailedEmbedding,
  FailedEmbeddingLine,
  LivezResponse,
  Model,
  ModelList,
  Readiness,
  Version,
} from './gen/types.ts';
import type { ImageBytes, ImageInput } from './image-input.ts';

/** Bounds of one call. */
export interface CallOptions {
  /** Ends the call, its waits between tries included; it rejects with the signal's reason. Use AbortSignal.timeout for a deadline. */
  readonly signal?: AbortSignal;
}

export interface UploadCallOptions extends CallOptions {
  /** Called as the body is sent; begins again with each try. */
  readonly onUploadProgress?: (progress: UploadProgress) => void;
}

export type EmbeddingOptions = Omit<NonNullable<CreateEmbeddingsData['query']>, 'encoding_format' | 'user'>;
export type ClassificationOptions = NonNullable<CreateClassificationsData['query']>;
export type FeatureOptions = NonNullable<CreateFeaturesData['query']>;

/** What the head of a reply told. */
export interface ReplyHead {
  /** 200, or 207 when some of the images failed. */
  readonly status: number;
  /** For a report to the operator. */
  readonly requestId: string | undefined;
  /** Milliseconds by stage, as the `Server-Timing` header has them. */
  readonly serverTiming: string | undefined;
}

/** One image's vector, of the dimension that `provenance` names. */
export type ImageEmbedding<Item = Embedding> = Omit<Item, 'embedding'> & {
  readonly embedding: Float32Array<ArrayBuffer>;
};

/** Items in the order of the images; one that failed has `object: 'error'`. */
export type EmbeddingReply = Omit<EmbeddingResponse, 'data'> & {
  readonly data: readonly (ImageEmbedding | FailedEmbedding)[];
  readonly reply: ReplyHead;
};

export type ClassificationReply = ClassificationResponse & { readonly reply: ReplyHead };

/** A line of a stream: an image's vector or why there is none, in whatever order they are ready; the last one sums up. */
export type EmbeddingStreamItem = ImageEmbedding<EmbeddingLine> | FailedEmbeddingLine | EmbeddingSummary;

/** An array file, as it came. */
export interface ArrayFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  /** All headers of the reply: `X-Tessera-Stamp`, `X-Tessera-Embedding-Space`, `X-Tessera-Geometry` and others. */
  readonly headers: Headers;
  readonly reply: ReplyHead;
}

export type ArrayFormat = 'npy' | 'safetensors';

/** Labelled images, or a zip archive with a folder per label. */
export type Examples =
  readonly { readonly label: string; readonly image: ImageInput }[] | { readonly archive: ImageBytes };

/**
 * The service as functions, named as in its OpenAPI description. All reject with TesseraProblem for what the service refuses,
 * TesseraConnectionError when no usable answer came, the signal's reason when that ended the call, and TypeError for unusable arguments.
 */
export interface TesseraClient {
  /** An embedding for each image. Images are all bytes or all strings (data URIs, URLs). */
  readonly createEmbeddings: (
    images: ImageInput | readonly ImageInput[],
    options?: EmbeddingOptions,
    call?: UploadCallOptions,
  ) => Promise<EmbeddingReply>;
  /** The embeddings as an array file; npy has no place for failed images and rejects when there is one. */
  readonly createEmbeddingsFile: (
    images: ImageInput | readonly ImageInput[],
    format: ArrayFormat,
    options?: EmbeddingOptions,
    call?: UploadCallOptions,
  ) => Promise<ArrayFile>;
  /**
   * Embeds any number of images in one request, each read when its turn comes; results come as they are ready. Not tried again.
   * When the service ends the stream early, that is a TesseraProblem after the summary; a stream without its end a TesseraConnectionError.
   */
  readonly streamEmbeddings: (
    images: Iterable<ImageBytes> | AsyncIterable<ImageBytes>,
    options?: EmbeddingOptions,
    call?: CallOptions,
  ) => AsyncGenerator<EmbeddingStreamItem, void, undefined>;
  /** Few-shot: which of the labels each image is nearest to. */
  readonly createClassifications: (
    images: ImageInput | readonly ImageInput[],
    examples: Examples,
    options?: ClassificationOptions,
    call?: UploadCallOptions,
  ) => Promise<ClassificationReply>;
  /** Patch tokens and CLS with their Geometry. */
  readonly createFeatures: (
    images: ImageInput | readonly ImageInput[],
    format: ArrayFormat,
    options?: FeatureOptions,
    call?: UploadCallOptions,
  ) => Promise<ArrayFile>;
  readonly listModels: (call?: CallOptions) => Promise<ModelList>;
  readonly getModel: (id: string, call?: CallOptions) => Promise<Model>;
  /** Asked once: whoever probes wants to know how it is now. */
  readonly livez: (call?: CallOptions) => Promise<LivezResponse>;
  /** Asked once; not ready is a TesseraProblem with status 503 and the `dependencies` in its document. */
  readonly readyz: (call?: CallOptions) => Promise<Readiness>;
  readonly version: (call?: CallOptions) => Promise<Version>;
  /** Prometheus text. */
  readonly metrics: (call?: CallOptions) => Promise<string>;
  /** The OpenAPI document. */
  readonly openapi: (call?: CallOptions) => Promise<Readonly<Record<string, unknown>>>;
}
