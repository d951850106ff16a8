import type { Frame, FrameHeader, OutgoingFrame } from '#src/isolation/frame.ts';
import { serveChild } from '#src/isolation/serve-child.ts';
import { workerFrameLimits } from './worker-frame-limits.ts';
import { openSession, type ModelSession } from './open-session.ts';
import { readOrder } from './worker-protocol.ts';

const done: OutgoingFrame = { header: {}, payloads: [] };

/** Serves orders until the front goes away. */
export function runWorker(): void {
  const sessions = new Map<string, ModelSession>();

  const obey = async ({ header, payloads }: Frame): Promise<OutgoingFrame> => {
    const order = readOrder(header);
    if (order.op === 'load') {
      sessions.set(order.key, await openSession(order));
      return done;
    }
    const session = sessions.get(order.key);
    if (session === undefined) throw new Error('the model is not loaded here');
    if (order.op === 'unload') {
      sessions.delete(order.key);
      await session.release();
      return done;
    }
    const { answer, payloads: outputs } = await session.infer(order, payloads);
    return { header: answer as unknown as FrameHeader, payloads: outputs };
  };
  serveChild(obey, workerFrameLimits);
}
