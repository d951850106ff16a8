import { AppError } from '#src/domain/app-error.ts';
import type { ResizeMode } from '#src/domain/geometry.ts';
import type { ModelCatalogue, ServedModel } from '#src/ports/encoder.ts';

/** Options that every analysis operation shares (the names are those of the HTTP surface). `frames` has done its work before: expand-frames.ts. */
export interface AnalysisOptions {
  /** Undefined: the configured default. */
  readonly model: string | undefined;
  readonly granularity: 'image' | 'volume';
  readonly window: string;
  readonly resize: ResizeMode;
}

/** The model of a call, or why it cannot be used: `model-not-found`, `model-refused`, or for now `model-not-ready`. */
export function resolveModel(
  catalogue: ModelCatalogue,
  requested: string | undefined,
  defaultModel: string,
): ServedModel {
  const name = requested ?? defaultModel;
  const model = catalogue.find(name);
  if (model === undefined) {
    const known = catalogue.list().map(({ spec }) => spec.name);
    throw new AppError(
      'model-not-found',
      `There is no model named ${JSON.stringify(name)}. Served: ${known.join(', ')}.`,
      {
        faults: [{ pointer: '/model', detail: 'Unknown model.' }],
      },
    );
  }
  if (model.isRefused === true) {
    throw new AppError(
      'model-refused',
      `The model ${name} is not served: ${model.notReadyReason ?? 'refused'}.`,
      {
        faults: [{ pointer: '/model', detail: 'Not served.' }],
      },
    );
  }
  if (!model.isReady) {
    throw new AppError('model-not-ready', `The model ${name} is not ready yet.`, { retryAfterSeconds: 2 });
  }
  return model;
}

/** A still image is no volume: an option that asks for one is the caller's mistake, said clearly. */
export function assertStillImageOptions(options: AnalysisOptions): void {
  if (options.granularity === 'volume') {
    throw new AppError('unusable-input', 'These files hold no volume; use granularity=image.', {
      faults: [{ pointer: '/granularity', detail: 'A still image is not a volume.' }],
    });
  }
}
