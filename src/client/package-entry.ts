/* What the installed package `tessera` gives to programs. Inside the project, import the file that defines the thing. */
export { createTesseraClient, type TesseraClientOptions } from './create-tessera-client.ts';
export type { UploadProgress } from './exchange.ts';
export type { ImageBytes, ImageInput } from './image-input.ts';
export type { RetryPolicy } from './retry-policy.ts';
export type {
  ArrayFile,
  ArrayFormat,
  CallOptions,
  ClassificationOptions,
  ClassificationReply,
  EmbeddingOptions,
  EmbeddingReply,
  EmbeddingStreamItem,
  Examples,
  FeatureOptions,
  ImageEmbedding,
  ReplyHead,
  TesseraClient,
  UploadCallOptions,
} from './tessera-client.ts';
export { TesseraConnectionError } from './tessera-connection-error.ts';
export { TesseraProblem } from './tessera-problem.ts';
