import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderConfigPbtxt } from '#src/infer/repository/render-config-pbtxt.ts';
import { writeModelRepository } from '#src/infer/repository/write-model-repository.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';

const modelDir = 'triton-models';
let outDir: string;
beforeEach(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'tessera-repository-'));
});
afterEach(async () => {
  await rm(outDir, { recursive: true });
});

const filesUnder = async (dir: string): Promise<readonly string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();

describe('writeModelRepository', () => {
  test('onnxruntime: a configuration, the very ONNX file, terms and digests of each model, nothing else', async () => {
    const specs = (await loadModelSpecs(modelDir)).filter(({ name }) => name.startsWith('demo_vit_'));
    await writeModelRepository({ specs, target: 'onnxruntime', outDir, modelDir });
    expect(await filesUnder(outDir)).toEqual([
      'demo_vit_224/1/model.onnx',
      'demo_vit_224/LICENSE',
      'demo_vit_224/config.pbtxt',
      'demo_vit_224/export.json',
      'demo_vit_448/1/model.onnx',
      'demo_vit_448/LICENSE',
      'demo_vit_448/config.pbtxt',
      'demo_vit_448/export.json',
    ]);
    const written = await readFile(join(outDir, 'demo_vit_448/1/model.onnx'));
    expect(written.equals(await readFile('triton-models/demo_vit_448/1/model.onnx'))).toBe(true);
  });

  test('python: model.py beside the ONNX file, and a configuration for the Python backend', async () => {
    const specs = (await loadModelSpecs(modelDir)).slice(0, 1);
    await writeModelRepository({ specs, target: 'python', outDir, modelDir, options: { instances: 2 } });
    expect(await filesUnder(outDir)).toEqual([
      'demo_vit_224/1/model.onnx',
      'demo_vit_224/1/model.py',
      'demo_vit_224/LICENSE',
      'demo_vit_224/config.pbtxt',
      'demo_vit_224/export.json',
    ]);
    expect(await readFile(join(outDir, 'demo_vit_224/config.pbtxt'), 'utf8')).toBe(
      renderConfigPbtxt(specs[0]!, 'python', { instances: 2 }),
    );
  });

  test('written over an older repository, the new configuration wins', async () => {
    const specs = (await loadModelSpecs(modelDir)).slice(0, 1);
    const request = { specs, target: 'onnxruntime', outDir, modelDir } as const;
    await writeModelRepository({ ...request, options: { instances: 5 } });
    await writeModelRepository(request);
    expect(await readFile(join(outDir, 'demo_vit_224/config.pbtxt'), 'utf8')).toContain('count: 1');
  });

  test('weights that lie apart go along, and do not outlive their model', async () => {
    const spec = (await loadModelSpecs(modelDir))[0]!;
    const source = join(outDir, 'source');
    const versionDir = join(source, spec.name, spec.version);
    await mkdir(versionDir, { recursive: true });
    await writeFile(join(versionDir, 'model.onnx'), 'graph');
    await writeFile(join(versionDir, 'model.onnx.data'), 'weights');
    await writeFile(join(source, spec.name, 'LICENSE.md'), 'The terms.');
    await writeFile(join(source, spec.name, 'export.json'), '{}');
    const target = join(outDir, 'target');
    const request = { specs: [spec], target: 'onnxruntime', outDir: target, modelDir: source } as const;
    await writeModelRepository(request);
    const copied = join(target, spec.name, spec.version, 'model.onnx.data');
    expect(await readFile(copied, 'utf8')).toBe('weights');
    await rm(join(versionDir, 'model.onnx.data'));
    await rm(join(source, spec.name, 'export.json'));
    await writeModelRepository(request);
    expect(await filesUnder(target)).toEqual([
      `${spec.name}/${spec.version}/model.onnx`,
      `${spec.name}/LICENSE.md`,
      `${spec.name}/config.pbtxt`,
    ]);
  });

  test('an INT8 model that has not passed the gate of a head is refused before anything is written', async () => {
    const spec = { ...(await loadModelSpecs(modelDir))[0]!, precision: 'int8' } as const;
    const target = join(outDir, 'target');
    await expect(
      writeModelRepository({ specs: [spec], target: 'onnxruntime', outDir: target, modelDir }),
    ).rejects.toMatchObject({ code: 'malformed-request', detail: expect.stringContaining('AUC') as string });
    await expect(readdir(target)).rejects.toThrow('ENOENT');
  });

  test.each(['', undefined])('a model without its licence text is refused, text %j', async (licence) => {
    const spec = (await loadModelSpecs(modelDir))[0]!;
    const source = join(outDir, 'source');
    await mkdir(join(source, spec.name), { recursive: true });
    if (licence !== undefined) await writeFile(join(source, spec.name, 'LICENSE'), licence);
    const request = {
      specs: [spec],
      target: 'onnxruntime',
      outDir: join(outDir, 'target'),
      modelDir: source,
    } as const;
    await expect(writeModelRepository(request)).rejects.toMatchObject({
      code: 'malformed-request',
      detail: `${spec.name}: no licence text lies beside the model.`,
    });
    expect(await readdir(outDir)).toEqual(['source']);
  });

  test('a model whose ONNX file is missing is an error', async () => {
    const [spec] = await loadModelSpecs(modelDir);
    const specs = [{ ...spec!, version: '9' }];
    await expect(writeModelRepository({ specs, target: 'onnxruntime', outDir, modelDir })).rejects.toThrow(
      'ENOENT',
    );
  });
});
