import { describe, expect, it } from 'vitest';
import { createFixedDelayEncoder, fixedDelayOutput } from '#test/support/fixed-delay-encoder.ts';
import { createManualClock, settleTurn } from '#test/support/manual-clock.ts';
import { tinyModelInput } from '#test/support/tiny-model-input.ts';

const ctx = (signal = new AbortController().signal) => ({ signal, deadlineMs: Infinity, requestId: 'r' });

describe('createFixedDelayEncoder', () => {
  it('answers after its delay with one output per input, each a function of its pixels', async () => {
    const clock = createManualClock();
    const encoder = createFixedDelayEncoder({ clock, delayMs: 10 });
    const inputs = [tinyModelInput(1), tinyModelInput(2), tinyModelInput(1)];
    const answer = encoder.encodeBatch({ modelName: 'm', inputs, outputs: ['cls', 'patch_tokens'] }, ctx());
    await clock.advance(10);
    const [first, second, third] = await answer;
    expect(first).toEqual(fixedDelayOutput(tinyModelInput(1), ['cls', 'patch_tokens']));
    expect(Object.keys(first!)).toEqual(['clsToken', 'patchTokens']);
    expect(third).toEqual(first);
    expect(second!.clsToken).not.toEqual(first!.clsToken);
    expect(second!.patchTokens).not.toEqual(first!.patchTokens);
  });

  it('works on as many batches at once as it has instances; the next waits for the first free one', () => {
    const clock = createManualClock();
    const encoder = createFixedDelayEncoder({ clock, delayMs: 10, instances: 2 });
    for (let i = 0; i < 3; i += 1) {
      void encoder.encodeBatch({ modelName: 'm', inputs: [tinyModelInput(i)], outputs: ['cls'] }, ctx());
    }
    expect(encoder.batches.map(({ startMs, finishMs }) => [startMs, finishMs])).toEqual([
      [0, 10],
      [0, 10],
      [10, 20],
    ]);
  });

  it('rejects on abort, at once, and leaves no timer', async () => {
    const clock = createManualClock();
    const encoder = createFixedDelayEncoder({ clock, delayMs: 10 });
    const controller = new AbortController();
    const batch = { modelName: 'm', inputs: [tinyModelInput(1)], outputs: ['cls'] as const };
    const outcome = encoder.encodeBatch(batch, ctx(controller.signal)).catch((err: unknown) => err);
    controller.abort();
    expect(await outcome).toMatchObject({ code: 'request-cancelled' });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('createManualClock', () => {
  it('fires timers in the order of their time, lets their continuations run, and forgets cancelled ones', async () => {
    const clock = createManualClock(500);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.monotonicMs()}`);
    clock.after(30, note('late'));
    clock.after(10, () => {
      note('early')();
      void Promise.resolve().then(() => clock.after(5, note('nested')));
    });
    clock.after(20, note('cancelled'))();
    await clock.advance(29);
    expect(fired).toEqual(['early@10', 'nested@15']);
    expect([clock.now(), clock.pendingTimers]).toEqual([529, 1]);
    await clock.advance(1);
    expect(fired.at(-1)).toBe('late@30');
    await settleTurn();
  });
});
