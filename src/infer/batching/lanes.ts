import { callerOf } from '#src/domain/call-context.ts';
import { outputNames, type OutputName } from '#src/domain/encoder-output.ts';
import type { Clock } from '#src/ports/clock.ts';
import { composeBatch } from './compose-batch.ts';
import { createFairQueue } from '#src/domain/fair-queue.ts';
import type { Ticket } from './ticket.ts';

/** The images that wait for one output set of one model; only they may share a batch. */
export interface Lane {
  /** In the order of the catalogue, each once. */
  readonly outputs: readonly OutputName[];
  readonly size: number;
  /** Monotonic ms since which the lane's window runs: since its first image came, or since its last batch left. */
  readonly windowOpenedMs: number;
  /** Takes a batch (empty when every image was past its deadline) and goes to the back of the lanes. */
  compose(maxBatchSize: number): Ticket[];
}

/** The lanes of one model that have images, the one whose turn it is first. */
export interface Lanes {
  readonly queuedImages: number;
  inTurn(): readonly Lane[];
  push(ticket: Ticket, outputs: readonly OutputName[]): void;
  /** Takes the image of a caller who went away. */
  remove(ticket: Ticket, outputs: readonly OutputName[]): void;
}

interface OpenLane extends Lane {
  push(ticket: Ticket): void;
  remove(ticket: Ticket): void;
}

export function createLanes(clock: Clock): Lanes {
  const lanes = new Map<string, OpenLane>();
  return {
    get queuedImages() {
      return lanes.values().reduce((sum, { size }) => sum + size, 0);
    },
    inTurn: () => [...lanes.values()],
    push(ticket, outputs) {
      const key = keyOf(outputs);
      const lane = lanes.get(key) ?? openLane(lanes, outputs, clock);
      lanes.set(key, lane);
      lane.push(ticket);
    },
    remove: (ticket, outputs) => lanes.get(keyOf(outputs))?.remove(ticket),
  };
}

function openLane(lanes: Map<string, OpenLane>, asked: readonly OutputName[], clock: Clock): OpenLane {
  const outputs = outputNames.filter((name) => asked.includes(name));
  const key = keyOf(asked);
  const queue = createFairQueue<Ticket>();
  let windowOpenedMs = clock.monotonicMs();
  return {
    outputs,
    get size() {
      return queue.size;
    },
    get windowOpenedMs() {
      return windowOpenedMs;
    },
    push: (ticket) => queue.push(callerOf(ticket.ctx), ticket),
    remove(ticket) {
      queue.remove(callerOf(ticket.ctx), ticket);
      if (queue.size === 0) lanes.delete(key);
    },
    compose(maxBatchSize) {
      const batch = composeBatch(queue, maxBatchSize, clock.now());
      windowOpenedMs = clock.monotonicMs();
      lanes.delete(key);
      if (queue.size > 0) lanes.set(key, this);
      return batch;
    },
  };
}

/** The same for every order of the names. */
function keyOf(outputs: readonly OutputName[]): string {
  return outputNames.filter((name) => outputs.includes(name)).join();
}
