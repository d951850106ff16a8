import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '#test/support/read-arrays.ts';
import { commandsWithPictures } from './commands-with-pictures.ts';
import { expectReplyShown } from './expect-reply-shown.ts';
import { runSnippet, startSnippet, type RunningSnippet } from './shell.ts';
import { readSnippets, rewrite, root, runElsewhere } from './snippets.ts';

const snippets = readSnippets();
const allBash = snippets.filter(({ language }) => language === 'bash').map(({ text }) => text);
const bash = allBash.filter((text) => runElsewhere(text) === undefined);
const [start, embed, classify, mapSamples, otherWays, buildRepository, withTriton, runTests] = bash as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

/** The JSON block that follows a command. */
function replyShownFor(command: string): unknown {
  const next = snippets[snippets.findIndex(({ text }) => text === command) + 1];
  expect(next?.language).toBe('json');
  return JSON.parse(next!.text);
}

interface EmbeddingReply {
  readonly data: readonly { readonly embedding: readonly number[] }[];
  readonly provenance: { readonly dimension: number };
}
interface ClassificationReply {
  readonly data: readonly {
    readonly label: string;
    readonly probabilities: Readonly<Record<string, number>>;
  }[];
}

const folder = mkdtempSync(join(tmpdir(), 'tessera-readme-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the commands of README.md work as they stand there', () => {
  let gateway: RunningSnippet;
  let gatewayUrl: string;

  beforeAll(async () => {
    gateway = await startSnippet(rewrite(start, {}), 'ready', { TESSERA_PORT: '0' });
    gatewayUrl = String(gateway.event['url']);
  }, 60_000);
  afterAll(async () => {
    await gateway.interrupt();
  });

  it('are these eight, so that none is left untested', () => {
    expect(bash).toHaveLength(8);
    expect(start).toBe('npm ci && npm start');
    // Run by pictures.test.ts, which finds it the same way.
    expect(commandsWithPictures('README.md').map(({ command }) => command)).toEqual([mapSamples]);
  });

  it('another suite runs one more, and CI runs that suite', () => {
    const suites = allBash.map(runElsewhere).filter((suite) => suite !== undefined);
    expect(suites).toEqual(['test/conformance/three-commands']);
    const ci = readFileSync(join(root, '.ci/run'), 'utf8');
    for (const suite of suites) expect(ci).toContain(`bash ${suite}/run.sh`);
  });

  it('the first call embeds the sample image, and the reply looks as shown', async () => {
    const reply = JSON.parse(await runSnippet(rewrite(embed, { gatewayUrl }))) as EmbeddingReply;
    expectReplyShown(reply, replyShownFor(embed));
    const { embedding } = reply.data[0]!;
    expect(embedding).toHaveLength(reply.provenance.dimension);
    // L2-normalised by default; a sum of 192 squares of float32 values is 1 to about 1e-6.
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  });

  it('the second call classifies by examples, and the labels are the ones shown', async () => {
    const reply = JSON.parse(await runSnippet(rewrite(classify, { gatewayUrl }))) as ClassificationReply;
    expectReplyShown(reply, replyShownFor(classify));
    for (const { label, probabilities } of reply.data) {
      const total = Object.values(probabilities).reduce((sum, value) => sum + value, 0);
      expect(total).toBeCloseTo(1, 6);
      expect(probabilities[label]).toBe(Math.max(...Object.values(probabilities)));
    }
  });

  it('the other ways give patch tokens, a line per image and a table', async () => {
    const printed = (await runSnippet(rewrite(otherWays, { gatewayUrl, dataFolder: folder }))).trimEnd();
    const lines = printed.split('\n');
    expect(lines.pop()).toMatch(/^4 of 4 files embedded into /);
    const objects = lines.map((line) => (JSON.parse(line) as { object: string }).object);
    expect(objects).toEqual(['embedding', 'embedding', 'summary']);
    const { tensors } = readSafetensors(readFileSync(join(folder, 'ct.safetensors')));
    expect(tensors['patch_tokens']?.shape).toEqual([1, 14, 14, 192]);
    const rows = readFileSync(join(folder, 'vectors.csv'), 'utf8').trimEnd().split('\n');
    expect(rows.map((row) => row.split(',').length)).toEqual(Array(5).fill(193));
  });

  it('the page that it points at is there', async () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('<http://127.0.0.1:8080/docs>');
    const page = await fetch(`${gatewayUrl}/docs`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('swagger-ui');
  });

  it('a model repository for Triton is written', async () => {
    await runSnippet(rewrite(buildRepository, { dataFolder: folder }));
    const model = join(folder, 'model-repository/demo_vit_224');
    expect(readFileSync(join(model, 'config.pbtxt'), 'utf8')).toContain('python');
    expect(existsSync(join(model, '1/model.py'))).toBe(true);
  });

  it('the gateway uses the encoder that TESSERA_ENCODER_URLS names', async () => {
    const encoder = await startSnippet('npm run encoder', 'model-ready', {
      TESSERA_ENCODER_BIND: `unix:${join(folder, 'encoder.sock')}`,
    });
    const encoderAddress = `unix:${join(folder, 'encoder.sock')}`;
    const second = await startSnippet(rewrite(withTriton, { encoderAddress }), 'ready', {
      TESSERA_PORT: '0',
    });
    try {
      const url = String(second.event['url']);
      const reply = JSON.parse(await runSnippet(rewrite(embed, { gatewayUrl: url }))) as EmbeddingReply;
      expect(reply.data).toHaveLength(1);
    } finally {
      await second.interrupt();
      await encoder.interrupt();
    }
  });

  it('the last one is how the tests are run, here and in CI', () => {
    expect(runTests).toBe('npm ci && npm test');
    const ci = readFileSync(join(root, '.ci/run'), 'utf8');
    expect(ci).toMatch(/^check install \d+ npm ci$/m);
    expect(ci).toMatch(/^suite tests \d+ npm test$/m);
  });
});

describe('the configuration table', () => {
  it('lists the variables that the gateway reads, all of them and no others', () => {
    const source = readFileSync(join(root, 'services/gateway/config.ts'), 'utf8');
    const readByGateway = [...source.matchAll(/^ {2}(TESSERA_\w+):/gm)].map((match) => match[1]!);
    const table = readFileSync(join(root, 'README.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `TESSERA_'));
    const listed = table.flatMap((row) => [...row.matchAll(/`(TESSERA_\w+)`/g)].map((match) => match[1]!));
    expect(readByGateway.length).toBeGreaterThan(20);
    expect([...new Set(listed)].sort()).toEqual(readByGateway.sort());
  });
});
