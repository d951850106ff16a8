import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { gatewayVariables } from '#services/gateway/config.ts';
import { descendantsOf, hasProc } from '#test/support/process-tree.ts';
import { until } from '#test/support/until.ts';
import { neutralEnvironment, root, runTessera } from './run-tessera.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-cli-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const sample = 'samples/nuclei/nuclei.png';

/** A loopback port that something else holds while `work` runs. */
async function withTakenPort<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('the process of tessera', () => {
  it('tells the version of its package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await runTessera(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  it('starts a gateway for itself when none is named', async () => {
    const { exitCode, stdout } = await runTessera(['embed', sample]);
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as { data: unknown[] }).data).toHaveLength(1);
  });

  it('runs by npx in the checkout, on whatever Node npm runs on', async () => {
    const { stdout } = await promisify(execFile)('npx', ['tessera', 'models', 'list', '--json'], {
      cwd: root,
      env: neutralEnvironment(),
    });
    const { models } = JSON.parse(stdout) as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).toContain('demo_vit_224');
  });

  it.skipIf(!hasProc)('Ctrl-C stops it and its gateway, with code 130', async () => {
    const child = spawn(process.execPath, ['services/cli/bin/tessera.js', 'embed', sample], {
      cwd: root,
      env: neutralEnvironment(),
      stdio: 'ignore',
    });
    const exited = new Promise((resolve) => child.once('close', resolve));
    await until('its gateway starts', () => descendantsOf(child.pid!).length > 0);
    const started = descendantsOf(child.pid!);
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    await until('all are gone', () => started.every((pid) => !isAlive(pid)));
  });

  it.skipIf(!hasProc)('killed outright, it leaves no gateway behind', async () => {
    const holder = join(import.meta.dirname, 'hold-gateway.ts');
    const child = spawn(process.execPath, [holder], {
      env: neutralEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const [url] = (await once(child.stdout, 'data')) as [Buffer];
    expect((await fetch(`${url.toString().trim()}/readyz`)).status).toBe(200);
    const started = descendantsOf(child.pid!);
    child.kill('SIGKILL');
    await exited;
    await until('all are gone', () => started.every((pid) => !isAlive(pid)));
  });

  it('a default model whose file was altered: code 4 and the reason, as soon as the gateway knows', async () => {
    const models = join(folder, 'altered');
    cpSync(join(root, 'triton-models/demo_vit_224'), join(models, 'demo_vit_224'), { recursive: true });
    const graph = join(models, 'demo_vit_224/1/model.onnx');
    writeFileSync(graph, readFileSync(graph).fill(1, 1000, 1001));
    const startedMs = performance.now();
    const { exitCode, stderr } = await runTessera(['embed', sample], { TESSERA_MODEL_DIR: models });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/does not serve its default model demo_vit_224: .*could not load it/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    // Not at the end of the time for a start.
    expect(performance.now() - startedMs).toBeLessThan(50_000);
  });

  it('serve is the gateway, until SIGTERM, which lets it finish', async () => {
    const child = spawn(process.execPath, ['services/cli/bin/tessera.js', 'serve'], {
      cwd: root,
      env: { ...neutralEnvironment(), TESSERA_PORT: '0', TESSERA_LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('close', resolve));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { url } = JSON.parse(line.toString().split('\n')[0]!) as { url: string };
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('serve with settings that cannot be used: code 4, after the gateway has named the variable', async () => {
    const { exitCode, stderr } = await runTessera(['serve'], { TESSERA_PORT: 'many' });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/TESSERA_PORT[\s\S]*tessera: The gateway ended with code 78/);
  });

  it('a gateway that is not there: code 4, one line that says what to do', async () => {
    const { exitCode, stderr } = await withTakenPort((port) =>
      runTessera(['embed', sample, '--url', `http://127.0.0.1:${port}`]),
    );
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^tessera: The gateway at .* cannot be reached .* Start it with npm start/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    [['bogus']],
    [['embed']],
    [['embed', sample, '--format', 'xml']],
    [['embed', sample, '-o', 'e.xyz']],
  ])('wrong usage %j: code 2, one line, and JSON with --json', async (args) => {
    const plain = await runTessera(args);
    expect({ exitCode: plain.exitCode, stdout: plain.stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(plain.stderr.trim().split('\n')).toHaveLength(1);
    const asJson = await runTessera([...args, '--json']);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { exitCode: 2 } });
  });
});

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('tessera config', () => {
  it('shows the effective settings and no secret', async () => {
    const digest = 'ab'.repeat(32);
    const env = {
      TESSERA_API_KEYS: `sha256:${digest}`,
      TESSERA_API_KEY: 'tsk-secret',
      TESSERA_ENCODER_METADATA: 'authorization=secret-token',
      TESSERA_PORT: '9999',
    };
    const { exitCode, stdout } = await runTessera(['config', '--json'], env);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ TESSERA_PORT: 9999, TESSERA_API_KEYS: ['sha256:…'] });
    for (const secret of [digest, 'tsk-secret', 'secret-token']) expect(stdout).not.toContain(secret);
  });

  it('prints every setting of the gateway as an environment writes it, unset ones empty', async () => {
    const given = {
      TESSERA_ENCODER_URLS: '127.0.0.1:8001,unix:/run/encoder.sock',
      TESSERA_URL_ALLOW_LIST: 'images.example.org,*.example.net,b.example.org:8443',
      TESSERA_ENCODER_METADATA: 'authorization=secret-token,tenant=a',
      TESSERA_API_KEYS: `sha256:${'ab'.repeat(32)}`,
    };
    const { stdout } = await runTessera(['config'], given);
    const printed = new Map(
      stdout
        .trim()
        .split('\n')
        .map((line) => /^([A-Z_]+)=(.*)$/.exec(line)!.slice(1) as [string, string]),
    );
    expect([...printed.keys()].sort()).toEqual([...gatewayVariables].sort());
    expect(printed.get('TESSERA_ENCODER_URLS')).toBe(given.TESSERA_ENCODER_URLS);
    expect(printed.get('TESSERA_URL_ALLOW_LIST')).toBe(given.TESSERA_URL_ALLOW_LIST);
    expect(printed.get('TESSERA_ENCODER_METADATA')).toBe('authorization=…,tenant=…');
    expect(printed.get('TESSERA_API_KEYS')).toBe('sha256:…');
    expect(printed.get('TESSERA_BUILD_COMMIT')).toBe('');
  });

  it('names the variable that cannot be used, code 1', async () => {
    const { exitCode, stderr } = await runTessera(['config'], { TESSERA_PORT: 'many' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('TESSERA_PORT');
  });
});

interface Findings {
  readonly isOk: boolean;
  readonly findings: readonly { readonly name: string; readonly isOk: boolean; readonly advice?: string }[];
}

describe('tessera doctor', () => {
  it('finds nothing wrong in a sound checkout', async () => {
    const { exitCode, stdout } = await runTessera(['doctor', '--json'], { TESSERA_PORT: '0' });
    const report = JSON.parse(stdout) as Findings;
    expect(report.findings.filter(({ isOk }) => !isOk)).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('finds a model without its licence text, and says where it belongs', async () => {
    cpSync(join(root, 'triton-models/demo_vit_224'), join(folder, 'demo_vit_224'), { recursive: true });
    rmSync(join(folder, 'demo_vit_224/LICENSE'));
    const env = { TESSERA_MODEL_DIR: folder, TESSERA_PORT: '0' };
    const { exitCode, stdout } = await runTessera(['doctor', '--json'], env);
    expect(exitCode).toBe(5);
    const faults = (JSON.parse(stdout) as Findings).findings.filter(({ isOk }) => !isOk);
    expect(faults).toEqual([
      {
        name: 'model demo_vit_224',
        isOk: false,
        detail: 'no licence text lies beside the model',
        advice: expect.stringContaining('as LICENSE') as string,
      },
    ]);
  });

  it('finds a model whose spec says something else than its graph, as the gateway would', async () => {
    const models = mkdtempSync(join(folder, 'models-'));
    for (const name of ['demo_vit_224', 'demo_vit_448']) {
      cpSync(join(root, 'triton-models', name), join(models, name), { recursive: true });
    }
    const spec = join(models, 'demo_vit_448/spec.json');
    writeFileSync(spec, readFileSync(spec, 'utf8').replaceAll('192', '191'));
    const env = { TESSERA_MODEL_DIR: models, TESSERA_PORT: '0' };
    const { exitCode, stdout } = await runTessera(['doctor', '--json'], env);
    expect(exitCode).toBe(5);
    const { findings } = JSON.parse(stdout) as Findings;
    expect(findings.filter(({ isOk }) => !isOk)).toEqual([
      {
        name: 'model demo_vit_448',
        isOk: false,
        detail: expect.stringContaining("output 'cls': dims [192], expected [191]") as string,
        advice: expect.stringContaining('spec.json') as string,
      },
    ]);
    expect(findings.filter(({ name }) => name.startsWith('model '))).toHaveLength(2);
  });

  it('finds a graph that cannot be loaded, though its manifest fits it', async () => {
    const models = mkdtempSync(join(folder, 'models-'));
    cpSync(join(root, 'triton-models/demo_vit_224'), join(models, 'demo_vit_224'), { recursive: true });
    const text = 'this is no graph';
    writeFileSync(join(models, 'demo_vit_224/1/model.onnx'), text);
    const manifest = join(models, 'demo_vit_224/export.json');
    const digest = createHash('sha256').update(text).digest('hex');
    const changed = readFileSync(manifest, 'utf8').replace(
      /"modelDigest": "\w+"/,
      `"modelDigest": "${digest}"`,
    );
    writeFileSync(manifest, changed);
    const env = { TESSERA_MODEL_DIR: models, TESSERA_PORT: '0' };
    const { exitCode, stdout } = await runTessera(['doctor', '--json'], env);
    expect(exitCode).toBe(5);
    const faults = (JSON.parse(stdout) as Findings).findings.filter(({ isOk }) => !isOk);
    expect(faults).toEqual([
      expect.objectContaining({
        name: 'model demo_vit_224',
        detail: expect.stringContaining('cannot be loaded') as string,
      }),
    ]);
  });

  it('finds an INT8 engine whose head was not compared, and says how it is', async () => {
    cpSync(join(root, 'triton-models/demo_vit_224'), join(folder, 'demo_vit_224'), { recursive: true });
    const manifest = join(folder, 'demo_vit_224/export.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('{', '{"precision":"int8",'));
    const env = { TESSERA_MODEL_DIR: folder, TESSERA_PORT: '0' };
    const { exitCode, stdout } = await runTessera(['doctor', '--json'], env);
    expect(exitCode).toBe(5);
    const faults = (JSON.parse(stdout) as Findings).findings.filter(({ isOk }) => !isOk);
    expect(faults).toEqual([
      expect.objectContaining({
        detail: 'the INT8 engine has not passed the gate of the head’s AUC: export.json has no parity.head',
        advice: expect.stringContaining('--head-data') as string,
      }),
    ]);
  });

  it('finds a spoiled graph, a taken port and an encoder that is not there, and says what to do', async () => {
    cpSync(join(root, 'triton-models/demo_vit_224'), join(folder, 'demo_vit_224'), { recursive: true });
    const graph = join(folder, 'demo_vit_224/1/model.onnx');
    const bytes = readFileSync(graph);
    bytes[1000]! ^= 1;
    writeFileSync(graph, bytes);
    const { exitCode, stdout } = await withTakenPort((port) =>
      runTessera(['doctor', '--json'], {
        TESSERA_MODEL_DIR: folder,
        TESSERA_PORT: String(port),
        TESSERA_ENCODER_URLS: '127.0.0.1:1',
      }),
    );
    expect(exitCode).toBe(5);
    const faults = (JSON.parse(stdout) as Findings).findings.filter(({ isOk }) => !isOk);
    expect(faults.map(({ name }) => name.split(' ')[0])).toEqual(['model', 'port', 'encoder']);
    expect(faults.every(({ advice }) => advice !== undefined)).toBe(true);
  });
});

describe('tessera models build', () => {
  it('writes a repository with the graph and its configuration', async () => {
    const out = join(folder, 'repository');
    const args = ['models', 'build', '--target', 'python', '--out', out, '-m', 'demo_vit_224', '--json'];
    const { exitCode, stdout } = await runTessera(args);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ target: 'python', out, models: ['demo_vit_224'] });
    expect(readFileSync(join(out, 'demo_vit_224/config.pbtxt'), 'utf8')).toContain('backend: "python"');
    const original = readFileSync(join(root, 'triton-models/demo_vit_224/1/model.onnx'));
    expect(readFileSync(join(out, 'demo_vit_224/1/model.onnx')).equals(original)).toBe(true);
  });

  it('writes over an earlier build, but into a folder of other things only with --force', async () => {
    const out = join(folder, 'holds-things');
    const args = ['models', 'build', '--target', 'python', '--out', out, '-m', 'demo_vit_224'];
    mkdirSync(join(out, 'thesis'), { recursive: true });
    const refused = await runTessera(args);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('such as thesis. Name a new or empty folder, or add --force.');
    expect(readdirSync(out)).toEqual(['thesis']);
    expect((await runTessera([...args, '--force'])).exitCode).toBe(0);
    expect(readdirSync(out)).toEqual(['demo_vit_224', 'thesis']);
    rmSync(join(out, 'thesis'), { recursive: true });
    expect((await runTessera(args)).exitCode).toBe(0);
  });

  it('refuses an unknown model with code 2 and names those there are', async () => {
    const args = ['models', 'build', '--target', 'python', '--out', folder, '-m', 'nope'];
    const { exitCode, stderr } = await runTessera(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('demo_vit_224');
  });
});
