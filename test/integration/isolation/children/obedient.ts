import { serveChild } from '#src/isolation/serve-child.ts';
import type { Frame, JsonValue, OutgoingFrame } from '#src/isolation/frame.ts';

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const hoard: Buffer[] = [];

const commands: Readonly<Record<string, (task: Frame) => OutgoingFrame>> = {
  echo: ({ header, payloads }) => ({ header, payloads }),
  pid: () => ({ header: { pid: process.pid }, payloads: [] }),
  env: () => ({ header: { env: { ...process.env } as Record<string, string> }, payloads: [] }),
  print: ({ header }) => {
    process.stdout.write(`${text(header.text)}\n`);
    process.stderr.write(`${text(header.text)} (error)\n`);
    return { header: {}, payloads: [] };
  },
  exit: () => process.exit(7),
  abort: () => process.abort(),
  fail: () => {
    throw new Error('cannot do that');
  },
  // A native call that does not come back looks like this from outside: the event loop never turns.
  hang: () => {
    while (true) Math.random();
  },
  grow: () => {
    while (true) hoard.push(Buffer.alloc(16 * 1024 * 1024, 1));
  },
  tooMuch: () => ({ header: { text: 'x'.repeat(100_000) }, payloads: [] }),
};

serveChild((task) => commands[text(task.header.do)]!(task));
