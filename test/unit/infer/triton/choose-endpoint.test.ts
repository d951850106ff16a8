import { expect, test } from 'vitest';
import { chooseEndpoint } from '#src/infer/triton/choose-endpoint.ts';
import type { Endpoint } from '#src/infer/triton/endpoint.ts';

/** Only what the choice looks at. */
const endpoint = (target: string, rank: number | undefined, outstanding: number): Endpoint =>
  ({
    target,
    rank: () => rank,
    status: () => ({ target, state: 'healthy', breaker: 'closed', outstanding }),
  }) as Partial<Endpoint> as Endpoint;
const half = (): number => 0.5;

test('the fewest calls under way win among equals', () => {
  const all = [endpoint('a', 0, 3), endpoint('b', 0, 1), endpoint('c', 0, 2)];
  expect(chooseEndpoint(all, new Set(), half)?.target).toBe('b');
});

test('a better rank beats a lighter load', () => {
  const all = [endpoint('busy', 0, 9), endpoint('refusing', 1, 0), endpoint('not-ready', 2, 0)];
  expect(chooseEndpoint(all, new Set(), half)?.target).toBe('busy');
});

test('what was tried comes last, whatever its rank, but is not lost', () => {
  const [first, second] = [endpoint('first', 0, 0), endpoint('second', 2, 5)];
  expect(chooseEndpoint([first, second], new Set([first]), half)).toBe(second);
  expect(chooseEndpoint([first], new Set([first]), half)).toBe(first);
});

test('an endpoint whose breaker is open is never chosen', () => {
  expect(chooseEndpoint([endpoint('open', undefined, 0)], new Set(), half)).toBeUndefined();
});

test('equals are chosen at random', () => {
  const draws = [0.9, 0.1, 0.2, 0.8].values();
  const random = (): number => draws.next().value ?? 0;
  const all = [endpoint('a', 0, 0), endpoint('b', 0, 0)];
  expect(chooseEndpoint(all, new Set(), random)?.target).toBe('b');
  expect(chooseEndpoint(all, new Set(), random)?.target).toBe('a');
});
