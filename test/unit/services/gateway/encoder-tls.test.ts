import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseGatewayConfig } from '#services/gateway/config.ts';
import { readEncoderTls } from '#services/gateway/encoder-tls.ts';

let folder = '';
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-tls-'));
  for (const name of ['a', 'b']) {
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      at(`${name}.key`),
    ];
    execFileSync(
      'openssl',
      ['req', '-x509', ...key, '-days', '2', '-out', at(`${name}.crt`), '-subj', `/CN=${name}`],
      {
        stdio: 'ignore',
      },
    );
  }
  writeFileSync(at('nonsense'), 'no PEM');
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (files: Record<string, string>) =>
  readEncoderTls(
    parseGatewayConfig({
      TESSERA_ENCODER_URLS: 'a:1',
      TESSERA_ENCODER_TLS: 'true',
      ...Object.fromEntries(
        Object.entries(files).map(([name, file]) => [`TESSERA_ENCODER_TLS_${name}_FILE`, at(file)]),
      ),
    }),
  );

test('without TLS there is nothing to read', async () => {
  expect(await readEncoderTls(parseGatewayConfig({}))).toBeUndefined();
});

test('certificates and the key that belongs to them are handed on', async () => {
  const tls = await read({ CA: 'b.crt', CERT: 'a.crt', KEY: 'a.key' });
  expect(Object.keys(tls!)).toEqual(['ca', 'cert', 'key']);
  expect(await read({})).toEqual({});
});

test.each<[string, Record<string, string>]>([
  ['TESSERA_ENCODER_TLS_CA_FILE', { CA: 'missing' }],
  ['TESSERA_ENCODER_TLS_CA_FILE', { CA: '.' }],
  ['TESSERA_ENCODER_TLS_CA_FILE', { CA: 'nonsense' }],
  ['TESSERA_ENCODER_TLS_CA_FILE', { CA: 'a.key' }],
  ['TESSERA_ENCODER_TLS_CERT_FILE', { CERT: 'nonsense', KEY: 'a.key' }],
  ['TESSERA_ENCODER_TLS_KEY_FILE', { CERT: 'a.crt', KEY: 'nonsense' }],
  ['TESSERA_ENCODER_TLS_KEY_FILE', { CERT: 'a.crt', KEY: 'a.crt' }],
  ['TESSERA_ENCODER_TLS_KEY_FILE', { CERT: 'a.crt', KEY: 'b.key' }],
])('%s is named when it is at fault: %j', async (name, files) => {
  await expect(read(files)).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringMatching(new RegExp(`^${name}: (?!.*${folder})`)) as string,
  });
});
