import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openOverflowFile } from '#services/gateway/overflow-file.ts';
import { createSpooledOutput, type OpenOverflow } from '#src/http/stream/spooled-output.ts';

function create(maxMemoryBytes: number, openOverflow: OpenOverflow = openOverflowFile) {
  const closed = Promise.withResolvers<undefined>();
  let opened = 0;
  const output = createSpooledOutput({
    maxMemoryBytes,
    openOverflow: () => {
      opened += 1;
      return openOverflow();
    },
    onRead: () => undefined,
    onClosed: () => closed.resolve(undefined),
  });
  return { output, closed: closed.promise, opened: () => opened };
}
const line = (index: number): Uint8Array => new TextEncoder().encode(`line ${index}\n`);
const linesUpTo = (count: number): string => Array.from({ length: count }, (_, i) => `line ${i}\n`).join('');

test('a reader that comes late gets everything in order, most of it from the file', async () => {
  const { output, closed, opened } = create(100);
  for (let index = 0; index < 5_000; index += 1) await output.write(line(index));
  output.end();
  expect(await new Response(output.body as ReadableStream<Uint8Array<ArrayBuffer>>).text()).toBe(
    linesUpTo(5_000),
  );
  expect(opened()).toBe(1);
  await closed;
});

test('a reader that keeps up needs no file', async () => {
  const { output, opened } = create(100);
  const reader = output.body.getReader();
  for (let index = 0; index < 100; index += 1) {
    await output.write(line(index));
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(`line ${index}\n`);
  }
  expect(opened()).toBe(0);
});

test('however writing and reading mingle, the order stays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (steps) => {
      const { output } = create(20);
      const reader = output.body.getReader();
      let text = '';
      let written = 0;
      let pending = 0;
      for (const isWrite of steps) {
        if (isWrite) {
          // Not awaited: several writes may be on their way to the disk.
          void output.write(line(written++));
          pending += 1;
        } else if (pending > 0) {
          text += new TextDecoder().decode((await reader.read()).value);
          pending = linesUpTo(written).length - text.length;
        }
      }
      await output.write(line(written++));
      output.end();
      for (let next = await reader.read(); !next.done; next = await reader.read())
        text += new TextDecoder().decode(next.value);
      expect(text).toBe(linesUpTo(written));
    }),
    { numRuns: 50 },
  );
});

describe('the end', () => {
  test('a reader that goes away closes the file, and later lines go nowhere', async () => {
    const { output, closed } = create(0);
    await output.write(line(0));
    await output.body.cancel();
    await closed;
    await output.write(line(1));
  });

  test('a reply that is cut fails its reader', async () => {
    const { output, closed } = create(100);
    const reading = output.body.getReader().read();
    output.fail(new Error('cut'));
    await expect(reading).rejects.toThrow('cut');
    await closed;
  });

  test('a full disk rejects the write', async () => {
    const { output } = create(0, () => Promise.reject(new Error('disk full')));
    await expect(output.write(line(0))).rejects.toThrow('disk full');
  });
});
