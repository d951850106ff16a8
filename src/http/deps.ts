import type { Clock } from '#src/ports/clock.ts';
import type { ModelCatalogue, ServedModel } from '#src/ports/encoder.ts';
import type { RemoteFetcher } from '#src/ports/remote-fetcher.ts';
import type { ClassifyImages } from '#src/pipeline/classify-images.ts';
import type { ExtractFeatures } from '#src/pipeline/extract-features.ts';
import type { EmbedImages } from '#src/pipeline/embed-images.ts';
import type { Provenance } from '#src/domain/provenance.ts';
import type { Logger } from '#src/telemetry/logger.ts';
import type { Metrics } from '#src/telemetry/metrics.ts';
import type { ByteBudget } from './input/byte-budget.ts';
import type { OpenOverflow } from './stream/spooled-output.ts';

/** One thing the gateway needs, and how it is. `detail` is public text. */
export interface DependencyState {
  readonly name: string;
  readonly isReady: boolean;
  /** Without it no request can be served. */
  readonly isRequired?: boolean;
  readonly detail: string;
}

export interface HttpLimits {
  /** Bytes of one request body. */
  readonly maxRequestBytes: number;
  /** Bytes of one file. */
  readonly maxFileBytes: number;
  /** Files (queries and examples) of one request. */
  readonly maxItems: number;
  /** Milliseconds from the first byte of the request head to the reply. */
  readonly requestTimeoutMs: number;
}

/** What bounds a request that streams in and out. */
export interface StreamLimits {
  /** Files of one stream. */
  readonly maxItems: number;
  /** Milliseconds without a byte read, an item done or a byte taken by the client, after which the stream is given up. */
  readonly idleTimeoutMs: number;
  /** Upload bytes of one stream in work at once; then it reads on when some are done. */
  readonly maxHeldBytes: number;
}

export interface AccessOptions {
  /** SHA-256 digests of the accepted keys; empty: no authentication, and then only loopback clients are served. */
  readonly keyDigests: readonly Uint8Array[];
}

export interface BuildVersion {
  readonly name: string;
  readonly version: string;
  readonly commit: string | undefined;
  readonly node: string;
}

/** A file of the documentation page. */
export interface DocsAsset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** Everything the HTTP layer talks to; put together in services/gateway/compose.ts. */
export interface AppDeps {
  readonly embedImages: EmbedImages;
  readonly classifyImages: ClassifyImages;
  readonly extractFeatures: ExtractFeatures;
  readonly catalogue: ModelCatalogue;
  readonly defaultModel: string;
  /** Provenance of a model's default call, for the model list. */
  readonly defaultProvenance: (model: ServedModel) => Provenance;
  /** Every dependency, one by one; cheap, called on each probe. */
  readonly dependencies: () => readonly DependencyState[];
  readonly isDraining: () => boolean;
  /** Aborts, with `shutting-down`, when open streams must come to their end: they finish what they hold and say how far they came. */
  readonly windUp: AbortSignal;
  readonly budget: ByteBudget;
  /** Fetches files that clients name by their address, or refuses to. */
  readonly remote: RemoteFetcher;
  readonly limits: HttpLimits;
  readonly streamLimits: StreamLimits;
  readonly openOverflow: OpenOverflow;
  readonly maxPixels: number;
  readonly access: AccessOptions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly version: BuildVersion;
  /** Reads one file of the documentation page, undefined when there is none of that name. */
  readonly docsAsset: (name: string) => Promise<DocsAsset | undefined>;
}
