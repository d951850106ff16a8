import { AppError } from '#src/domain/app-error.ts';
import { measure, type FileOutcome } from '../client/analyse-files.ts';
import { CliError } from '../cli-error.ts';
import type { OpenGateway } from '../client/open-gateway.ts';
import type { FileFailure } from '../client/problem.ts';
import type { Progress } from '../terminal.ts';
import { encoderViews, type ViewOptions } from './encoder-views.ts';
import { fetchFeatures } from './fetch-features.ts';
import { createTokenImage, type TokenImage } from './token-image.ts';

/** What came of one file: what `finish` made of it, or why there is nothing. */
export type ImageOutcome<T> =
  | { readonly file: string; readonly ok: true; readonly value: T; readonly notes: readonly string[] }
  | { readonly file: string; readonly ok: false; readonly error: FileFailure };

export interface CollectOptions<T> {
  readonly files: readonly string[];
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly view: ViewOptions;
  /** Called for each image as it comes, so that tokens need not be kept. An AppError from it is a failure of that file. */
  readonly finish: (image: TokenImage) => T;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Collected<T> {
  /** In the order of the files. */
  readonly outcomes: readonly ImageOutcome<T>[];
  /** Of the images that succeeded; undefined when none did. */
  readonly provenance: Readonly<Record<string, unknown>> | undefined;
}

/** One request is decoded while another is encoded. */
const concurrency = 2;

/**
 * Fetches the patch tokens of files, two at a time, and the pixels that belong to them.
 * Throws CliError when the gateway cannot be reached or refuses the caller, and when two replies come from different models.
 */
export async function collectImages<T>(
  gateway: OpenGateway,
  options: CollectOptions<T>,
): Promise<Collected<T>> {
  const { files, fields, view, finish, progress, signal } = options;
  const failed: FileOutcome[] = [];
  const waiting = [...(await measure(files, failed))];
  progress.advance(files.length - waiting.length);
  const outcomes: ImageOutcome<T>[] = [];
  failed.forEach((outcome, index) => {
    if (!outcome.ok) outcomes[index] = outcome;
  });
  let provenance: Collected<T>['provenance'];
  const collect = async (file: string): Promise<ImageOutcome<T>> => {
    const fetched = await fetchFeatures(gateway, file, fields, signal);
    if (!fetched.ok) return { file, ok: false, error: fetched.error };
    const { features, bytes } = fetched;
    provenance ??= features.provenance;
    if (provenance['stamp'] !== features.provenance['stamp']) {
      throw new CliError(
        'failed',
        'The model was replaced while the files were on their way.',
        'Run it again.',
      );
    }
    const geometries = features.inputs.map(({ geometry }) => geometry);
    const rasters = await encoderViews(bytes, geometries, view, signal);
    const value = finish(createTokenImage(features, rasters));
    return { file, ok: true, value, notes: features.notes };
  };
  const work = async (): Promise<void> => {
    for (let upload = waiting.shift(); upload !== undefined; upload = waiting.shift()) {
      const { index, file } = upload;
      outcomes[index] = await collect(file).catch((thrown: unknown) => {
        if (!(thrown instanceof AppError) || signal.aborted) throw thrown;
        return { file, ok: false as const, error: { code: thrown.code, detail: thrown.detail } };
      });
      progress.advance(1);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { outcomes, provenance };
}
