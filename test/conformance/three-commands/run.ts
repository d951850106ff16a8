import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startSnippet } from '#test/e2e/readme/shell.ts';
import { readSnippets, root, runElsewhere } from '#test/e2e/readme/snippets.ts';
import { commit, startLoopbackHub } from '#test/integration/hub/loopback-hub.ts';

/*
 * Runs the three commands of the README that lead from weights to a served model, word for word, against a hub on this machine that
 * serves random weights of the true S architecture, wants a token and breaks the connection in the middle of the file.
 *   node test/conformance/three-commands/run.ts PYTHON
 */
const python = process.argv[2];
if (python === undefined) {
  console.error('usage: run.ts PYTHON');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'tessera-three-'));
const weights = join(folder, 'published');
const here = import.meta.dirname;
const run = promisify(execFile);
let [passed, failed] = [0, 0];

async function check(title: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    passed += 1;
    console.log(`ok      ${title}`);
  } catch (thrown) {
    failed += 1;
    console.log(`FAILED  ${title}\n${String(thrown)}`);
  }
}
function assert(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

/** What a stranger would have set, but for the addresses and folders, which are the test's own. */
const environment = (endpoint: string): Record<string, string> => ({
  HF_ENDPOINT: endpoint,
  HF_TOKEN: 'hf_of_the_test',
  TESSERA_DATA_DIR: join(folder, 'data'),
  TESSERA_MODEL_DIR: join(folder, 'models'),
  TESSERA_PYTHON: python,
  TESSERA_PORT: '0',
});

async function shell(command: string, env: Record<string, string>) {
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  const { stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', command], options);
  console.log(`        $ ${command}\n${(stderr + stdout).trimEnd().replaceAll(/^/gm, '          ')}`);
  return stdout;
}

await run(python, [join(here, 'make_weights.py'), weights]);
const hub = await startLoopbackHub('facebook/dinov3-vits16-pretrain-lvd1689m');
for (const name of readdirSync(weights)) hub.files.set(name, readFileSync(join(weights, name)));
hub.manners.token = 'hf_of_the_test';
const part = join(folder, `data/weights/dinov3_vits16.${commit.slice(0, 12)}.part/model.safetensors.part`);
hub.manners.bytesKept = () => statSync(part, { throwIfNoEntry: false })?.size ?? 0;
hub.manners.cuts = [40_000_000];
hub.manners.cutOnly = 'model.safetensors';
const env = environment(hub.endpoint);
const model = 'dinov3_vits16_224';

try {
  const block = readSnippets().find(({ text }) => runElsewhere(text) === 'test/conformance/three-commands');
  const commands = block?.text.split('\n') ?? [];
  await check('the README has them, and they are three', async () => {
    await Promise.resolve();
    assert(commands.length === 3, `there are ${commands.length}`);
  });
  const [pull, exportIt, serve] = commands as [string, string, string];
  await check('the first one fetches the weights over a broken connection', async () => {
    await shell(pull, env);
    const pulled = readFileSync(join(folder, 'data/weights/dinov3_vits16/model.safetensors'));
    assert(pulled.equals(hub.files.get('model.safetensors')!), 'other bytes than the hub’s');
    const ranges = hub.seen.filter(({ path }) => path === '/model.safetensors').map(({ range }) => range);
    assert(ranges.length === 2 && /^bytes=[1-9]/.test(ranges[1] ?? ''), `ranges ${ranges.join(', ')}`);
  });
  await check('the second one makes a model with its terms', async () => {
    await shell(exportIt, env);
    assert(existsSync(join(folder, 'models', model, 'LICENSE.md')), 'no licence text');
  });
  await check('the third one serves it: embeddings are those of transformers', async () => {
    const gateway = await startSnippet(serve, 'ready', env);
    try {
      const url = String(gateway.event['url']);
      const { stdout } = await run(python, [join(here, 'check_embeddings.py'), weights, model, url]);
      console.log(`        ${stdout.trimEnd()}`);
    } finally {
      await gateway.interrupt();
    }
  });
  await check('verify passes the model', () => shell(`npx tessera models verify ${model}`, env));
  await check('its graph passes the lint for TensorRT, and a repository for engines is written', async () => {
    const repository = join(folder, 'plans');
    await shell(`npx tessera models build --target tensorrt --out ${repository}`, env);
    assert(existsSync(join(repository, 'build-engines.sh')), 'no script');
  });
  await check(
    'verify with a reference image tells random weights from the published ones, code 5',
    async () => {
      const image = 'samples/blood-smear/blood-smear.jpg';
      const found = await shell(`npx tessera models verify ${model} --reference-image ${image}`, env).catch(
        (thrown: unknown) => thrown as { code: number; stdout: string },
      );
      assert(typeof found !== 'string' && found.code === 5, 'it was not refused');
      const missed = (found as { stdout: string }).stdout.match(/^MISSED .*$/gm) ?? [];
      assert(missed.length === 2 && missed.every((line) => line.includes(' published.')), missed.join('\n'));
    },
  );
} finally {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
