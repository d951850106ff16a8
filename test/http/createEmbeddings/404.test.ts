import { expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postJson } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { dataUri, pngImage } from '#test/http/images.ts';
import { coldModel, tinyModel, tinySpec } from '#test/http/tiny-model.ts';

const png = await pngImage();

test('an unknown model: the reply points at the option and names those that are served', async () => {
  const app = createTestApp();
  for (const init of [postFile(png), postJson({ input: dataUri(png) })]) {
    const response = await postEmbeddings(app, init, '?model=other_vit_224');
    const problem = await expectProblem(response, 404, 'model-not-found');
    expect(problem.errors).toEqual([{ pointer: '/model', detail: 'Unknown model.' }]);
    expect(problem.detail).toContain(tinySpec.name);
  }
});

test.each([
  '__proto__',
  'constructor',
  'toString',
  'TINY_VIT_32',
  ' tiny_vit_32',
  '../tiny_vit_32',
  '\ud800',
])('a name that is none: %j', async (model) => {
  const response = await postEmbeddings(createTestApp(), postJson({ input: dataUri(png), model }));
  await expectProblem(response, 404, 'model-not-found');
});

test('a path beside the operation’s', async () => {
  const app = createTestApp();
  for (const path of [
    '/v1/embeddings/',
    '/v1/embeddings/x',
    '/V1/embeddings',
    '//v1/embeddings',
    '/v1//embeddings',
  ])
    await expectProblem(await app.request(path, postFile(png)), 404, 'not-found');
});

test('a model that is refused: the reason, and no advice to try again', async () => {
  const refused = { ...coldModel, isRefused: true, notReadyReason: 'it has no licence text' };
  const app = createTestApp({ models: [tinyModel, refused] });
  const response = await postEmbeddings(app, postFile(png), `?model=${refused.spec.name}`);
  const problem = await expectProblem(response, 404, 'model-refused');
  expect(problem.detail).toBe('The model cold_vit_32 is not served: it has no licence text.');
});
