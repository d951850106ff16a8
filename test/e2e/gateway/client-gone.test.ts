import { expect, test } from 'vitest';
import { embedSample, readMetric } from '#test/support/gateway-client.ts';
import { startGateway } from '#test/support/start-gateway.ts';
import { until } from '#test/support/until.ts';

const imagesSent = async (url: string): Promise<number> =>
  readMetric(url, 'tessera_batch_size_images_sum{model="demo_vit_224"}');

test('a client that goes away frees its memory and its place in the queue; the rest of its images is never encoded', async () => {
  const gateway = await startGateway();
  try {
    const count = 1000;
    const controller = new AbortController();
    const reply = embedSample(gateway.url, count, controller.signal);
    await until('the first images are encoded', async () => (await imagesSent(gateway.url)) > 0);
    controller.abort();
    await expect(reply).rejects.toThrow('aborted');
    await until(
      'its memory is free',
      async () => (await readMetric(gateway.url, 'tessera_upload_buffered_bytes')) === 0,
    );
    await until(
      'its queue is empty',
      async () => (await readMetric(gateway.url, 'tessera_batch_queue_images')) === 0,
    );
    // The next caller is served, and the abandoned images were not.
    expect((await embedSample(gateway.url)).status).toBe(200);
    expect(await imagesSent(gateway.url)).toBeLessThan(count / 2);
  } finally {
    await gateway.stop();
  }
});
