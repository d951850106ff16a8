import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEncoder, stopEncoder, type RunningEncoder } from '../encoder/start-encoder.ts';
import { neutralEnvironment, root, runTessera } from './run-tessera.ts';

/*
 * The way of an engine from build to proof, with stand-ins for trtexec and for the linting Python, and with the embedded encoder in
 * the place of Triton: no GPU and no TensorRT here. The lint itself is asked in test/conformance.
 */

const name = 'demo_vit_224';
const folder = mkdtempSync(join(tmpdir(), 'tessera-plan-'));
const path = (file: string): string => join(folder, file);
const repository = path('repository');
const inRepository = (file: string): string => join(repository, name, file);
let encoder: RunningEncoder;

function program(file: string, script: string): string {
  writeFileSync(path(file), `#!/bin/sh\n${script}\n`);
  chmodSync(path(file), 0o755);
  return path(file);
}
const lintingPython = (rest: string): string =>
  program('python', `if [ "$1" = -c ]; then echo '{"version":"3.11.9","missing":[]}'; exit 0; fi\n${rest}`);
const build = (python: string, ...more: string[]) =>
  runTessera(['models', 'build', '--target', 'tensorrt', '--out', repository, '--python', python, ...more], {
    TESSERA_MODEL_DIR: path('models'),
  });
/** Takes what trtexec is told into a file, and writes a plan. */
const trtexec = (): string =>
  program(
    'trtexec',
    `echo "$@" >> ${path('told')}\nfor a in "$@"; do case $a in --saveEngine=*) echo plan > "\${a#*=}";; esac; done`,
  );
function runScript(env: Readonly<Record<string, string>>) {
  return new Promise<{ code: number; stderr: string }>((done) => {
    const options = { cwd: root, env: { ...neutralEnvironment(), TRTEXEC: trtexec(), ...env } };
    execFile('bash', [join(repository, 'build-engines.sh')], options, (error, _stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}
const announces = (): boolean =>
  readFileSync(inRepository('config.pbtxt'), 'utf8').includes('tessera.weights_digest');

beforeAll(async () => {
  cpSync(join(root, 'triton-models', name), path(`models/${name}`), { recursive: true });
  encoder = await startEncoder({ TESSERA_MODEL_DIR: path('models'), TESSERA_ENCODER_WORKERS: '1' });
});
afterAll(async () => {
  await stopEncoder(encoder);
  rmSync(folder, { recursive: true, force: true });
});

describe('tessera models build --target tensorrt', () => {
  it('writes nothing when the lint finds a fault', async () => {
    const fault = 'echo "model.onnx: control-flow: If"; exit 1';
    const { exitCode, stderr } = await build(lintingPython(fault));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('TensorRT would not take the graph: model.onnx: control-flow: If');
    expect(existsSync(repository)).toBe(false);
  });

  it('does not overwrite the models that are served', async () => {
    const { exitCode } = await build(lintingPython('exit 0'), '--out', path('models'));
    expect(exitCode).toBe(2);
    expect(readFileSync(path(`models/${name}/config.pbtxt`), 'utf8')).toContain('onnxruntime');
  });

  it('writes graph, terms, configuration and script, lints that very graph, and says what is left to do', async () => {
    const { exitCode, stdout } = await build(lintingPython(`echo "$@" > ${path('linted')}`));
    expect(exitCode).toBe(0);
    expect(readFileSync(path('linted'), 'utf8')).toContain(path(`models/${name}/1/model.onnx`));
    expect(stdout).toMatch(/engines are not built: run bash .*build-engines\.sh on the machine with the GPU/);
    expect(readdirSync(repository).sort()).toEqual(['build-engines.sh', name]);
    expect(readdirSync(join(repository, name)).sort()).toEqual([
      '1',
      'LICENSE',
      'config.pbtxt',
      'config.unproven.pbtxt',
      'export.json',
      'golden.json',
      'spec.json',
    ]);
    const config = readFileSync(inRepository('config.pbtxt'), 'utf8');
    expect(config).toContain('platform: "tensorrt_plan"');
    expect(announces()).toBe(false);
  });
});

describe('build-engines.sh', () => {
  it('without a server to verify with: builds, says what to do and ends with code 3; nothing is announced', async () => {
    const { code, stderr } = await runScript({ TESSERA_VERIFY_ENCODER: '' });
    expect(code).toBe(3);
    expect(stderr).toContain(
      `npx tessera models verify ${name} --write-parity ${repository} --encoder HOST:8001`,
    );
    expect(announces()).toBe(false);
    const told = readFileSync(path('told'), 'utf8');
    expect(told.trim().split(' ')).toEqual(
      expect.arrayContaining([
        `--onnx=${name}/1/model.onnx`,
        '--stronglyTyped',
        '--timingCacheFile=timing.cache',
        '--noTF32',
        '--minShapes=image:1x3x224x224',
        '--optShapes=image:8x3x224x224',
        '--maxShapes=image:32x3x224x224',
      ]),
    );
  });

  it('an engine that passes is recorded with its plan and announces its weights', async () => {
    const { code } = await runScript({ TESSERA_VERIFY_ENCODER: encoder.address });
    expect(code).toBe(0);
    const proof = JSON.parse(readFileSync(inRepository('parity.json'), 'utf8')) as Record<string, unknown>;
    const { weightsDigest } = JSON.parse(readFileSync(inRepository('spec.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(proof).toMatchObject({
      weightsDigest,
      planDigest: createHash('sha256').update('plan\n').digest('hex'),
      gates: expect.arrayContaining([
        expect.objectContaining({ name: 'golden.cls.cosine', isPassed: true }),
      ]) as unknown,
    });
    expect(readFileSync(inRepository('config.pbtxt'), 'utf8')).toContain(
      `string_value: "${String(weightsDigest)}"`,
    );
  });

  it('one that misses a gate afterwards is taken that back, code 5', async () => {
    expect(announces()).toBe(true);
    const golden = readFileSync(inRepository('golden.json'), 'utf8');
    // Other first values of one vector: what the server computes is another embedding.
    writeFileSync(
      inRepository('golden.json'),
      golden.replace(/"first": \[\s*(-?)/, (match) => `${match}9`),
    );
    const args = ['models', 'verify', name, '--encoder', encoder.address, '--write-parity', repository];
    const { exitCode } = await runTessera(args, { TESSERA_MODEL_DIR: repository });
    expect(exitCode).toBe(5);
    expect(announces()).toBe(false);
    expect(existsSync(inRepository('parity.json'))).toBe(false);
    writeFileSync(inRepository('golden.json'), golden);
  });

  it('a build that fails leaves no proof of an earlier engine', async () => {
    expect((await runScript({ TESSERA_VERIFY_ENCODER: encoder.address })).code).toBe(0);
    expect(announces()).toBe(true);
    const { code } = await runScript({
      TRTEXEC: program('failing', 'exit 7'),
      TESSERA_VERIFY_ENCODER: encoder.address,
    });
    expect(code).toBe(7);
    expect(announces()).toBe(false);
  });
});

describe('--write-parity', () => {
  it('wants a TensorRT repository with a plan', async () => {
    const verify = (dir: string) =>
      runTessera(['models', 'verify', name, '--encoder', encoder.address, '--write-parity', dir], {
        TESSERA_MODEL_DIR: path('models'),
      });
    const none = await verify(path('models'));
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toContain('is no model of a TensorRT repository');
    rmSync(inRepository('1/model.plan'));
    const unbuilt = await verify(repository);
    expect(unbuilt.exitCode).toBe(2);
    expect(unbuilt.stderr).toContain('is not built yet');
    expect(announces()).toBe(false);
  });
});
