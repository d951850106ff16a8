import { expect, test } from 'vitest';
import { parseGatewayConfig } from '#services/gateway/config.ts';
import { createRemoteFiles } from '#services/gateway/remote-files.ts';
import { refuseAddresses } from '#src/remote/refuse-addresses.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';

const bounds = { maxBytes: 1_000, onBytes: () => undefined, signal: new AbortController().signal };
const configured = (list: string) =>
  createRemoteFiles(parseGatewayConfig({ TESSERA_URL_ALLOW_LIST: list }), createSystemClock());

test('without an allow-list nothing is fetched, and the setting is named', async () => {
  expect(configured('')).toBe(refuseAddresses);
  await expect(configured('').fetch('https://images.example.org/', bounds)).rejects.toMatchObject({
    code: 'url-not-allowed',
    detail: expect.stringContaining('TESSERA_URL_ALLOW_LIST') as string,
  });
});

test('with one, other hosts are refused before anything is looked up', async () => {
  const remote = configured('images.example.org');
  for (const url of ['https://other.example.org/', 'http://images.example.org/', 'https://127.0.0.1/']) {
    await expect(remote.fetch(url, bounds)).rejects.toMatchObject({ code: 'url-not-allowed' });
  }
  remote.close();
});
