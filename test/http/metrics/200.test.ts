import { expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { postFile, postForm } from '#test/http/bodies.ts';
import { createTestApp, expectText } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';

const png = await pngImage();
const scrape = async (app: ReturnType<typeof createTestApp>) =>
  expectText(await app.request('/metrics'), /^text\/plain; version=0\.0\.4/);

test('requests, items and stages are counted under bounded labels', async () => {
  const app = createTestApp();
  const text = Uint8Array.from(Buffer.from('text'));
  await postEmbeddings(app, postForm(['file', png], ['file', text]));
  await postEmbeddings(app, postFile(png), '?pooling=max');
  const lines = (await scrape(app)).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'tessera_http_requests_total{operation="createEmbeddings",status="207"} 1',
      'tessera_http_requests_total{operation="createEmbeddings",status="400"} 1',
      'tessera_items_total{operation="createEmbeddings",outcome="ok"} 1',
      'tessera_items_total{operation="createEmbeddings",outcome="unsupported-media-type"} 1',
      'tessera_stage_duration_seconds_count{stage="infer"} 1',
      'tessera_model_ready{model="tiny_vit_32"} 1',
      'tessera_build_info{version="0.0.0-test"} 1',
    ]),
  );
});

test('nothing that a client sends becomes a label: paths, methods, models, ids', async () => {
  const app = createTestApp();
  const marks = ['evil"} 1\ntessera_fake_total 9', 'mark-of-client', '%0a%22%7d'];
  for (const mark of marks) {
    await app.request(`/${mark.replaceAll('\n', '%0a')}`);
    await app.request(`/v1/models/${encodeURIComponent(mark)}`);
    await postEmbeddings(
      app,
      postFile(png),
      `?${new URLSearchParams({ model: mark, pooling: mark }).toString()}`,
    );
    await postEmbeddings(app, postForm(['file', png], [mark, mark]));
  }
  await app.request('/livez', { method: 'MARK-OF-CLIENT', headers: { 'x-request-id': 'mark-of-client' } });
  const text = await scrape(app);
  for (const mark of ['evil', 'mark-of-client', 'MARK-OF-CLIENT', 'fake_total', '%0a'])
    expect(text).not.toContain(mark);
  expect(text).toContain('operation="unmatched",status="404"');
});
