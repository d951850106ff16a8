import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { embedSample, readMetric } from '#test/support/gateway-client.ts';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';
import { until } from '#test/support/until.ts';

const isWorking = (url: string) => async () => (await readMetric(url, 'tessera_upload_buffered_bytes')) > 0;

test.each([
  ['SIGTERM to the gateway', (gateway: RunningGateway) => gateway.stop()],
  ['SIGTERM to the whole process group', (gateway: RunningGateway) => gateway.stopGroup('SIGTERM')],
  ['Ctrl-C in its terminal', (gateway: RunningGateway) => gateway.stopGroup('SIGINT')],
])('%s: a bulk request in work is answered in full, then the process ends with code 0', async (_, stop) => {
  const gateway = await startGateway();
  const reply = embedSample(gateway.url, 120);
  await until('the upload is in work', isWorking(gateway.url));
  const exit = stop(gateway);
  const response = await reply;
  expect(response.status).toBe(200);
  const body = (await response.json()) as { data: { object: string }[] };
  expect(body.data).toHaveLength(120);
  expect(body.data.every(({ object }) => object === 'embedding')).toBe(true);
  expect(await exit).toBe(0);
});

test('SIGTERM: readiness fails first, while requests are still accepted, for as long as the drain delay', async () => {
  const gateway = await startGateway({ env: { TESSERA_DRAIN_DELAY_MS: '1500' } });
  const exit = gateway.stop();
  await until('readyz says so', async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    const body = (await response.json()) as { code?: string };
    return response.status === 503 && body.code === 'shutting-down';
  });
  expect((await embedSample(gateway.url)).status).toBe(200);
  expect(await exit).toBe(0);
});

test('an idle gateway ends with code 0 although a client keeps its connection open', async () => {
  const gateway = await startGateway();
  await (await fetch(`${gateway.url}/livez`)).text();
  expect(await gateway.stop()).toBe(0);
});

test.each([
  ['waits', 0],
  ['goes on', 20],
])(
  'SIGTERM: a stream whose upload %s for ever ends with all results and a last line that says why',
  async (_, pauseMs) => {
    const gateway = await startGateway({ env: { TESSERA_SHUTDOWN_TIMEOUT_MS: '10000' } });
    const upload = request(`${gateway.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', accept: 'application/x-ndjson' },
    });
    // Writing on into a connection that the server has closed is what such a client sees; the reply counts.
    upload.on('error', () => undefined);
    const head = Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n');
    const part = Buffer.concat([readFileSync('samples/nuclei/nuclei.png'), Buffer.from('\r\n'), head]);
    upload.write(Buffer.concat([head, part]));
    const timer = pauseMs === 0 ? undefined : setInterval(() => upload.write(part), pauseMs);
    const [reply] = (await once(upload, 'response')) as [IncomingMessage];
    const exit = gateway.stop();
    const lines = (await text(reply)).trimEnd().split('\n');
    clearInterval(timer);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      object: 'summary',
      succeeded: lines.length - 1,
      status: 503,
      error: { code: 'shutting-down' },
    });
    expect(await exit).toBe(0);
  },
);
