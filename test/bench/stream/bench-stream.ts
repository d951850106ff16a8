/**
 * Many small images in one request that streams in and out, through the real gateway with its embedded encoder.
 *   npx node test/bench/stream/bench-stream.ts [IMAGES]        (default 10000)
 * Prints one JSON line: images per second, the gateway's peak resident memory before and after, and the bytes each way.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { startGateway } from '../../support/start-gateway.ts';

const count = Number(process.argv[2] ?? 10_000);
const root = join(import.meta.dirname, '../../..');
const image = readFileSync(join(root, 'samples/chest-xray/queries/normal-1.png'));

/** Peak resident memory of a process in MB (Linux). */
function peakMegabytes(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

function* upload(images: number): Generator<Buffer> {
  const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n';
  const part = Buffer.concat([Buffer.from(head), image, Buffer.from('\r\n')]);
  for (let sent = 0; sent < images; sent += 1) yield part;
  yield Buffer.from('--b--\r\n');
}

interface Summary {
  readonly object: string;
  readonly succeeded: number;
  readonly failed: number;
}

/** Sends the images in one request and resolves to its last line. */
function embedStream(url: string, images: number): Promise<{ summary: Summary; replyBytes: number }> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/x-ndjson', 'content-type': 'multipart/form-data; boundary=b' };
    const outgoing = request(`${url}/v1/embeddings`, { method: 'POST', headers }, (reply) => {
      let last = '{}';
      let replyBytes = 0;
      createInterface({ input: reply })
        .on('line', (line) => {
          last = line;
          replyBytes += line.length + 1;
        })
        .on('close', () => resolve({ summary: JSON.parse(last) as Summary, replyBytes }));
    });
    outgoing.on('error', reject);
    Readable.from(upload(images)).pipe(outgoing);
  });
}

const gateway = await startGateway();
try {
  await embedStream(gateway.url, 100);
  const peakBefore = peakMegabytes(gateway.pid);
  const started = performance.now();
  const { summary, replyBytes } = await embedStream(gateway.url, count);
  const seconds = (performance.now() - started) / 1000;
  const figures = {
    images: count,
    succeeded: summary.succeeded,
    failed: summary.failed,
    seconds: Number(seconds.toFixed(1)),
    imagesPerSecond: Number((count / seconds).toFixed(1)),
    uploadMegabytes: Number(((image.byteLength * count) / 1e6).toFixed(1)),
    replyMegabytes: Number((replyBytes / 1e6).toFixed(1)),
    gatewayPeakMegabytes: { after100Images: peakBefore, afterAll: peakMegabytes(gateway.pid) },
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  if (summary.succeeded !== count) process.exitCode = 1;
} finally {
  await gateway.stop();
}
