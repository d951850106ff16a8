import { describe, expect, it } from 'vitest';
import { createAbortWatch } from '#src/infer/batching/abort-watch.ts';
import { abortListeners } from '#test/support/listener-count.ts';

describe('createAbortWatch', () => {
  it('hangs one listener on a signal for any number of watchers, and takes it off with the last', () => {
    const watch = createAbortWatch();
    const { signal } = new AbortController();
    const ends = Array.from({ length: 1_000 }, () => watch(signal, () => undefined));
    expect(abortListeners(signal)).toBe(1);
    ends.slice(1).forEach((end) => end());
    expect(abortListeners(signal)).toBe(1);
    ends[0]!();
    expect(abortListeners(signal)).toBe(0);
  });

  it('calls every watcher once on abort, and none that left before', () => {
    const watch = createAbortWatch();
    const controller = new AbortController();
    const calls: string[] = [];
    watch(controller.signal, () => calls.push('a'));
    const end = watch(controller.signal, () => calls.push('b'));
    watch(controller.signal, () => calls.push('c'));
    end();
    controller.abort();
    controller.abort();
    expect(calls).toEqual(['a', 'c']);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('lets watchers end their watch and others from inside the call', () => {
    const watch = createAbortWatch();
    const controller = new AbortController();
    const calls: string[] = [];
    const endFirst = watch(controller.signal, () => {
      calls.push('first');
      endFirst();
      endSecond();
    });
    const endSecond = watch(controller.signal, () => calls.push('second'));
    controller.abort();
    expect(calls).toEqual(['first']);
  });

  it('watches a signal again after its last watcher left; ending twice does not touch the new watcher', () => {
    const watch = createAbortWatch();
    const controller = new AbortController();
    const end = watch(controller.signal, () => undefined);
    end();
    let called = 0;
    watch(controller.signal, () => (called += 1));
    end();
    expect(abortListeners(controller.signal)).toBe(1);
    controller.abort();
    expect(called).toBe(1);
  });
});
