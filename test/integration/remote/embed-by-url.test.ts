import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '#services/gateway/listen.ts';
import { createLogger } from '#src/telemetry/logger.ts';
import { embeddingLineSchema } from '#src/http/schemas/embeddings.ts';
import { embed, postEmbeddings, vectorsOf } from '#test/http/analyses.ts';
import { postForm, postJson } from '#test/http/bodies.ts';
import { createTestApp } from '#test/http/harness.ts';
import { brightPng, darkPng, dataUri } from '#test/http/images.ts';
import { until } from '#test/support/until.ts';
import { certificates, fetcherFor, host, open } from './fetcher-under-test.ts';
import { openSite } from './loopback-site.ts';

const dark = await darkPng();
const bright = await brightPng();

/** A site with two images, one path that is nothing, and the service that may fetch from it. */
async function openBoth(options: Parameters<typeof createTestApp>[0] = {}) {
  const files = new Map([
    ['/dark', dark],
    ['/bright', bright],
  ]);
  const site = await openSite({
    certificates,
    answer: (req, res) => {
      const bytes = files.get(req.url!);
      if (bytes === undefined) res.writeHead(404).end();
      else res.writeHead(200, { 'content-type': 'text/plain' }).end(bytes);
    },
  });
  const app = createTestApp({ ...options, deps: { remote: fetcherFor(site.port) } });
  return { site, app, at: (path: string) => `https://${host}:${site.port}/${path}` };
}

test('images of a real https server are embedded as if they had been sent, whatever type it declares', async () => {
  const { app, at } = await openBoth();
  const reply = await embed(app, postJson({ input: [at('dark'), at('bright')] }));
  expect(vectorsOf(reply)).toEqual(vectorsOf(await embed(app, postForm(['file', dark], ['file', bright]))));
  expect(app.budget.usedBytes()).toBe(0);
});

/** The lines of a stream by their index, and the summary under `summary`. */
async function linesOf(response: Response) {
  const lines = (await response.text()).trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const parsed = embeddingLineSchema.parse(JSON.parse(line));
      return [parsed.object === 'summary' ? 'summary' : parsed.index, parsed] as const;
    }),
  );
}

test('in a stream each address is fetched as it goes, and a failed one is a line of its own', async () => {
  // More bytes than one request may have: a stream holds only what is in work.
  const { app, at, site } = await openBoth({ limits: { maxRequestBytes: 3 * dark.length } });
  const init = postJson({
    input: [...Array.from({ length: 9 }, (_, n) => at(n % 2 === 0 ? 'dark' : 'bright')), at('gone')],
  });
  const headers = { 'content-type': 'application/json', accept: 'application/x-ndjson' };
  const lines = await linesOf(await postEmbeddings(app, { ...init, headers }));
  expect(lines.get('summary')).toMatchObject({ status: 207, itemCount: 10, succeeded: 9, failed: 1 });
  expect(lines.get(9)).toMatchObject({ object: 'error', status: 422, error: { code: 'url-unreachable' } });
  const alone = await embed(app, postJson({ input: [dataUri(dark), dataUri(bright)] }));
  const [first, second] = [lines.get(0), lines.get(1)] as { embedding: number[] }[];
  expect([first!.embedding, second!.embedding]).toEqual(vectorsOf(alone));
  expect(app.budget.usedBytes()).toBe(0);
  expect(site.requests).toHaveLength(10);
});

test('a client that closes its connection cuts the download', async () => {
  const asked = Promise.withResolvers<undefined>();
  const site = await open((_req, res) => {
    res.write('x');
    asked.resolve(undefined);
  });
  const app = createTestApp({ deps: { remote: fetcherFor(site.port) } });
  const log = createLogger('test', 'silent');
  const listener = await listen(app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 10_000, log });
  onTestFinished(() => listener.close());
  const body = JSON.stringify({ input: `https://${host}:${site.port}/slow` });
  const client = request(`${listener.url}/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  client.on('error', () => undefined);
  client.end(body);
  await asked.promise;
  const gone = new Promise((resolve) => client.once('close', resolve));
  client.destroy();
  await gone;
  await until('the download is cut', () => site.openConnections() === 0);
  await until('its bytes are given back', () => app.budget.usedBytes() === 0);
});
