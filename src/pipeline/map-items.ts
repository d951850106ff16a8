import { AppError } from '#src/domain/app-error.ts';
import type { ItemResult } from './item-result.ts';

/**
 * Runs `work` over the items with at most `concurrency` at a time and keeps their order. An item's failure is its own;
 * only the end of the whole request (its signal) rejects.
 */
export async function mapItems<Item, Value>(
  items: readonly Item[],
  concurrency: number,
  signal: AbortSignal,
  work: (item: Item, index: number) => Promise<Value>,
): Promise<readonly ItemResult<Value>[]> {
  const results = new Array<ItemResult<Value>>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && !signal.aborted) {
      const index = next++;
      try {
        results[index] = { index, ok: true, value: await work(items[index]!, index) };
      } catch (thrown) {
        results[index] = { index, ok: false, error: AppError.from(thrown) };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  if (signal.aborted) throw AppError.from(signal.reason);
  return results;
}
