/**
 * Files whose pages share their data, sent with `frames=all` to the real gateway with its embedded encoder, as a part of a form and
 * as a data URI on a line.
 *   npx node test/bench/frames/bench-hostile-frames.ts [PART OF THE NAME OF A FILE]
 * Prints one JSON line a file and way: what became of its pages, the gateway's peak resident memory (a fresh gateway each), and the
 * longest wait for `/livez` meanwhile. Then one for the longest stretch of processor time between two turns of the event loop while all
 * pages of the file are taken out in this process.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { AppError } from '#src/domain/app-error.ts';
import { expandFrames } from '#src/pipeline/expand-frames.ts';
import { startGateway } from '../../support/start-gateway.ts';
import { writeSharedPages } from '../../support/shared-page-tiff.ts';

const side = 7_000;
const pixels = new Uint8Array(side * side).map((_, index) => index % 251);
const oneStrip = { rows: side, columns: side, blockSide: { rowsPerStrip: side }, pixels };
const tiles = (length: number) => ({
  rows: 512,
  columns: 512,
  blockSide: { tile: 1 },
  blocks: Array.from({ length: 512 * 512 }, () => ({ at: 0, length })),
  pixels: new Uint8Array(16),
});
const files: Readonly<Record<string, () => Uint8Array>> = {
  '200 pages of one strip of 49 MB': () =>
    writeSharedPages({ ...oneStrip, pages: 200, blocks: [{ at: 0, length: pixels.length }] }),
  '1,024 pages of 262,144 empty tiles': () => writeSharedPages({ ...tiles(0), pages: 1024 }),
  '1,024 pages of 262,144 tiles of one byte': () => writeSharedPages({ ...tiles(1), pages: 1024 }),
  '1,024 pages of 65,000 strips of one row': () =>
    writeSharedPages({
      pages: 1024,
      rows: 65_000,
      columns: 1,
      blockSide: { rowsPerStrip: 1 },
      blocks: Array.from({ length: 65_000 }, (_, row) => ({ at: row % 2, length: 1 })),
      pixels: new Uint8Array(16),
    }),
  'for comparison: 200 honest pages of 240 kB': () => honestPages(200),
};

/** Each page with pixels and tables of its own, one after the other. */
function honestPages(pages: number): Uint8Array {
  const one = writeSharedPages({
    pages: 1,
    rows: 490,
    columns: 490,
    blockSide: { rowsPerStrip: 490 },
    blocks: [{ at: 0, length: 490 * 490 }],
    pixels: pixels.subarray(0, 490 * 490),
  });
  const bytes = new Uint8Array(one.length * pages);
  const view = new DataView(bytes.buffer);
  const directory = new DataView(one.buffer).getUint32(4, true);
  for (let page = 0; page < pages; page += 1) {
    const start = page * one.length;
    bytes.set(one, start);
    const first = start + directory;
    // Tag 273 is the fifth entry; its place and that of the next page move along.
    view.setUint32(first + 2 + 12 * 4 + 8, start + 8, true);
    if (page < pages - 1) view.setUint32(start + one.length - 4, first + one.length, true);
  }
  return bytes;
}

/** Peak resident memory of a process in MB (Linux). */
function peakMegabytes(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

interface Reply {
  readonly status: number;
  readonly text: string;
}

/** One call on a connection of its own. */
function call(url: string, body?: Buffer, contentType = ''): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': contentType, accept: ndjson };
    const outgoing = request(
      url,
      { method: body === undefined ? 'GET' : 'POST', headers, agent: false },
      (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        reply.on('end', () => resolve({ status: reply.statusCode!, text })).on('error', reject);
      },
    );
    outgoing.on('error', reject).end(body);
  });
}
const ndjson = 'application/x-ndjson';

/** Asks for `/livez` ten times a second until the work is done; the longest wait in ms. */
async function longestLivez(url: string, work: Promise<unknown>): Promise<number> {
  let isDone = false;
  const done = work.finally(() => (isDone = true));
  let longest = 0;
  while (!isDone) {
    const started = performance.now();
    await call(`${url}/livez`);
    longest = Math.max(longest, performance.now() - started);
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  return Math.round(longest);
}

/** How many lines of a reply had which status and code. */
function tally(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of text.trimEnd().split('\n')) {
    const { object, status, error } = JSON.parse(line) as Record<string, unknown>;
    const key = `${String(object)} ${String(status)} ${(error as { code?: string } | undefined)?.code ?? ''}`;
    counts[key.trim()] = (counts[key.trim()] ?? 0) + 1;
  }
  return counts;
}

const ways: Readonly<Record<string, (file: Uint8Array) => readonly [body: Buffer, type: string]>> = {
  form: (file) => [
    Buffer.concat([
      Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n'),
      file,
      Buffer.from('\r\n--b--\r\n'),
    ]),
    'multipart/form-data; boundary=b',
  ],
  line: (file) => [
    Buffer.from(
      `${JSON.stringify({ input: `data:image/tiff;base64,${Buffer.from(file).toString('base64')}` })}\n`,
    ),
    ndjson,
  ],
};

async function sendTo(name: string, way: string, file: Uint8Array): Promise<void> {
  const [body, type] = ways[way]!(file);
  const gateway = await startGateway();
  try {
    const before = peakMegabytes(gateway.pid);
    const started = performance.now();
    const reply = call(`${gateway.url}/v1/embeddings?frames=all`, body, type);
    const longestLivezMs = await longestLivez(gateway.url, reply);
    const { text } = await reply;
    const figures = {
      file: name,
      way,
      megabytes: Number((file.length / 1e6).toFixed(2)),
      seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
      gatewayPeakMegabytes: { before, after: peakMegabytes(gateway.pid) },
      longestLivezMs,
      lines: tally(text),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  } finally {
    await gateway.stop();
  }
}

/** Processor time of this process in ms. */
const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function takeOut(name: string, bytes: Uint8Array): Promise<void> {
  let longest = 0;
  let last = processorMs();
  let isDone = false;
  const tick = (): void => {
    const now = processorMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isDone) setImmediate(tick);
  };
  tick();
  const items = await expandFrames([{ ok: true, bytes, declaredType: undefined }], 'all', {
    maxItems: 2_000,
  });
  await Promise.all(
    items.map(async (item) => {
      if (item.ok) await item.extract?.().catch((thrown: unknown) => AppError.from(thrown));
    }),
  );
  isDone = true;
  process.stdout.write(`${JSON.stringify({ file: name, longestSliceMs: Number(longest.toFixed(1)) })}\n`);
}

const wanted = process.argv[2] ?? '';
for (const [name, make] of Object.entries(files)) {
  if (!name.includes(wanted)) continue;
  const bytes = make();
  for (const way of Object.keys(ways)) await sendTo(name, way, bytes);
  await takeOut(name, bytes);
}
