import { AppError } from '#src/domain/app-error.ts';

/** How far the end of this process has come. */
export interface Draining {
  readonly isDraining: () => boolean;
  /** Aborts when open streams must come to their end. */
  readonly windUp: AbortSignal;
  /** From now on /readyz says that the server is shutting down. */
  readonly startDraining: () => void;
  /** Streams take no more files, finish those they hold and end. */
  readonly windUpStreams: () => void;
}

export function createDraining(): Draining {
  let isDraining = false;
  const windUp = new AbortController();
  return {
    isDraining: () => isDraining,
    windUp: windUp.signal,
    startDraining: () => void (isDraining = true),
    windUpStreams: () =>
      windUp.abort(
        new AppError('shutting-down', 'The server is shutting down; send the rest to another replica.'),
      ),
  };
}
