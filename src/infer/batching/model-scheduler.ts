import type { OutputName } from '#src/domain/encoder-output.ts';
import type { Clock } from '#src/ports/clock.ts';
import { createLanes, type Lane } from './lanes.ts';
import type { BatchOrder } from './send-batch.ts';
import type { Ticket } from './ticket.ts';

export interface ModelSchedulerOptions {
  readonly modelName: string;
  readonly clock: Clock;
  readonly windowMs: number;
  /** Batches of this model that may be under way now; may change with the health of the servers. At least 1. */
  readonly maxInFlight: () => number;
  /** Sends one batch; resolves when it is settled. */
  readonly send: (order: BatchOrder) => Promise<unknown>;
  /** Called after every decision, when queue and flights agree with each other. */
  readonly onTurn: () => void;
}

/** The queues of one model, one per output set, and the decision when the next batch goes. */
export interface ModelScheduler {
  readonly queuedImages: number;
  /** @param maxBatchSize the model's present limit. */
  enqueue(ticket: Ticket, outputs: readonly OutputName[], maxBatchSize: number): void;
  /** From now on nothing waits for a window. */
  endWindows(): void;
}

/**
 * With room at the encoder a batch goes when it is full, when nothing of the model is under way (waiting would only
 * idle the encoder), or when the window is over. So the window counts only while other batches are under way and there
 * is room beside them: then more images are likely soon and the encoder is working anyway. Without room
 * images gather, and the next batch goes when one ends. Output sets take turns.
 */
export function createModelScheduler(options: ModelSchedulerOptions): ModelScheduler {
  const { modelName, clock, send, maxInFlight, onTurn } = options;
  const lanes = createLanes(clock);
  let { windowMs } = options;
  let maxBatchSize = 1;
  let inFlightBatches = 0;
  let isPumpDue = false;
  let cancelTimer: () => void = () => undefined;

  const hasRoom = (): boolean => inFlightBatches < maxInFlight();
  const windowLeftMs = (lane: Lane): number => lane.windowOpenedMs + windowMs - clock.monotonicMs();
  const isReady = (lane: Lane): boolean =>
    lane.size >= maxBatchSize || inFlightBatches === 0 || windowLeftMs(lane) <= 0;

  const dispatch = ([first, ...rest]: readonly Ticket[], outputs: readonly OutputName[]): void => {
    if (!first) return;
    inFlightBatches += 1;
    void send({ modelName, outputs, tickets: [first, ...rest] }).finally(() => {
      inFlightBatches -= 1;
      pumpSoon();
    });
  };

  const pump = (): void => {
    isPumpDue = false;
    cancelTimer();
    let waiting = lanes.inTurn();
    for (let next; hasRoom() && (next = waiting.find(isReady)); waiting = lanes.inTurn()) {
      dispatch(next.compose(maxBatchSize), next.outputs);
    }
    // Without room no timer is needed: the end of a batch comes here again.
    if (waiting.length > 0 && hasRoom()) {
      cancelTimer = clock.after(Math.min(...waiting.map(windowLeftMs)), pump);
    }
    onTurn();
  };

  // Images that come in the same turn of the event loop go together; nothing is lost by it, as no time passes.
  const pumpSoon = (): void => {
    if (isPumpDue) return;
    isPumpDue = true;
    queueMicrotask(pump);
  };

  return {
    get queuedImages() {
      return lanes.queuedImages;
    },
    enqueue(ticket, outputs, limit) {
      maxBatchSize = Math.max(1, limit);
      lanes.push(ticket, outputs);
      ticket.whenGone(() => {
        lanes.remove(ticket, outputs);
        pumpSoon();
      });
      pumpSoon();
    },
    endWindows() {
      windowMs = 0;
      pumpSoon();
    },
  };
}
