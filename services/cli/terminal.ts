export interface Progress {
  /** So many more are done. */
  advance(count: number): void;
  /** Clears the line. */
  end(): void;
}

export interface Terminal {
  readonly isJson: boolean;
  /** The result: one JSON document with `--json`, else text for people. */
  result(json: unknown, text: string): void;
  /** Bytes or text for standard output as they are. */
  raw(content: Uint8Array | string): void;
  /** Something a person should know: on standard error, so that pipes stay clean. */
  note(text: string): void;
  progress(label: string, total: number): Progress;
}

const barWidth = 24;
const clearLine = '\r\x1b[K';

function renderBar(label: string, done: number, total: number): string {
  const filled = total === 0 ? barWidth : Math.floor((done / total) * barWidth);
  return `${clearLine}${label} [${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${done}/${total}`;
}

/** The terminal of this process. Progress is drawn only where a person sees it: standard error is a terminal. */
export function createTerminal(isJson: boolean): Terminal {
  const { stdout, stderr } = process;
  const isWatched = stderr.isTTY && !isJson;
  return {
    isJson,
    result: (json, text) => void stdout.write(isJson ? `${JSON.stringify(json, null, 2)}\n` : `${text}\n`),
    raw: (content) => void stdout.write(content),
    note: (text) => void stderr.write(`${text}\n`),
    progress(label, total) {
      let done = 0;
      if (isWatched) stderr.write(renderBar(label, done, total));
      return {
        advance(count) {
          done += count;
          if (isWatched) stderr.write(renderBar(label, done, total));
        },
        end() {
          if (isWatched) stderr.write(clearLine);
        },
      };
    },
  };
}
