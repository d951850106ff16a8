import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { startGateway } from '#test/support/start-gateway.ts';
import { exerciseClient, type Exercise } from './exercise.ts';
import { startFrontServer } from './front-server.ts';
import { findChromium, runInBrowser } from './run-in-browser.ts';
import { runInWorker } from './run-in-worker.ts';

/*
 * The typed client, bundled for no platform, in a real browser and in the runtime of Workers, against a real gateway.
 *   npx node test/conformance/client-runtimes/run.ts
 */
const root = join(import.meta.dirname, '../../..');
const image = readFileSync(join(root, 'samples/chest-xray/queries/normal-1.png'));

async function bundle(format: 'iife' | 'esm'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'exercise.ts')],
    absWorkingDir: root,
    bundle: true,
    platform: 'neutral',
    format,
    ...(format === 'iife' && { globalName: 'tesseraExercise' }),
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0]!.text;
}

/** The same numbers: 1e-4 is above what sums in another order of the batch change, and far below any fault. */
function assertSame(vector: readonly number[], expected: readonly number[]): void {
  assert.equal(vector.length, expected.length);
  for (const [index, value] of vector.entries()) assert.ok(Math.abs(value - expected[index]!) < 1e-4);
}

function assertExercise(done: Exercise, expected: readonly number[], totalIsKnown = true): void {
  for (const vector of [done.bytes, done.stream, done.withProgress]) assertSame(vector, expected);
  const last = done.progress.at(-1)!;
  assert.ok(last.sentBytes > image.byteLength, `${last.sentBytes} bytes sent`);
  if (totalIsKnown) assert.equal(last.sentBytes, last.totalBytes);
  assert.deepEqual([...done.lines].sort(), ['embedding', 'embedding', 'error', 'summary']);
  assert.equal(done.lines.at(-1), 'summary');
  assert.equal(done.label, 'classification');
  assert.ok(done.npyBytes > 14 * 14 * 192 * 2, `${done.npyBytes} bytes of features`);
  // A timer may fire up to a millisecond early.
  assert.ok(done.retriedMs >= 999, `${done.retriedMs} ms`);
  assert.equal(done.problem, 'model-not-found');
  assert.deepEqual(done.aborts, [true, true, true]);
}

const counts = { passed: 0, failed: 0, skipped: 0 };
function report(word: keyof typeof counts, name: string, why = ''): void {
  counts[word] += 1;
  console.log(`${word.padEnd(8)}${name}${why === '' ? '' : `: ${why}`}`);
}

const gateway = await startGateway();
process.once('SIGTERM', () => {
  void gateway.stop().then(() => process.exit(143));
});
let expected: readonly number[] = [];
async function check(name: string, exercise: (frontUrl: string) => Promise<Exercise>): Promise<void> {
  // Each its own: what is busy once is busy once for each.
  const front = await startFrontServer(gateway.url);
  try {
    const done = await exercise(front.url);
    if (expected.length === 0) expected = done.bytes;
    assertExercise(done, expected);
    report('passed', name);
  } catch (thrown) {
    report('failed', name, thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  } finally {
    await front.close();
  }
}

const base64 = image.toString('base64');
try {
  await check('node', (url) => exerciseClient(url, base64));
  const chromiumPath = findChromium();
  if (chromiumPath === undefined)
    report('skipped', 'browser', 'no Chromium here (Debian: apt-get install chromium)');
  else {
    const script = await bundle('iife');
    await check('browser', (url) => runInBrowser(chromiumPath, script, url, base64));
  }
  const module = await bundle('esm');
  await check('worker', (url) => runInWorker(module, url, base64));
} finally {
  await gateway.stop();
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
