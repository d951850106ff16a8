import { defaultFrameLimits, type FrameLimits } from '#src/isolation/frame.ts';

/** Both sides are ours: only a mistake comes near these. A batch may hold more than a message, and outputs outweigh inputs. */
export const workerFrameLimits: FrameLimits = { ...defaultFrameLimits, maxPayloadBytes: 2 ** 31 };
