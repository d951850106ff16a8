import { expect, test } from 'vitest';
import { createRetryBudget } from '#src/infer/triton/retry-budget.ts';

test('a burst of retries is allowed, then one for ten calls', () => {
  const budget = createRetryBudget({ retryBudgetTokens: 3, retryBudgetRatio: 0.125 });
  expect([1, 2, 3, 4].map(() => budget.spend())).toEqual([true, true, true, false]);
  for (let call = 0; call < 7; call += 1) budget.earn();
  expect(budget.spend()).toBe(false);
  budget.earn();
  expect(budget.spend()).toBe(true);
  expect(budget.spend()).toBe(false);
});

test('quiet times do not save up more than the burst', () => {
  const budget = createRetryBudget({ retryBudgetTokens: 2, retryBudgetRatio: 1 });
  for (let call = 0; call < 100; call += 1) budget.earn();
  expect([1, 2, 3].map(() => budget.spend())).toEqual([true, true, false]);
});
