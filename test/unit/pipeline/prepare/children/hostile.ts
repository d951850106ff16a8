/** A prepare child that breaks in the way that the uploaded bytes name. */
import type { Frame, OutgoingFrame } from '#src/isolation/frame.ts';
import { serveChild } from '#src/isolation/serve-child.ts';

const input = { channels: 1, height: 2, width: 2 };
const hoard: Buffer[] = [];

const ways: Readonly<Record<string, () => OutgoingFrame>> = {
  abort: () => process.abort(),
  exit: () => process.exit(0),
  // A native call that does not come back looks like this from outside.
  hang: () => {
    while (true) Math.random();
  },
  grow: () => {
    while (true) hoard.push(Buffer.alloc(16 * 1024 * 1024, 1));
  },
  throw: () => {
    throw new Error('internal words: /srv/private');
  },
  unknownCode: () => ({ header: { ok: false, code: 'no-such-code', detail: 'x', faults: [] }, payloads: [] }),
  protoCode: () => ({ header: { ok: false, code: 'toString', detail: 'x', faults: [] }, payloads: [] }),
  emptyReply: () => ({ header: {}, payloads: [] }),
  missingPixels: () => ({ header: { ok: true, inputs: [input] }, payloads: [] }),
  shortPixels: () => ({ header: { ok: true, inputs: [input] }, payloads: [new Uint8Array(3)] }),
  refusal: () => ({
    header: {
      ok: false,
      code: 'image-too-large',
      detail: 'Too many.',
      faults: [{ pointer: '/x', detail: 'y' }],
    },
    payloads: [],
  }),
  fine: () => ({
    header: { ok: true, inputs: [input], notes: [] },
    payloads: [new Uint8Array([1, 2, 3, 4])],
  }),
};

serveChild(({ payloads }: Frame) => ways[Buffer.from(payloads[0]!).toString()]!());
