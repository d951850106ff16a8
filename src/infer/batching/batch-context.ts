import type { CallContext } from '#src/domain/call-context.ts';
import type { Ticket } from './ticket.ts';

/**
 * The context of a whole batch. Its signal aborts when the last member has gone, with that member's reason: as long
 * as one still waits, the work is wanted. Its deadline is the latest of the members'; an earlier member is released by its own
 * signal. A batch has one trace and one request id: those of its first image, whose turn it was.
 */
export function batchContext(tickets: readonly [Ticket, ...Ticket[]]): CallContext {
  const [{ ctx: first }] = tickets;
  const controller = new AbortController();
  let waiting = tickets.length;
  for (const ticket of tickets) {
    ticket.whenGone(() => {
      waiting -= 1;
      if (waiting === 0) controller.abort(ticket.ctx.signal.reason);
    });
  }
  return {
    signal: controller.signal,
    deadlineMs: Math.max(...tickets.map(({ ctx }) => ctx.deadlineMs)),
    requestId: first.requestId,
    ...(first.traceparent !== undefined && { traceparent: first.traceparent }),
  };
}
