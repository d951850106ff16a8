import { expect, test } from 'vitest';
import { readDocsAsset } from '#services/gateway/docs-assets.ts';
import { expectOpen } from '#test/http/cases.ts';
import { createTestApp, expectText } from '#test/http/harness.ts';

test('the page loads nothing from elsewhere and may not be framed', async () => {
  const response = await createTestApp().request('/docs');
  const policy = response.headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  const html = await expectText(response, /^text\/html; charset=utf-8$/i);
  expect(html).not.toMatch(/https?:/);
});

test('every file that the page names is served', async () => {
  const app = createTestApp({ deps: { docsAsset: readDocsAsset } });
  const html = await (await app.request('/docs')).text();
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
  expect(files).toHaveLength(3);
  for (const file of files) {
    const type = file.endsWith('.css') ? /^text\/css/ : /^text\/javascript/;
    await expectText(await app.request(file), type, 'public, max-age=3600');
  }
});

test('is open without a key even where keys are set', async () => {
  await expectOpen({ path: '/docs' });
});
