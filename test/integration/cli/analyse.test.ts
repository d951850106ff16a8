import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';
import { root, runTessera } from './run-tessera.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-cli-'));
const chest = 'samples/chest-xray';
const queries = readdirSync(join(root, chest, 'queries'))
  .sort()
  .map((name) => `${chest}/queries/${name}`);
const broken = join(folder, 'broken, "quoted".png');
writeFileSync(broken, 'this is no image');

interface Embeddings {
  readonly data: readonly {
    readonly file: string;
    readonly embedding?: readonly number[];
    readonly error?: { code: string };
  }[];
  readonly provenance: { readonly dimension: number; readonly stamp: string };
}

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});
const run = (...args: string[]) => runTessera(args, { TESSERA_URL: gateway.url });

/** The rows of an npy file of float32, written as NumPy's format document says. */
function readNpy(path: string): { header: string; values: Float32Array } {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  return {
    header: bytes.subarray(10, start).toString('latin1'),
    values: new Float32Array(new Uint8Array(bytes.subarray(start)).buffer),
  };
}

describe('tessera embed', () => {
  it('-o - is standard output, and no file of that name', async () => {
    const { exitCode, stdout } = await run('embed', queries[0]!, '-o', '-', '-f', 'csv');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[1]).toMatch(/^samples\/chest-xray\/queries\//);
    expect(existsSync(join(root, '-'))).toBe(false);
  });

  it('prints the embeddings that the gateway gives, named by file, in the order of the files', async () => {
    const { exitCode, stdout, stderr } = await run('embed', ...queries);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const reply = JSON.parse(stdout) as Embeddings;
    expect(reply.data.map(({ file }) => file)).toEqual(queries);
    const form = new FormData();
    form.append('file', new Blob([readFileSync(join(root, queries[1]!))]));
    const direct = (await (
      await fetch(`${gateway.url}/v1/embeddings`, { method: 'POST', body: form })
    ).json()) as Embeddings;
    expect(reply.provenance).toEqual(direct.provenance);
    direct.data[0]!.embedding!.forEach((value, i) => {
      expect(reply.data[1]!.embedding![i]).toBeCloseTo(value, 5);
    });
  });

  it('spreads more files than a request holds over several, and loses or mixes up none', async () => {
    const many = Array.from({ length: 150 }, (_, index) => queries[index % queries.length]!);
    const { exitCode, stdout } = await run('embed', ...many);
    expect(exitCode).toBe(0);
    const { data } = JSON.parse(stdout) as Embeddings;
    expect(data.map(({ file }) => file)).toEqual(many);
    const firstOf = new Map(data.slice(0, queries.length).map(({ file, embedding }) => [file, embedding!]));
    for (const { file, embedding } of data) expect(embedding![0]).toBeCloseTo(firstOf.get(file)![0]!, 5);
  });

  it('with some broken files: gives the others, names the broken ones, exit code 3', async () => {
    const { exitCode, stdout, stderr } = await run('embed', queries[0]!, broken, 'no-such-file.png');
    expect(exitCode).toBe(3);
    const { data } = JSON.parse(stdout) as Embeddings;
    expect(data.map(({ error }) => error?.code)).toEqual([
      undefined,
      'unsupported-media-type',
      'unreadable-file',
    ]);
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('no-such-file.png');
  });

  it('with broken files alone: exit code 1, and no array is written', async () => {
    const output = join(folder, 'nothing.npy');
    const { exitCode, stderr } = await run('embed', broken, '-o', output);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('unsupported-media-type');
    expect(existsSync(output)).toBe(false);
  });

  it('writes npy with a row per file, NaN where a file failed, and leaves no unfinished file', async () => {
    const output = join(folder, 'e.npy');
    const { exitCode, stdout } = await run('embed', queries[0]!, broken, queries[1]!, '-o', output, '--json');
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ output, format: 'npy', embedded: 2, failed: 1 });
    const { header, values } = readNpy(output);
    expect(header).toContain(`'shape': (3, 192)`);
    const norms = [0, 1, 2].map((row) => Math.hypot(...values.subarray(row * 192, (row + 1) * 192)));
    expect(norms[0]).toBeCloseTo(1, 4);
    expect(norms[1]).toBeNaN();
    expect(norms[2]).toBeCloseTo(1, 4);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('writes csv with a header, and hands options to the gateway', async () => {
    const output = join(folder, 'e.csv');
    const { exitCode } = await run(
      'embed',
      queries[0]!,
      '--pooling',
      'cls_patch_mean',
      '--no-normalize',
      '-o',
      output,
    );
    expect(exitCode).toBe(0);
    const [header, row] = readFileSync(output, 'utf8').trim().split('\n');
    expect(header!.split(',')).toHaveLength(1 + 2 * 192);
    expect(row!.split(',')[0]).toBe(queries[0]);
    expect(Math.hypot(...row!.split(',').slice(1).map(Number))).toBeGreaterThan(2);
  });

  it('an option that the gateway does not take: code 2, one line for all files, and what is wrong where', async () => {
    const args = ['embed', ...queries, '--window', 'nope'];
    const { exitCode, stdout, stderr } = await run(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      /^tessera: The window must be full, auto .*\/window: Unknown window.*malformed-request/,
    );
    expect(stderr.trim().split('\n')).toHaveLength(1);
    const asJson = JSON.parse((await run(...args, '--json')).stderr) as unknown;
    const errors = [{ pointer: '/window', detail: 'Unknown window.' }];
    expect(asJson).toMatchObject({ error: { exitCode: 2, errors } });
  });

  it.each([
    ['--pooling', 'cls, patch_mean, cls_patch_mean'],
    ['--resize', 'stretch, fit, crop, tile'],
  ])('%s nope: code 2 and the choices, before a gateway is started', async (option, choices) => {
    const { exitCode, stderr } = await runTessera(['embed', queries[0]!, option, 'nope']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(choices);
  });

  it('says on standard error that of a file with pages the first alone was embedded', async () => {
    const pages = 'test/golden/tiff/inputs/pages3.tif';
    const { exitCode, stdout, stderr } = await run('embed', queries[0]!, pages);
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as Embeddings).data).toHaveLength(2);
    expect(stderr).toBe(`tessera: ${pages}: only the first of its 3 pages is used (first-page-of-3)\n`);
  });

  it('a format that contradicts the name of the output: code 2, and no file', async () => {
    const output = join(folder, 'contradiction.npy');
    const { exitCode, stderr } = await run('embed', queries[0]!, '-o', output, '-f', 'csv');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--format csv contradicts');
    expect(existsSync(output)).toBe(false);
  });

  it('a folder in place of a file: the line says what to name', async () => {
    const { exitCode, stderr } = await run('embed', folder);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Name the images themselves');
  });

  it('says why the gateway refuses: an unknown model ends with code 1 and one line', async () => {
    const { exitCode, stderr } = await run('embed', queries[0]!, '--model', 'no_such_model');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('model-not-found');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('tessera classify', () => {
  it('names the nearest label, with a folder per label as examples', async () => {
    const examples = join(folder, 'examples');
    const { cpSync, mkdirSync } = await import('node:fs');
    for (const label of ['normal', 'pneumonia']) {
      mkdirSync(join(examples, label), { recursive: true });
      for (const number of [1, 2, 3, 4, 5]) {
        const name = `${label}-${number}.png`;
        cpSync(join(root, chest, 'examples', name), join(examples, label, name));
      }
    }
    const { exitCode, stdout } = await run('classify', ...queries, '--examples', examples, '--json');
    expect(exitCode).toBe(0);
    const reply = JSON.parse(stdout) as {
      data: { file: string; label: string }[];
      classes: { label: string; exampleCount: number }[];
    };
    expect(reply.classes).toEqual([
      { label: 'normal', exampleCount: 5 },
      { label: 'pneumonia', exampleCount: 5 },
    ]);
    for (const { file, label } of reply.data) expect(file).toContain(label);
  });

  it('takes single examples and prints a table', async () => {
    const { exitCode, stdout } = await run(
      'classify',
      queries[0]!,
      ...['-e', `normal=${chest}/examples/normal-1.png`, '-e', `pneumonia=${chest}/examples/pneumonia-1.png`],
    );
    expect(exitCode).toBe(0);
    const [header, row] = stdout.trim().split('\n');
    expect(header).toBe('file\tlabel\tnormal\tpneumonia');
    expect(row).toMatch(/^samples\/.+\tnormal\t0\.\d{3}\t0\.\d{3}$/);
  });

  it.each([
    ['one label', ['-e', `normal=${chest}/examples/normal-1.png`], 'at least two labels'],
    ['no label', ['-e', 'file.png'], 'LABEL=FILE'],
    ['no folder', ['--examples', 'no-such-folder'], 'ENOENT'],
  ])('refuses examples of %s with code 2', async (_, args, reason) => {
    const { exitCode, stderr } = await run('classify', queries[0]!, ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(reason);
  });
});
