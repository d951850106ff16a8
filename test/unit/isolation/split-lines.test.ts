import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { splitLines } from '#src/isolation/split-lines.ts';

async function linesOf(chunks: readonly string[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  splitLines(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  return lines;
}

test('lines are found across chunks, empty ones dropped, an unfinished last one kept', async () => {
  expect(await linesOf(['on', 'e\ntw', 'o\n\nthr', 'ee'])).toEqual(['one', 'two', 'three']);
});

test('a child that never ends its line cannot fill memory: no line is longer than 8192', async () => {
  const lines = await linesOf(['x'.repeat(20_000), 'y'.repeat(9000), '\nend\n']);
  expect(Math.max(...lines.map((line) => line.length))).toBe(8192);
  expect(lines.at(-1)).toBe('end');
});
