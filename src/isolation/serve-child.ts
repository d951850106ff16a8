import { Socket } from 'node:net';
import { createFrameChannel } from './frame-channel.ts';
import { defaultFrameLimits, type Frame, type FrameLimits, type OutgoingFrame } from './frame.ts';

/** The descriptor on which parent and child talk; 0–2 stay what they are. */
export const channelFd = 3;

/** One task: what `ChildPool.run` was given. What it rejects with becomes a `failed` error in the parent. */
export type ChildHandler = (task: Frame) => Promise<OutgoingFrame> | OutgoingFrame;

/**
 * The child's side of a pool: serves tasks until the parent closes the channel or dies, then exits with code 0.
 * To be called once, when the handler can take tasks: the hello that makes the child available is sent here.
 */
export function serveChild(handler: ChildHandler, limits: FrameLimits = defaultFrameLimits): void {
  const socket = new Socket({ fd: channelFd, readable: true, writable: true });
  const channel = createFrameChannel(socket, limits, {
    onFrame: (frame) => void answer(frame),
    // Nobody is left to talk to. A handler that is still computing must not keep an orphan alive.
    onClose: () => process.exit(0),
  });

  const answer = async (frame: Frame): Promise<void> => {
    const { id, body } = frame.header;
    try {
      const reply = await handler({ header: body as Frame['header'], payloads: frame.payloads });
      channel.send({ header: { id: id!, body: reply.header }, payloads: reply.payloads });
    } catch (error) {
      // Cut: the message may be built from hostile bytes, and a header has its limit.
      const message = (error instanceof Error ? error.message : String(error)).slice(0, 4096);
      channel.send({ header: { id: id!, error: message }, payloads: [] });
    }
  };

  // Ctrl-C and a supervisor's SIGTERM reach every process of a group at once. When this one ends is the parent's decision,
  // told by the channel: it may still be answering requests.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  channel.send({ header: { hello: true }, payloads: [] });
}
