import type { Clock } from '#src/ports/clock.ts';
import { readRssBytes } from './read-rss-bytes.ts';

export interface RssWatch {
  /** Makes sure that a reading is coming; to be called whenever the process gets work. */
  readonly wake: () => void;
  /** The last reading in bytes. */
  readonly last: () => number | undefined;
  readonly stop: () => void;
}

/** Reads a process's resident memory every `pollMs` while it is busy, and once after. */
export function watchRss(
  pid: number | undefined,
  pollMs: number,
  clock: Clock,
  isBusy: () => boolean,
  onReading: (bytes: number) => void,
): RssWatch {
  let last: number | undefined;
  let isStopped = pid === undefined;
  let cancelTimer: (() => void) | undefined;

  const read = async (): Promise<void> => {
    const bytes = await readRssBytes(pid!);
    cancelTimer = undefined;
    if (isStopped) return;
    if (bytes !== undefined) {
      last = bytes;
      onReading(bytes);
    }
    if (isBusy()) wake();
  };
  const wake = (): void => {
    if (isStopped) return;
    cancelTimer ??= clock.after(pollMs, () => void read());
  };
  return {
    wake,
    last: () => last,
    stop: () => {
      isStopped = true;
      cancelTimer?.();
    },
  };
}
