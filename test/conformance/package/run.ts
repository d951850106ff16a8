import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOldNode, installPackage, root, withInstalledGateway } from './installed-package.ts';

/*
 * Installs what `npm pack` makes of dist/package into an empty folder, as a stranger would, and uses it there.
 *   npx node test/conformance/package/run.ts
 * Needs npm and its registry (or npm's cache).
 */
const sample = join(root, 'samples/nuclei/nuclei.png');
const here = import.meta.dirname;
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const started = performance.now();
const installed = await installPackage();
const installedFolder = join(installed.folder, 'node_modules/tessera');
const megabytes = (installed.tarballBytes / 1e6).toFixed(1);
console.log(
  `tarball ${megabytes} MB, ${installed.files.length} files, ready in ${Math.round(performance.now() - started)} ms`,
);

const embedding = (text: string): readonly number[] =>
  (JSON.parse(text) as { data: { embedding: number[] }[] }).data[0]!.embedding;
/** What the checkout makes of the sample: the package must be the same program. */
const expected = embedding(
  (await promisify(execFile)(process.execPath, [join(root, 'services/cli/bin/tessera.js'), 'embed', sample]))
    .stdout,
);
function assertSame(vector: readonly number[]): void {
  assert.equal(vector.length, expected.length);
  // Computed twice by the same engine on the same machine; 1e-5 is far below any real difference.
  for (const [index, value] of vector.entries()) assert.ok(Math.abs(value - expected[index]!) < 1e-5);
}

const tscArguments = [
  '--noEmit',
  '--strict',
  '--exactOptionalPropertyTypes',
  '--skipLibCheck',
  'false',
  '--target',
  'esnext',
];
async function typeCheck(...args: readonly string[]): Promise<void> {
  cpSync(join(here, 'programs/typed.ts.txt'), join(installed.folder, 'typed.ts'));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const done = installed.run('node', tsc, ...tscArguments, ...args, 'typed.ts');
  await done.catch((thrown: unknown) => assert.fail((thrown as { stdout: string }).stdout));
}

type Check = () => Promise<'skipped' | undefined>;
const check =
  (work: () => unknown): Check =>
  async () => {
    await work();
    return undefined;
  };

const checks: Readonly<Record<string, Check>> = {
  'the tarball holds the licence and JavaScript, but no TypeScript source, test, fixture or private mark':
    check(() => {
      for (const path of ['LICENSE', 'NOTICE', 'README.md', 'package.json'])
        assert.ok(installed.files.includes(path), path);
      const strays = installed.files.filter((path) =>
        /(^|\/)(test|samples|node_modules|\.cache)\/|(?<!\.d)\.ts$|__pycache__/.test(path),
      );
      assert.deepEqual(strays, []);
      const manifest = JSON.parse(readFileSync(join(installedFolder, 'package.json'), 'utf8')) as Record<
        string,
        unknown
      >;
      assert.deepEqual(
        [manifest['private'], manifest['scripts'], manifest['devDependencies']],
        [undefined, undefined, undefined],
      );
      assert.ok(installed.tarballBytes < 20e6, `${megabytes} MB`);
    }),
  'only the demo models are given away': check(() => {
    const models = readdirSync(join(installedFolder, 'triton-models')).filter(
      (name) => name !== 'export' && name !== 'python',
    );
    assert.deepEqual(models.sort(), ['demo_vit_224', 'demo_vit_448']);
  }),
  'npx tessera tells its version': check(async () => {
    assert.equal(await installed.run('npx', '--no-install', 'tessera', '--version'), `${version}\n`);
  }),
  'tessera embed starts its own gateway and gives what the checkout gives': check(async () => {
    assertSame(embedding(await installed.run('npx', '--no-install', 'tessera', 'embed', sample)));
  }),
  'tessera doctor finds nothing wrong': check(async () => {
    // Another gateway may hold the usual port of this machine.
    const text = await installed.run('env', 'TESSERA_PORT=0', 'npx', '--no-install', 'tessera', 'doctor');
    assert.match(text, /files match their digests/);
  }),
  'tessera models build writes a repository with the files it hands on': check(async () => {
    const args = ['models', 'build', '--target', 'python', '--out', 'repository', '-m', 'demo_vit_224'];
    await installed.run('npx', '--no-install', 'tessera', ...args);
    const folder = join(installed.folder, 'repository/demo_vit_224');
    assert.ok(readdirSync(folder).includes('config.pbtxt'));
    assert.ok(readdirSync(join(folder, '1')).includes('model.py'));
  }),
  'a typed program is checked with the types of Node': check(async () => {
    const nodeTypes = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    await typeCheck('--module', 'nodenext', '--lib', 'esnext', ...nodeTypes);
  }),
  'a typed program is checked with the types of a browser and a bundler': check(() =>
    typeCheck(
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--lib',
      'esnext,dom,dom.iterable,dom.asynciterable',
    ),
  ),
  'plain JavaScript uses the client against the gateway of the package': check(async () => {
    cpSync(join(here, 'programs/plain.js'), join(installed.folder, 'plain.js'));
    const text = await withInstalledGateway(installed.folder, (url) =>
      installed.run('node', 'plain.js', url, sample),
    );
    const { vector, code } = JSON.parse(text) as { vector: number[]; code: string };
    assertSame(vector);
    assert.equal(code, 'model-not-found');
  }),
  'on an older Node it says which one it needs': async () => {
    const old = await findOldNode();
    if (old === undefined) return 'skipped';
    const bin = join(installedFolder, 'services/cli/bin/tessera.js');
    await assert.rejects(installed.run(old, bin, 'doctor'), (thrown: { code: number; stderr: string }) => {
      assert.equal(thrown.code, 1);
      assert.match(thrown.stderr, /^tessera: it needs Node 24 or later; this is \d+\.[\d.]+\. .*\n$/);
      return true;
    });
    return undefined;
  },
};

const counts = { passed: 0, failed: 0, skipped: 0 };
try {
  for (const [name, work] of Object.entries(checks)) {
    const outcome = await work().catch((thrown: unknown) => thrown as Error);
    const word = outcome === undefined ? 'passed' : outcome === 'skipped' ? 'skipped' : 'failed';
    counts[word] += 1;
    console.log(`${word.padEnd(8)}${name}${outcome instanceof Error ? `: ${outcome.message}` : ''}`);
  }
} finally {
  installed.remove();
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
