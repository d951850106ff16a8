import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findPython } from '#services/cli/export/find-python.ts';
import { preparePythonEnvironment } from '#services/cli/export/python-environment.ts';
import { replaceFolder } from '#services/cli/export/replace-folder.ts';
import { runChild } from '#services/cli/export/run-child.ts';
import { until } from '#test/support/until.ts';
import { neutralEnvironment, root, runTessera } from './run-tessera.ts';

/* What goes wrong around the exporter; that it goes right is asked with the real one, in test/conformance/three-commands. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-export-'));
  mkdirSync(join(folder, 'weights'));
  write('weights/config.json', JSON.stringify(config));
  write('weights/preprocessor_config.json', JSON.stringify(preprocessor));
  write('weights/model.safetensors', 'read by the exporter only');
  write('weights/LICENSE.md', 'The terms.');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const config = {
  model_type: 'dinov3_vit',
  hidden_size: 384,
  num_hidden_layers: 12,
  num_attention_heads: 6,
  intermediate_size: 1536,
  patch_size: 16,
  num_register_tokens: 4,
};
const preprocessor = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
const path = (name: string): string => join(folder, name);
function write(name: string, text: string): void {
  writeFileSync(path(name), text);
}
/** A program that answers the question for version and packages, and then does as told. */
function python(rest: string, version = '3.11.9', missing: readonly string[] = []): string {
  const answer = JSON.stringify({ version, missing });
  writeFileSync(path('python'), `#!/bin/sh\nif [ "$1" = -c ]; then echo '${answer}'; exit 0; fi\n${rest}\n`, {
    mode: 0o755,
  });
  return path('python');
}
const environment = () => ({
  TESSERA_MODEL_DIR: path('models'),
  TESSERA_DATA_DIR: path('data'),
  HF_TOKEN: 'hf_secret',
});
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runTessera(['models', 'export', ...args], { ...environment(), ...env });
const runWith = (command: string, ...more: string[]) =>
  run([path('weights'), '--size', '224', '--python', command, ...more]);
/** Nothing is left behind, hidden or not. */
const modelsThere = (): readonly string[] => (existsSync(path('models')) ? readdirSync(path('models')) : []);

describe('tessera models export', () => {
  it('without any Python: code 1 and what to install', async () => {
    mkdirSync(path('empty'));
    const { exitCode, stderr } = await run([path('weights'), '--size', '224'], { PATH: path('empty') });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/no Python from 3\.11 on the path\. Install one.*--python or TESSERA_PYTHON/);
  });

  it.each([
    ['is no Python', () => '/bin/false', 2, 'is no Python that can be run'],
    ['is not there', () => path('absent'), 2, 'is no Python that can be run'],
    ['is too old', () => python('exit 9', '3.9.2'), 2, 'is Python 3.9.2. Give one from 3.11.'],
    ['lacks packages', () => python('exit 9', '3.12.1', ['torch', 'onnx']), 1, 'lacks torch, onnx. Install'],
    ['breaks', () => python('echo "no such thing" >&2; exit 3'), 1, 'The exporter failed: no such thing'],
  ])('a named Python that %s', async (_, command, code, said) => {
    const { exitCode, stderr } = await runWith(command());
    expect(exitCode).toBe(code);
    expect(stderr).toContain(said);
    expect(modelsThere()).toEqual([]);
  });

  it('a refused engine: code 1, gates and reason, and no model', async () => {
    const refusal =
      'echo "REFUSED cosineMin.cls: 0.92 < 0.9999"; echo "LIKELY the channels are swapped"; exit 1';
    const { exitCode, stderr } = await runWith(python(refusal));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'The engine is refused: cosineMin.cls: 0.92 < 0.9999. Likely: the channels are swapped.',
    );
    expect(modelsThere()).toEqual([]);
  });

  it('tells the exporter no secret, and its user where it is', async () => {
    const script = `env > ${path('seen')}; echo "STAGE drawing" >&2; exit 1`;
    const { stderr } = await run([path('weights'), '--size', '224', '--python', python(script)], {
      TESSERA_API_KEYS: 'key_secret',
      MY_CLOUD_KEY: 'cloud_secret',
      PIP_INDEX_URL: 'https://index.invalid/simple',
    });
    const seen = readFileSync(path('seen'), 'utf8');
    expect(seen).not.toContain('_secret');
    expect(seen).toMatch(/^PIP_INDEX_URL=https:\/\/index\.invalid\/simple$/m);
    expect(seen).toMatch(/^HF_HUB_OFFLINE=1$/m);
    expect(stderr).toMatch(/^export: drawing$/m);
  });

  it.each([
    ['no labelled images', [], 'Give --head-data DIR, a folder per label with 20 or more'],
    ['labelled images that are not there', ['--head-data', '/absent/images'], '/absent/images is no folder'],
  ])('INT8 with %s is wrong usage, before anything runs', async (_, more, said) => {
    const { exitCode, stderr } = await runWith(
      python(`touch ${path('ran')}`),
      '--precision',
      'int8',
      ...more,
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain(said);
    expect(existsSync(path('ran'))).toBe(false);
    expect(modelsThere()).toEqual([]);
  });

  it('hands the labelled images to the exporter, in every precision', async () => {
    mkdirSync(path('labelled'));
    for (const precision of ['int8', 'fp16']) {
      const command = python('echo "$*" >&2; exit 1');
      const { stderr } = await runWith(command, '--precision', precision, '--head-data', path('labelled'));
      expect(stderr).toContain(`--head-data ${path('labelled')}`);
    }
  });

  it('interrupted: code 130, the exporter ends too, and nothing stays', async () => {
    const command = python(`echo $$ > ${path('pid')}; exec sleep 600`);
    const args = [
      'services/cli/bin/tessera.js',
      'models',
      'export',
      path('weights'),
      '--size',
      '224',
      '--python',
      command,
    ];
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...neutralEnvironment(), ...environment() },
    });
    const exited = new Promise((resolve) => child.once('close', resolve));
    const pidOf = () => (existsSync(path('pid')) ? Number(readFileSync(path('pid'), 'utf8')) : 0);
    await until('the exporter runs', () => pidOf() > 0);
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    expect(() => process.kill(pidOf(), 0)).toThrow('ESRCH');
    expect(modelsThere()).toEqual([]);
  });

  it.each([
    ['a licence text', () => rmSync(path('weights/LICENSE.md')), 'has no licence text'],
    ['a configuration', () => rmSync(path('weights/config.json')), 'config.json cannot be read as JSON'],
    [
      'a known kind',
      () => write('weights/config.json', JSON.stringify({ ...config, hidden_size: 99 })),
      'holds none of the DINOv3 ViT family',
    ],
  ])('weights without %s are refused before anything runs', async (_, spoil, said) => {
    spoil();
    const { exitCode, stderr } = await runWith(python(`touch ${path('ran')}`));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(said);
    expect(existsSync(path('ran'))).toBe(false);
  });

  it('a short name means the folder that pull makes, and says so when it is not there', async () => {
    const { exitCode, stderr } = await run(['dinov3_vitb16', '--size', '224']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Run tessera models pull dinov3_vitb16 first.');
    mkdirSync(path('data/weights'), { recursive: true });
    for (const name of ['dinov3_vits16', 'dinov3_vitb16']) {
      await runChild('cp', ['-r', path('weights'), path(`data/weights/${name}`)], noSignal());
    }
    const found = await run(['dinov3_vits16', '--size', '224', '--python', python('echo "$5" >&2; exit 1')]);
    expect(found.stderr).toMatch(/models\/\.export-\w+\/dinov3_vits16_224/);
    // The weights of another variant under that name.
    const other = await run(['dinov3_vitb16', '--size', '224']);
    expect(other.stderr).toContain('not those of dinov3_vitb16: hidden_size is 384, not 768');
  });

  it('--force replaces a model, and an export that fails leaves it', async () => {
    mkdirSync(path('models/dinov3_vits16_224'), { recursive: true });
    write('models/dinov3_vits16_224/of-before', 'old');
    const refused = await runWith(python('echo "REFUSED gate: figure"; exit 1'), '--force');
    expect(refused.exitCode).toBe(1);
    expect(readdirSync(path('models/dinov3_vits16_224'))).toEqual(['of-before']);
    const figures = JSON.stringify({ images: 1, outputs: { cls: { cosineMin: 1 } } });
    const { exitCode } = await runWith(python(`echo '${figures}'`), '--force');
    expect(exitCode).toBe(0);
    expect(readdirSync(path('models/dinov3_vits16_224')).sort()).toEqual([
      'LICENSE.md',
      'config.pbtxt',
      'spec.json',
    ]);
    expect(modelsThere()).toEqual(['dinov3_vits16_224']);
  });

  it('an unknown size is wrong usage; a model that is there is not replaced', async () => {
    const wrong = await run([path('weights'), '--size', '225']);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('224, 256');
    mkdirSync(path('models/dinov3_vits16_224'), { recursive: true });
    const { exitCode, stderr } = await runWith(python(''));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('exists already. Give --force');
  });
});

const noSignal = () => ({ env: process.env, signal: new AbortController().signal });
const here = await findPython(noSignal()).catch(() => undefined);

describe.skipIf(here === undefined)('the Python environment of the export', () => {
  it('is made once, and again when the requirements change; one that failed is not taken for whole', async () => {
    let made = 0;
    const prepare = () =>
      preparePythonEnvironment(here!, path('requirements.txt'), path('venv'), {
        ...noSignal(),
        onStart: () => (made += 1),
      });
    write('requirements.txt', '');
    const command = await prepare();
    expect((await runChild(command, ['-c', 'import sys; print(sys.prefix)'], noSignal())).stdout.trim()).toBe(
      path('venv'),
    );
    await prepare();
    expect(made).toBe(1);
    write('requirements.txt', './no-such-package\n');
    await expect(prepare()).rejects.toMatchObject({
      exit: 'failed',
      advice: expect.stringContaining('--python') as string,
    });
    expect(made).toBe(2);
    // The next run must not take it for whole, and that of before is not lost.
    await expect(prepare()).rejects.toMatchObject({ exit: 'failed' });
    write('requirements.txt', '');
    expect(await prepare()).toBe(command);
    expect(made).toBe(3);
    expect(readdirSync(folder).filter((name) => name.startsWith('venv'))).toEqual(['venv']);
  }, 120_000);

  it('made by two exports at once is whole for both', async () => {
    write('requirements.txt', '');
    const options = { ...noSignal(), onStart: () => undefined };
    const prepare = () => preparePythonEnvironment(here!, path('requirements.txt'), path('venv'), options);
    const commands = await Promise.all([prepare(), prepare()]);
    for (const command of commands) {
      const { stdout } = await runChild(command, ['-c', 'import pip, sys; print(sys.prefix)'], noSignal());
      expect(stdout.trim()).toBe(path('venv'));
    }
    expect(readdirSync(folder).filter((name) => name.includes('venv'))).toEqual(['venv']);
  }, 120_000);
});

describe('runChild', () => {
  it('kills a program that does not heed SIGTERM, and rejects with the reason only then', async () => {
    const controller = new AbortController();
    let pid = 0;
    const script =
      "process.on('SIGTERM', () => console.error('heard')); setInterval(() => {}, 1000); console.error(process.pid)";
    const heard: string[] = [];
    const onErrorLine = (line: string): void => {
      heard.push(line);
      if (line === 'heard') return;
      pid = Number(line);
      controller.abort(new Error('enough'));
    };
    const options = { env: process.env, signal: controller.signal, onErrorLine, killAfterMs: 300 };
    const run = runChild(process.execPath, ['-e', script], options);
    // Where the guarantee is broken it would live on.
    onTestFinished(async () => {
      await runChild('kill', ['-9', String(pid)], noSignal());
    });
    await expect(run).rejects.toThrow('enough');
    expect(heard).toContain('heard');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  }, 15_000);

  it('ends a program that prints without end', async () => {
    await expect(runChild('yes', [], noSignal())).rejects.toMatchObject({
      exit: 'failed',
      message: expect.stringContaining('yes prints more than') as string,
    });
  }, 15_000);
});

describe('replaceFolder', () => {
  it('puts the new one in the place of the old one, and leaves nothing', async () => {
    for (const name of ['old', 'new']) mkdirSync(path(name));
    write('new/file', 'new');
    await replaceFolder(path('new'), path('old'));
    expect(readFileSync(path('old/file'), 'utf8')).toBe('new');
    await replaceFolder(path('old'), path('absent'));
    expect(readdirSync(folder).sort()).toEqual(['absent', 'weights']);
  });

  it('that breaks between loses nothing', async () => {
    mkdirSync(path('old'));
    write('old/file', 'old');
    await expect(replaceFolder(path('vanished'), path('old'))).rejects.toThrow('ENOENT');
    expect(readFileSync(path('old/file'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['old', 'weights']);
  });
});
