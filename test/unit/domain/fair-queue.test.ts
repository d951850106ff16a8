import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue } from '#src/domain/fair-queue.ts';

interface Item {
  readonly caller: string;
  readonly serial: number;
}

const item = (caller: string, serial: number): Item => ({ caller, serial });
const label = (taken: Item | undefined): string | undefined => taken && `${taken.caller}${taken.serial}`;

describe('createFairQueue', () => {
  it('lets callers take turns, one item each', () => {
    const queue = createFairQueue<Item>();
    for (const [caller, serial] of [
      ['a', 1],
      ['a', 2],
      ['a', 3],
      ['b', 1],
      ['c', 1],
      ['b', 2],
    ] as const) {
      queue.push(caller, item(caller, serial));
    }
    expect(Array.from({ length: 7 }, () => label(queue.take()))).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'b2',
      'a3',
      undefined,
    ]);
  });

  it('puts a caller who comes late behind those who wait, not behind their items', () => {
    const queue = createFairQueue<Item>();
    for (let serial = 1; serial <= 100; serial += 1) queue.push('bulk', item('bulk', serial));
    queue.take();
    queue.push('late', item('late', 1));
    expect([label(queue.take()), label(queue.take()), label(queue.take())]).toEqual([
      'bulk2',
      'late1',
      'bulk3',
    ]);
  });

  it('does not give a caller who left and came back a second turn in a round', () => {
    const queue = createFairQueue<Item>();
    queue.push('a', item('a', 1));
    queue.push('b', item('b', 1));
    queue.push('b', item('b', 2));
    expect(label(queue.take())).toBe('a1');
    queue.push('a', item('a', 2));
    expect([label(queue.take()), label(queue.take()), label(queue.take())]).toEqual(['b1', 'a2', 'b2']);
  });

  it('forgets a removed item, once', () => {
    const queue = createFairQueue<Item>();
    const [first, second] = [item('a', 1), item('a', 2)];
    queue.push('a', first);
    queue.push('a', second);
    expect(queue.remove('a', first)).toBe(true);
    expect(queue.remove('a', first)).toBe(false);
    expect(queue.remove('nobody', second)).toBe(false);
    expect([queue.size, label(queue.take()), queue.size]).toEqual([1, 'a2', 0]);
  });

  it('gives each item once, in the order of its caller, and never lets one caller pass another twice in a row', () => {
    const operation = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('push' as const),
          caller: fc.constantFrom('a', 'b', 'c', 'd'),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const queue = createFairQueue<Item>();
        const waiting: Item[] = [];
        // For each caller that waits: who was served since it came to wait or was last served.
        const passedBy = new Map<string, string[]>();
        let serial = 0;
        const noteGone = (gone: Item): void => {
          waiting.splice(waiting.indexOf(gone), 1);
          if (!waiting.some(({ caller }) => caller === gone.caller)) passedBy.delete(gone.caller);
        };
        for (const step of operations) {
          if (step.kind === 'push') {
            const pushed = item(step.caller, serial++);
            queue.push(step.caller, pushed);
            waiting.push(pushed);
            if (!passedBy.has(step.caller)) passedBy.set(step.caller, []);
          } else if (step.kind === 'remove' && waiting.length > 0) {
            const gone = waiting[step.pick % waiting.length]!;
            expect(queue.remove(gone.caller, gone)).toBe(true);
            noteGone(gone);
          } else if (step.kind === 'take') {
            const taken = queue.take();
            if (!taken) {
              expect(waiting).toEqual([]);
              continue;
            }
            expect(taken).toBe(waiting.find(({ caller }) => caller === taken.caller));
            passedBy.set(taken.caller, []);
            for (const [caller, by] of passedBy) {
              if (caller === taken.caller) continue;
              expect(by).not.toContain(taken.caller);
              by.push(taken.caller);
            }
            noteGone(taken);
          }
          expect(queue.size).toBe(waiting.length);
        }
      }),
    );
  });
});
