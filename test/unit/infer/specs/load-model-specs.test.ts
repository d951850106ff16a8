import { cp, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tessera-specs-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

const failure = async (): Promise<AppError> => {
  const thrown: unknown = await loadModelSpecs(dir).catch((err: unknown) => err);
  expect(thrown).toBeInstanceOf(AppError);
  return thrown as AppError;
};

describe('loadModelSpecs', () => {
  test('the default models load, sorted by name, and share their weights', async () => {
    // Whoever exports weights into the folder has more of them.
    const specs = (await loadModelSpecs('triton-models')).filter(({ name }) => name.startsWith('demo_'));
    expect(specs.map((spec) => spec.name)).toEqual(['demo_vit_224', 'demo_vit_448']);
    expect(new Set(specs.map((spec) => spec.weightsDigest)).size).toBe(1);
    for (const spec of specs)
      expect(spec.advisories.map((advisory) => advisory.code)).toContain('demo-weights');
  });

  test('folders without a spec and plain files are passed over', async () => {
    await mkdir(join(dir, 'export'));
    await writeFile(join(dir, 'README.md'), 'text');
    await cp('triton-models/demo_vit_448/spec.json', join(dir, 'demo_vit_448', 'spec.json'));
    expect((await loadModelSpecs(dir)).map((spec) => spec.name)).toEqual(['demo_vit_448']);
  });

  test('an empty folder holds no models', async () => {
    expect(await loadModelSpecs(dir)).toEqual([]);
  });

  test('a missing folder is an error, not an empty list', async () => {
    await expect(loadModelSpecs(join(dir, 'absent'))).rejects.toThrow('ENOENT');
  });

  test('a spec in a folder of another name is refused', async () => {
    await cp('triton-models/demo_vit_448/spec.json', join(dir, 'other', 'spec.json'));
    expect((await failure()).detail).toBe('other/spec.json: /name: is demo_vit_448, the folder is not');
  });

  test('a fault names the folder and the pointer, never the path', async () => {
    const text = await readFile('triton-models/demo_vit_448/spec.json', 'utf8');
    await mkdir(join(dir, 'demo_vit_448'));
    await writeFile(
      join(dir, 'demo_vit_448', 'spec.json'),
      text.replace('"patchSize": 16', '"patchSize": 15'),
    );
    const { detail, faults } = await failure();
    expect(detail).toMatch(/^demo_vit_448\/spec\.json: .*\/input\/height: 448 is not a multiple/);
    expect(detail).not.toContain(dir);
    expect(faults.map((fault) => fault.pointer)).toEqual(['/input/height', '/input/width']);
  });

  test('broken JSON names the folder', async () => {
    await mkdir(join(dir, 'demo_vit_224'));
    await writeFile(join(dir, 'demo_vit_224', 'spec.json'), '{');
    expect((await failure()).detail).toBe('demo_vit_224/spec.json is not JSON.');
  });
});
