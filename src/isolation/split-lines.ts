import type { Readable } from 'node:stream';

/** Longest line handed on; a child that writes without a newline must not fill the parent's memory. */
const maxLineLength = 8192;

/** Calls back for each line of a text stream, and for an unfinished last one; longer lines are cut into pieces. */
export function splitLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line.slice(0, maxLineLength));
    if (rest.length > maxLineLength) {
      onLine(rest.slice(0, maxLineLength));
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
