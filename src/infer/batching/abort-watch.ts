/** Calls back once when the signal aborts; the returned function ends the watch. The signal must not have aborted yet. */
export type AbortWatch = (signal: AbortSignal, callback: () => void) => () => void;

/**
 * One listener per signal, however many images of a call watch it: a call of 1,000 images shares one signal,
 * and removing one of 1,000 listeners walks their list. The listener goes with its last watcher.
 */
export function createAbortWatch(): AbortWatch {
  const callbacksOf = new Map<AbortSignal, Set<() => void>>();

  const onAbort = (event: Event): void => {
    const signal = event.target as AbortSignal;
    const callbacks = callbacksOf.get(signal) ?? [];
    callbacksOf.delete(signal);
    for (const callback of callbacks) callback();
  };

  return (signal, callback) => {
    const callbacks = callbacksOf.get(signal) ?? new Set();
    if (callbacks.size === 0) {
      callbacksOf.set(signal, callbacks);
      signal.addEventListener('abort', onAbort, { once: true });
    }
    callbacks.add(callback);
    return () => {
      if (!callbacks.delete(callback) || callbacks.size > 0 || callbacksOf.get(signal) !== callbacks) return;
      callbacksOf.delete(signal);
      signal.removeEventListener('abort', onAbort);
    };
  };
}
