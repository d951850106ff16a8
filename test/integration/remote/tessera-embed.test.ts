import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '#services/gateway/listen.ts';
import { createLogger } from '#src/telemetry/logger.ts';
import { root, runTessera } from '#test/integration/cli/run-tessera.ts';
import { createTestApp } from '#test/http/harness.ts';
import { certificates, fetcherFor, host } from './fetcher-under-test.ts';
import { openSite, type Site } from './loopback-site.ts';

const sample = 'samples/chest-xray/queries/normal-1.png';
const bytes = readFileSync(join(root, sample));

let site: Site;
let url: string;

beforeEach(async () => {
  site = await openSite({
    certificates,
    answer: (req, res) => {
      if (req.url === '/a.png') res.end(bytes);
      else res.writeHead(404).end();
    },
  });
  const app = createTestApp({ deps: { remote: fetcherFor(site.port) }, maxPixels: 10_000_000 });
  const log = createLogger('test', 'silent');
  const listener = await listen(app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 20_000, log });
  url = listener.url;
  onTestFinished(() => listener.close());
});

interface Reply {
  readonly data: readonly {
    file: string;
    embedding?: readonly number[];
    error?: { code: string; detail: string };
  }[];
}

describe('tessera embed', () => {
  test('takes addresses among files, each in its place, with its options', async () => {
    const address = `https://${host}:${site.port}/a.png`;
    const missing = `https://${host}:${site.port}/b.png`;
    const run = await runTessera(
      ['embed', '--no-normalize', '--pooling', 'patch_mean', sample, address, missing, sample],
      {
        TESSERA_URL: url,
      },
    );
    expect(run.exitCode, run.stderr).toBe(3);
    const { data } = JSON.parse(run.stdout) as Reply;
    expect(data.map(({ file }) => file)).toEqual([sample, address, missing, sample]);
    expect(data[1]!.embedding).toEqual(data[0]!.embedding);
    expect(data[2]!.error?.code).toBe('url-unreachable');
    const normalized = await runTessera(['embed', '--pooling', 'patch_mean', address], { TESSERA_URL: url });
    expect((JSON.parse(normalized.stdout) as Reply).data[0]!.embedding).not.toEqual(data[0]!.embedding);
  });

  test('goes on with the files when an address is not allowed', async () => {
    const run = await runTessera(['embed', 'https://other.example.org/a.png', sample], { TESSERA_URL: url });
    expect(run.exitCode, run.stderr).toBe(3);
    const { data } = JSON.parse(run.stdout) as Reply;
    expect(data[0]!.error?.code).toBe('url-not-allowed');
    expect(data[1]!.embedding).toBeDefined();
  });
});

test('tessera classify says that it takes none', async () => {
  const examples = ['-e', `a=${sample}`, '-e', `b=${sample}`];
  const run = await runTessera(['classify', ...examples, `https://${host}:${site.port}/a.png`], {
    TESSERA_URL: url,
  });
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('only tessera embed takes those');
  expect(site.requests).toEqual([]);
});
