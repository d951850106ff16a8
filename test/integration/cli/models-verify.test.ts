import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEncoder, stopEncoder } from '../encoder/start-encoder.ts';
import { root, runTessera } from './run-tessera.ts';

const name = 'demo_vit_224';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-verify-test-'));
  cpSync(join(root, 'triton-models', name), join(folder, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Report {
  readonly isOk: boolean;
  readonly models: readonly {
    readonly model: string;
    readonly gates: readonly {
      readonly name: string;
      readonly isPassed: boolean | null;
      readonly detail: string;
    }[];
  }[];
}
async function verify(...args: string[]) {
  const { exitCode, stdout, stderr } = await runTessera(['models', 'verify', '--json', ...args], {
    TESSERA_MODEL_DIR: folder,
  });
  const gates = stdout === '' ? [] : (JSON.parse(stdout) as Report).models.flatMap((model) => model.gates);
  const missed = gates.filter(({ isPassed }) => isPassed === false);
  return {
    exitCode,
    stderr,
    gates,
    missed: missed.map((gate) => gate.name),
    details: missed.map((gate) => gate.detail),
  };
}
const path = (file: string): string => join(folder, name, file);
function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(path(file), 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path(file), after);
}
/** Writes reference outputs and the manifest that fits them. */
function replaceReference(bytes: Buffer): void {
  writeFileSync(path('golden.safetensors'), bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');
  edit('export.json', (text) => text.replace(/"goldenDigest": "\w+"/, `"goldenDigest": "${digest}"`));
}
/** Writes a graph and the manifest that fits it: only what it computes is wrong. */
function replaceGraph(bytes: Buffer): void {
  writeFileSync(path('1/model.onnx'), bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');
  edit('export.json', (text) => text.replace(/"modelDigest": "\w+"/, `"modelDigest": "${digest}"`));
}

describe('tessera models verify', () => {
  it('passes a sound model by name, gate by gate, and says so in a table', async () => {
    const { exitCode, gates } = await verify(name);
    expect(exitCode).toBe(0);
    expect(gates.map((gate) => gate.name)).toEqual([
      'licence',
      'files',
      'contract',
      'golden.cls.cosineMin',
      'golden.cls.relativeFrobenius',
      'golden.patch_mean.cosineMin',
      'golden.patch_mean.relativeFrobenius',
      'golden.patch_tokens.cosineMin',
      'golden.patch_tokens.relativeFrobenius',
      'finite',
      'aloneAgainstBatch',
    ]);
    expect(gates.at(-1)).toMatchObject({ detail: 'each image alone and among 8' });
    const { stdout } = await runTessera(['models', 'verify', name], { TESSERA_MODEL_DIR: folder });
    expect(stdout).toMatch(/^ok +demo_vit_224 +golden\.cls\.cosineMin +1\.0000000 +≥ 0\.9999 /m);
  });

  it('finds an INT8 engine whose manifest has no head', async () => {
    edit('export.json', (text) => text.replace('{', '{"precision": "int8",'));
    const { exitCode, missed } = await verify(name);
    expect(exitCode).toBe(5);
    expect(missed).toContain('headAuc');
  });

  it('finds a graph that normalises wrongly, though its manifest fits it, by what it computes', async () => {
    const bytes = readFileSync(path('1/model.onnx'));
    // The mean of the three channels in the graph, 255 · (0.485, 0.456, 0.406).
    const mean = Buffer.from(Float32Array.of(123.675, 116.28, 103.53).buffer);
    const at = bytes.indexOf(mean);
    expect(at).toBeGreaterThan(0);
    bytes.fill(0, at, at + mean.length);
    replaceGraph(bytes);
    const { exitCode, missed } = await verify();
    expect(exitCode).toBe(5);
    expect(missed).toEqual(expect.arrayContaining(['golden.cls.cosineMin', 'golden.patch_tokens.cosineMin']));
    expect(missed).not.toContain('files');
  });

  it.each([
    [
      'a file that is not the exported one',
      () => edit('export.json', (text) => text.replace(/"modelDigest": "\w{8}/, '"modelDigest": "00000000')),
      ['files', 'loads'],
      'model.onnx is not the exported file',
    ],
    [
      'a missing licence text',
      () => rmSync(path('LICENSE')),
      ['licence', 'loads'],
      'no licence text lies beside the model',
    ],
    [
      'missing reference outputs',
      () => rmSync(path('golden.safetensors')),
      ['golden'],
      'golden.safetensors is missing; export the model again',
    ],
    [
      'reference outputs of another size',
      () => replaceReference(readFileSync(join(root, 'triton-models/demo_vit_448/golden.safetensors'))),
      ['golden'],
      'golden.safetensors is of another form: patch_tokens [3, 784, 192], expected [3, 196, 192]',
    ],
    [
      'reference outputs that the manifest does not know',
      () => {
        const bytes = readFileSync(path('golden.safetensors'));
        writeFileSync(path('golden.safetensors'), bytes.with(-1, bytes.at(-1)! ^ 1));
      },
      ['golden'],
      'golden.safetensors is not the exported file',
    ],
    [
      'another batch size than the spec has',
      () => edit('config.pbtxt', (text) => text.replace('max_batch_size: 32', 'max_batch_size: 16')),
      ['contract'],
      'max_batch_size 16, expected 32',
    ],
    ['a missing manifest', () => rmSync(path('export.json')), ['files', 'golden'], 'export.json is missing'],
  ])('%s: code 5, the gate and the reason', async (_, spoil, names, reason) => {
    spoil();
    const { exitCode, missed, details } = await verify(name);
    expect(exitCode).toBe(5);
    expect(missed).toEqual(names);
    expect(details[0]).toBe(reason);
  });

  it.each([
    [2, { isPassed: true, detail: 'each image alone and among 2' }],
    [1, { isPassed: null, detail: 'the model takes one image at a time' }],
  ])('of a model that takes %d at a time, no image is compared with itself', async (limit, found) => {
    edit('config.pbtxt', (text) => text.replace('max_batch_size: 32', `max_batch_size: ${limit}`));
    edit('spec.json', (text) => text.replace('"maxBatchSize": 32', `"maxBatchSize": ${limit}`));
    const { exitCode, gates } = await verify(name);
    expect([exitCode, gates.at(-1)]).toMatchObject([0, { name: 'aloneAgainstBatch', ...found }]);
  });

  it('asks a running server instead, when one is named', async () => {
    const encoder = await startEncoder({ TESSERA_MODEL_DIR: folder, TESSERA_ENCODER_WORKERS: '1' });
    try {
      const { exitCode } = await verify(name, '--encoder', encoder.address);
      expect(exitCode).toBe(0);
    } finally {
      await stopEncoder(encoder);
    }
    const { exitCode, stderr } = await verify(name, '--encoder', encoder.address);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('cannot be reached');
  });

  it('says for which models no values are published, and refuses an unknown model with code 2', async () => {
    const image = join(root, 'samples/nuclei/nuclei.png');
    const { exitCode, gates } = await verify(name, '--reference-image', image);
    expect(exitCode).toBe(0);
    expect(gates.at(-1)).toEqual({
      name: 'published',
      isPassed: null,
      detail: 'none are published for demo_vit_224',
    });
    const { stdout } = await runTessera(['models', 'verify', name, '--reference-image', image], {
      TESSERA_MODEL_DIR: folder,
    });
    expect(stdout).toMatch(/^not asked +demo_vit_224 +published +none are published for demo_vit_224$/m);
    expect((await verify('nope')).exitCode).toBe(2);
  });
});
