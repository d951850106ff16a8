import { describe, expect, test } from 'vitest';
import { readDocsAsset } from '#services/gateway/docs-assets.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';

const app = createTestApp({ deps: { docsAsset: readDocsAsset } });

describe('only the files of the page are served', () => {
  test.each([
    'package.json',
    'swagger-ui.css.map',
    'index.html',
    '__proto__',
    'constructor',
    '..%2fpackage.json',
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2fetc%2fpasswd',
    'start.js%00',
    'START.JS',
    '%ff',
    '%',
  ])('not %s', async (name) => {
    await expectProblem(await app.request(`/docs/${name}`), 404, 'not-found');
  });

  test('dots that climb out of the folder end at another path, not at a file', async () => {
    const keyed = createTestApp({ keys: ['k'], deps: { docsAsset: readDocsAsset } });
    for (const path of ['/docs/../v1/models', '/docs/%2e%2e/v1/models', '/docs/./../v1/models'])
      expect((await keyed.request(path)).status, path).toBe(401);
    for (const path of ['/docs/..%2fv1%2fmodels', '/docs//v1/models', '/docs/x/y'])
      expect((await keyed.request(path)).status, path).toBe(404);
  });
});
