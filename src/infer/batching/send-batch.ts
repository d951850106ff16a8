import { callerOf } from '#src/domain/call-context.ts';
import { AppError } from '#src/domain/app-error.ts';
import type { OutputName } from '#src/domain/encoder-output.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { BatchEncoder } from '#src/ports/encoder.ts';
import { batchContext } from './batch-context.ts';
import type { Ticket } from './ticket.ts';

/** What became of one batch, for metrics. */
export interface BatchReport {
  readonly modelName: string;
  readonly outputs: readonly OutputName[];
  readonly batchSize: number;
  /** How many different callers shared it. */
  readonly callers: number;
  /** Longest time an image of it had waited in the queue. */
  readonly queueMsMax: number;
  readonly inferMs: number;
  /** Why it failed; undefined when every image was answered. */
  readonly error: AppError | undefined;
}

export interface BatchOrder {
  readonly modelName: string;
  readonly outputs: readonly OutputName[];
  readonly tickets: readonly [Ticket, ...Ticket[]];
}

/**
 * Sends one batch and settles its tickets; never rejects itself. A failure is the failure of every member and is not retried here:
 * the client below has already retried what may be (UNAVAILABLE, within its budget), and a second layer would multiply
 * attempts. Nor is a batch split to find one guilty image: inputs have the same shape and dtype by construction,
 * so a fault of the answer is a fault of the server, and n single calls against a failing server make it worse.
 */
export async function sendBatch(
  encoder: BatchEncoder,
  clock: Clock,
  order: BatchOrder,
): Promise<BatchReport> {
  const { modelName, outputs, tickets } = order;
  const sentMs = clock.monotonicMs();
  const ctx = batchContext(tickets);
  const batchSize = tickets.length;
  let error: AppError | undefined;
  try {
    const inputs = tickets.map(({ input }) => input);
    const answers = await encoder.encodeBatch({ modelName, inputs, outputs }, ctx);
    if (answers.length !== batchSize) throw wrongCount(answers.length, batchSize);
    const inferMs = clock.monotonicMs() - sentMs;
    tickets.forEach((ticket, i) => {
      const timing = { queueMs: sentMs - ticket.enqueuedMs, inferMs, batchSize };
      ticket.resolve({ output: answers[i]!, timing });
    });
  } catch (thrown) {
    error = AppError.from(thrown);
    for (const ticket of tickets) ticket.reject(error);
  }
  return {
    modelName,
    outputs,
    batchSize,
    callers: new Set(tickets.map(({ ctx }) => callerOf(ctx))).size,
    queueMsMax: sentMs - Math.min(...tickets.map(({ enqueuedMs }) => enqueuedMs)),
    inferMs: clock.monotonicMs() - sentMs,
    error,
  };
}

function wrongCount(got: number, wanted: number): AppError {
  return new AppError('encoder-protocol-error', `The encoder answered ${got} of ${wanted} images.`);
}
