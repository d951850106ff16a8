import { AppError } from '#src/domain/app-error.ts';
import type { FairQueue } from '#src/domain/fair-queue.ts';
import type { Ticket } from './ticket.ts';

/**
 * Takes up to `maxBatchSize` images whose callers still wait, in turn over the callers. Those past their deadline are
 * rejected and do not fill a place (those whose signal aborted have left the queue already).
 * @param nowMs ms since the epoch, as deadlines are.
 */
export function composeBatch(queue: FairQueue<Ticket>, maxBatchSize: number, nowMs: number): Ticket[] {
  const batch: Ticket[] = [];
  while (batch.length < maxBatchSize) {
    const ticket = queue.take();
    if (!ticket) break;
    if (ticket.ctx.deadlineMs > nowMs) batch.push(ticket);
    else ticket.reject(new AppError('deadline-exceeded', 'The deadline passed while the image was queued.'));
  }
  return batch;
}
