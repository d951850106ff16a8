import { getEventListeners } from 'node:events';

/** How many abort listeners hang on a signal now. */
export function abortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}
