import { expect, test } from 'vitest';
import { createTestApp, expectProblem } from '#test/http/harness.ts';

const ask = (accept: string) =>
  createTestApp({
    deps: {
      docsAsset: (name) =>
        Promise.resolve({
          body: new Uint8Array(1),
          contentType: name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript',
        }),
    },
  }).request(name(accept), { headers: { accept } });
const name = (accept: string): string => (accept.includes('css') ? '/docs/start.js' : '/docs/swagger-ui.css');

test('a file is given as what it is, or not at all', async () => {
  const script = await expectProblem(await ask('text/css'), 406, 'not-acceptable');
  expect(script.detail).toBe('This operation answers with text/javascript.');
  const style = await expectProblem(await ask('text/javascript'), 406, 'not-acceptable');
  expect(style.detail).toBe('This operation answers with text/css.');
  await expectProblem(await ask('image/png'), 406, 'not-acceptable');
});

test('what browsers ask for gets it', async () => {
  expect((await ask('*/*')).status).toBe(200);
  expect((await ask('text/css,*/*;q=0.1')).status).toBe(200);
});
