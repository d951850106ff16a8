import { setImmediate } from 'node:timers/promises';

let last: Promise<void> = Promise.resolve();

/**
 * Resolves in a turn of the event loop that no other caller of this gets: work of some milliseconds, done in one piece behind it, lets
 * every socket and timer in between. One line for the whole process, because there is one event loop; whoever asks first is first.
 */
export function nextTurn(): Promise<void> {
  last = last.then(() => setImmediate());
  return last;
}
