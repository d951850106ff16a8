import { AppError } from '#src/domain/app-error.ts';
import type { ItemResult } from '#src/pipeline/item-result.ts';
import type { AppDeps } from './deps.ts';
import { toProblem } from './problem.ts';

/** One failed item in a 207 reply. */
export function renderFailedItem(index: number, error: AppError) {
  const { type, title, status, detail, code, errors } = toProblem(error, '');
  return {
    object: 'error' as const,
    index,
    error: { type, title, status, detail, code, ...(errors && { errors }) },
  };
}

/**
 * Counts item outcomes by error code. When some items succeeded, faults of our own are logged here, once per code: the
 * request itself is then no error, and nobody else would write them down.
 */
export function reportItems(
  { metrics, log }: Pick<AppDeps, 'metrics' | 'log'>,
  operation: string,
  requestId: string,
  items: readonly ItemResult<unknown>[],
): void {
  for (const item of items) metrics.item(operation, item.ok ? 'ok' : item.error.code);
  if (!items.some(({ ok }) => ok)) return;
  const ours = items
    .flatMap((item) => (item.ok ? [] : [item.error]))
    .filter(({ row }) => row.status >= 500 && !row.retryable);
  for (const [code, errors] of Map.groupBy(ours, (error) => error.code)) {
    const first = errors[0]!;
    log.error({ requestId, code, items: errors.length, err: first.cause ?? first }, 'items failed');
  }
}

/** Most faults that one problem lists. */
const maxFaults = 100;

/**
 * One error for several failed items: their own when there is a single item, the code that they share, else the first that is worth
 * trying again, else `unusable-input`.
 */
function summarize(items: readonly ItemResult<unknown>[], detail: string): AppError {
  const errors = items.flatMap((item) => (item.ok ? [] : [item.error]));
  const first = errors[0]!;
  if (items.length === 1) return first;
  const faults = items.flatMap((item) =>
    item.ok ? [] : [{ pointer: `/input/${item.index}`, detail: toProblem(item.error, '').detail }],
  );
  const isShared = errors.every(({ code }) => code === first.code);
  const lead = isShared ? first : errors.find(({ row }) => row.status >= 500 || row.retryable);
  return new AppError(lead?.code ?? 'unusable-input', detail, {
    faults: faults.slice(0, maxFaults),
    cause: lead ?? first,
    ...(lead?.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: lead.retryAfterSeconds }),
  });
}

/** 200 when all items succeeded, 207 when some did. When none did, the call has failed and this throws one error for all. */
export function statusOf(items: readonly ItemResult<unknown>[]): 200 | 207 {
  const failedCount = items.filter(({ ok }) => !ok).length;
  if (failedCount === 0) return 200;
  if (failedCount < items.length) return 207;
  throw summarize(items, `None of the ${items.length} items could be processed.`);
}

/** For formats with no place for an error: throws one error for all failed items when there is any. */
export function requireAllItems(items: readonly ItemResult<unknown>[], mediaType: string): void {
  const failedCount = items.filter(({ ok }) => !ok).length;
  if (failedCount === 0) return;
  throw summarize(items, `${failedCount} of ${items.length} items failed, which ${mediaType} cannot tell.`);
}
