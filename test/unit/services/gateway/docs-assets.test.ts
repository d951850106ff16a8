import { expect, test } from 'vitest';
import { readDocsAsset } from '#services/gateway/docs-assets.ts';

test.each([
  ['swagger-ui.css', 'text/css; charset=utf-8', 10_000],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8', 100_000],
  ['start.js', 'text/javascript; charset=utf-8', 50],
])('%s is there, of its type', async (name, contentType, atLeast) => {
  const asset = await readDocsAsset(name);
  expect(asset?.contentType).toBe(contentType);
  expect(asset?.body.byteLength).toBeGreaterThan(atLeast);
});

test('the page starts on this server’s own description and asks no other server about it', async () => {
  const text = new TextDecoder().decode((await readDocsAsset('start.js'))!.body);
  expect(text).toContain("url: '/openapi.json'");
  expect(text).toContain('validatorUrl: null');
});

test.each([
  '',
  '.',
  '..',
  'package.json',
  '../swagger-ui.css',
  './swagger-ui.css',
  '__proto__',
  'toString',
  'start.js\0',
])('nothing else is: %j', async (name) => {
  expect(await readDocsAsset(name)).toBeUndefined();
});
