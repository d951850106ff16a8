import { analysisBody } from './analysis-body.ts';
import { createTransport } from './create-transport.ts';
import type { Exchange, UploadBody } from './exchange.ts';
import type {
  CreateClassificationsData,
  CreateEmbeddingsData,
  CreateFeaturesData,
  GetModelData,
  ListModelsData,
  LivezData,
  MetricsData,
  OpenapiData,
  ReadyzData,
  VersionData,
} from './gen/types.ts';
import { readArrayFile, readClassifications, readEmbeddings, readJson, readText } from './read-reply.ts';
import { toRetryPolicy, type RetryPolicy } from './retry-policy.ts';
import { sendWithRetries } from './send-with-retries.ts';
import { streamEmbeddings } from './stream-embeddings.ts';
import type { ArrayFormat, CallOptions, TesseraClient, UploadCallOptions } from './tessera-client.ts';

export interface TesseraClientOptions {
  /** Where the service is, with a path when it lies behind one: `https://example.org/tessera`. */
  readonly baseUrl: string | URL;
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey?: string | undefined;
  /** Used for everything instead of the platform's own way. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How often and how long to try; false: once. */
  readonly retry?: Partial<RetryPolicy> | false | undefined;
}

/** The paths of the description: a renamed one does not compile. `docs` and its assets are for people. */
type Path = (
  | CreateClassificationsData
  | CreateEmbeddingsData
  | CreateFeaturesData
  | GetModelData
  | ListModelsData
  | LivezData
  | MetricsData
  | OpenapiData
  | ReadyzData
  | VersionData
)['url'];

const mediaTypes: Readonly<Record<ArrayFormat, string>> = {
  npy: 'application/x-npy',
  safetensors: 'application/x-safetensors',
};

function mediaTypeOf(format: ArrayFormat): string {
  if (Object.hasOwn(mediaTypes, format)) return mediaTypes[format];
  throw new TypeError('The format is npy or safetensors.');
}

/** Base of every address, with a slash at its end. Throws TypeError for anything but http and https. */
function toBase(baseUrl: string | URL): URL {
  const base = new URL(baseUrl);
  if (!/^https?:$/.test(base.protocol)) throw new TypeError('baseUrl must be an http or https address.');
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

function toAuthorization(apiKey: string | undefined): Readonly<Record<string, string>> {
  if (apiKey === undefined) return {};
  // Said here, without the key: the platform's own error would show it.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new TypeError('apiKey must be visible ASCII without spaces.');
  return { authorization: `Bearer ${apiKey}` };
}

/** Sends one exchange to a path of the service. */
type Send = (path: Path, accept: string, exchange?: Partial<Exchange>, id?: string) => Promise<Response>;

function createSend(options: TesseraClientOptions): { readonly send: Send; readonly sendOnce: Send } {
  const base = toBase(options.baseUrl);
  const authorization = toAuthorization(options.apiKey);
  const transport = createTransport(options.fetch);
  const sendBy =
    (policy: RetryPolicy): Send =>
    (path, accept, exchange = {}, id = '') => {
      const { body } = exchange;
      const contentType = body === undefined ? {} : { 'content-type': body.contentType };
      return sendWithRetries(
        transport,
        {
          method: body === undefined ? 'GET' : 'POST',
          url: new URL(path.slice(1).replace('{id}', encodeURIComponent(id)), base).href,
          ...exchange,
          headers: { ...authorization, accept, ...contentType },
        },
        policy,
      );
    };
  return { send: sendBy(toRetryPolicy(options.retry)), sendOnce: sendBy(toRetryPolicy(false)) };
}

const json = 'application/json';
const upload = (body: UploadBody, { signal, onUploadProgress }: UploadCallOptions): Partial<Exchange> => ({
  body,
  signal,
  onUploadProgress,
});

type Analyses = Pick<
  TesseraClient,
  | 'createEmbeddings'
  | 'createEmbeddingsFile'
  | 'streamEmbeddings'
  | 'createClassifications'
  | 'createFeatures'
>;

function createAnalyses(send: Send): Analyses {
  return {
    async createEmbeddings(images, options = {}, call = {}) {
      const body = analysisBody(images, { ...options, encoding_format: 'base64' });
      return readEmbeddings(await send('/v1/embeddings', json, upload(body, call)), call.signal);
    },
    async createEmbeddingsFile(images, format, options = {}, call = {}) {
      const body = analysisBody(images, options);
      return readArrayFile(
        await send('/v1/embeddings', mediaTypeOf(format), upload(body, call)),
        call.signal,
      );
    },
    streamEmbeddings(images, options = {}, call = {}) {
      const sendStream = (body: UploadBody, signal: AbortSignal): Promise<Response> =>
        send('/v1/embeddings', 'application/x-ndjson', { body, signal, isStreamed: true });
      return streamEmbeddings(sendStream, images, { ...options, encoding_format: 'base64' }, call.signal);
    },
    async createClassifications(images, examples, options = {}, call = {}) {
      const body = analysisBody(images, options, examples);
      return readClassifications(await send('/v1/classifications', json, upload(body, call)), call.signal);
    },
    async createFeatures(images, format, options = {}, call = {}) {
      const body = analysisBody(images, options);
      return readArrayFile(await send('/v1/features', mediaTypeOf(format), upload(body, call)), call.signal);
    },
  };
}

/**
 * A client of the service for Node, browsers and Workers; it keeps nothing open and holds no state.
 * Throws TypeError or RangeError for options that cannot be meant.
 */
export function createTesseraClient(options: TesseraClientOptions): TesseraClient {
  const { send, sendOnce } = createSend(options);
  const get =
    <Body extends object>(path: Path, sender = send) =>
    async ({ signal }: CallOptions = {}): Promise<Body> =>
      readJson<Body>(await sender(path, json, { signal }), signal);
  return {
    ...createAnalyses(send),
    listModels: get('/v1/models'),
    async getModel(id, { signal } = {}) {
      return readJson(await send('/v1/models/{id}', json, { signal }, id), signal);
    },
    livez: get('/livez', sendOnce),
    readyz: get('/readyz', sendOnce),
    version: get('/version'),
    async metrics({ signal } = {}) {
      return readText(await send('/metrics', 'text/plain', { signal }), signal);
    },
    openapi: get('/openapi.json'),
  };
}
