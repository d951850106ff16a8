/**
 * Time from `npm start` to the first embedding, as a user sees it: first with no compiled code kept from an earlier start,
 * then on later starts. Usage: node test/bench/start/bench-start.ts [later starts, default 7] [result.json]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const root = join(import.meta.dirname, '../../..');
const sample = readFileSync(join(root, 'samples/chest-xray/queries/normal-1.png'));

interface StartTimes {
  readonly listeningMs: number;
  readonly readyMs: number;
  readonly firstEmbeddingMs: number;
}

/** Asks until an embedding comes, as a client that obeys 503 in a hurry would. */
async function awaitEmbedding(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: sample,
    });
    await response.arrayBuffer();
    if (response.status === 200) return;
    if (response.status !== 503) throw new Error(`status ${response.status}`);
    await pause(20);
  }
}

async function startOnce(): Promise<StartTimes> {
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, TESSERA_PORT: '0', TESSERA_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const times = { listeningMs: 0, readyMs: 0, firstEmbeddingMs: 0 };
  const ready = Promise.withResolvers<undefined>();
  let embedded: Promise<void> | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const { event, url } = JSON.parse(line) as { event: string; url: string };
    if (event === 'listening') {
      times.listeningMs = elapsed();
      embedded = awaitEmbedding(url).then(() => void (times.firstEmbeddingMs = elapsed()));
    }
    if (event === 'ready') {
      times.readyMs = elapsed();
      ready.resolve(undefined);
    }
  });
  await ready.promise;
  await embedded;
  process.kill(-child.pid!, 'SIGTERM');
  await once(child, 'exit');
  return times;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const round = ({ listeningMs, readyMs, firstEmbeddingMs }: StartTimes): StartTimes => ({
  listeningMs: Math.round(listeningMs),
  readyMs: Math.round(readyMs),
  firstEmbeddingMs: Math.round(firstEmbeddingMs),
});

const laterCount = Number(process.argv[2] ?? 7);
rmSync(join(root, 'node_modules/.cache/tessera-code'), { recursive: true, force: true });
const first = round(await startOnce());
const later: StartTimes[] = [];
for (let run = 0; run < laterCount; run += 1) later.push(round(await startOnce()));
const middle: StartTimes = {
  listeningMs: median(later.map(({ listeningMs }) => listeningMs)),
  readyMs: median(later.map(({ readyMs }) => readyMs)),
  firstEmbeddingMs: median(later.map(({ firstEmbeddingMs }) => firstEmbeddingMs)),
};
console.table({ 'first start': first, [`median of ${laterCount} later starts`]: middle });
console.log(
  `later / first: ${(middle.firstEmbeddingMs / first.firstEmbeddingMs).toFixed(2)}; ` +
    `${cpus().length} cores, load average ${loadavg()[0]!.toFixed(1)}`,
);
const resultFile = process.argv[3];
if (resultFile !== undefined)
  writeFileSync(resultFile, `${JSON.stringify({ first, later, median: middle }, null, 2)}\n`);
