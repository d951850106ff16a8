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
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEncoder, stopEncoder, type RunningEncoder } from '../encoder/start-encoder.ts';
import { neutralEnvironment, root, runTessera } from './run-tessera.ts';

/*
 * The way of an engine from build to proof, with stand-ins for trtexec and for the linting Python, and in the place of Triton the
 * embedded encoder over a folder whose configuration announces TensorRT: no GPU and no TensorRT here. The lint itself is asked in
 * test/conformance.
 */

const name = 'demo_vit_224';
const folder = mkdtempSync(join(tmpdir(), 'tessera-plan-'));
const path = (file: string): string => join(folder, file);
const repository = path('repository');
const inRepository = (file: string): string => join(repository, name, file);
/** Announces `tensorrt`. */
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
  cpSync(path('models'), path('served'), { recursive: true });
  const config = path(`served/${name}/config.pbtxt`);
  writeFileSync(config, readFileSync(config, 'utf8').replace('"onnxruntime-cpu"', '"tensorrt"'));
  encoder = await startEncoder({ TESSERA_MODEL_DIR: path('served'), TESSERA_ENCODER_WORKERS: '1' });
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
      'golden.safetensors',
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
        expect.objectContaining({ name: 'golden.cls.cosineMin', isPassed: true }),
        expect.objectContaining({ name: 'engine', isPassed: true, detail: 'tensorrt' }),
        expect.objectContaining({ name: 'plan', isPassed: true }),
      ]) as unknown,
    });
    expect(readFileSync(inRepository('config.pbtxt'), 'utf8')).toContain(
      `string_value: "${String(weightsDigest)}"`,
    );
  });

  it('one that misses a gate afterwards is taken that back, code 5', async () => {
    expect(announces()).toBe(true);
    const kept = ['golden.safetensors', 'export.json'].map(
      (file) => [file, readFileSync(inRepository(file))] as const,
    );
    // Other values of the last patches: what the server computes is another embedding.
    const other = Buffer.from(kept[0]![1]);
    other.fill(0x3c, other.length - 20_000);
    writeFileSync(inRepository('golden.safetensors'), other);
    const digest = createHash('sha256').update(other).digest('hex');
    writeFileSync(
      inRepository('export.json'),
      kept[1]![1].toString().replace(/"goldenDigest": "\w+"/, `"goldenDigest": "${digest}"`),
    );
    const args = ['models', 'verify', name, '--encoder', encoder.address, '--write-parity', repository];
    const { exitCode } = await runTessera(args, { TESSERA_MODEL_DIR: repository });
    expect(exitCode).toBe(5);
    expect(announces()).toBe(false);
    expect(existsSync(inRepository('parity.json'))).toBe(false);
    for (const [file, bytes] of kept) writeFileSync(inRepository(file), bytes);
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

/** `tessera models verify NAME --write-parity REPOSITORY`, its gates that were missed, and whether anything announces afterwards. */
async function prove(...args: string[]) {
  const command = ['models', 'verify', name, '--json', '--write-parity', repository, ...args];
  const { exitCode, stdout, stderr } = await runTessera(command, { TESSERA_MODEL_DIR: path('models') });
  const report = stdout === '' ? undefined : (JSON.parse(stdout) as Report);
  const gates = report?.models.flatMap((model) => model.gates) ?? [];
  const missed = gates.filter(({ isPassed }) => isPassed === false);
  return {
    exitCode,
    stderr,
    gates,
    missed,
    isAnnounced: announces() || existsSync(inRepository('parity.json')),
  };
}
interface Report {
  readonly models: readonly {
    readonly gates: readonly { name: string; isPassed: boolean | null; detail: string }[];
  }[];
}
const writePlan = (text: string): void => writeFileSync(inRepository('1/model.plan'), text);
/** An engine that has passed. */
async function proven(): Promise<void> {
  writePlan('plan\n');
  expect(await prove('--encoder', encoder.address)).toMatchObject({ exitCode: 0, isAnnounced: true });
}
/** The address of a proxy that does something whenever it is connected to, and passes everything on to the encoder. */
async function between(act: () => void): Promise<string> {
  const [host, port] = encoder.address.split(':') as [string, string];
  const server = createServer((socket) => {
    act();
    const onward = connect(Number(port), host);
    socket.pipe(onward).pipe(socket);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on('error', () => one.destroy()).on('close', () => other.destroy());
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
/** Where nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return `127.0.0.1:${port}`;
}

describe('a proof', () => {
  it('is not given for what another engine computes, and such a server is asked nothing', async () => {
    await proven();
    const cpu = await startEncoder({ TESSERA_MODEL_DIR: path('models'), TESSERA_ENCODER_WORKERS: '1' });
    try {
      const { exitCode, gates, missed, isAnnounced } = await prove('--encoder', cpu.address);
      expect(exitCode).toBe(5);
      expect(missed).toEqual([
        {
          name: 'engine',
          isPassed: false,
          detail: 'the server announces onnxruntime-cpu: what it computes says nothing of tensorrt',
        },
      ]);
      expect(gates.map((gate) => gate.name)).toEqual(['licence', 'files', 'contract', 'engine', 'plan']);
      expect(isAnnounced).toBe(false);
      const script = await runScript({ TESSERA_VERIFY_ENCODER: cpu.address });
      expect([script.code, announces()]).toEqual([5, false]);
    } finally {
      await stopEncoder(cpu);
    }
  });

  it('wants a server: the embedded encoder runs no plan', async () => {
    writePlan('plan\n');
    const { exitCode, stderr, isAnnounced } = await prove();
    expect([exitCode, isAnnounced]).toEqual([2, false]);
    expect(stderr).toContain('--write-parity needs --encoder.');
  });

  it('is not given when the plan is replaced while the server is asked', async () => {
    await proven();
    const address = await between(() => writePlan('another plan\n'));
    const { exitCode, missed, isAnnounced } = await prove('--encoder', address);
    expect([exitCode, isAnnounced]).toEqual([5, false]);
    expect(missed).toEqual([{ name: 'plan', isPassed: false, detail: 'model.plan was replaced meanwhile' }]);
  });

  it('goes when its plan is another by now, even if the server cannot be asked', async () => {
    await proven();
    const address = await deadAddress();
    const same = await prove('--encoder', address);
    expect([same.exitCode, same.isAnnounced]).toEqual([4, true]);
    writePlan('another plan\n');
    const other = await prove('--encoder', address);
    expect([other.exitCode, other.isAnnounced]).toEqual([4, false]);
  });

  it('goes when the repository is written again, and the plan with it', async () => {
    await proven();
    expect((await build(lintingPython('exit 0'))).exitCode).toBe(0);
    expect([announces(), existsSync(inRepository('parity.json'))]).toEqual([false, false]);
    expect(existsSync(inRepository('1/model.plan'))).toBe(false);
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
    await proven();
    rmSync(inRepository('1/model.plan'));
    const unbuilt = await verify(repository);
    expect(unbuilt.exitCode).toBe(2);
    expect(unbuilt.stderr).toContain('is not built yet');
    expect(announces()).toBe(false);
  });
});
