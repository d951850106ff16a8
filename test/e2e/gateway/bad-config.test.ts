import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const keys = `sha256:${'0'.repeat(64)}`;

/** Starts the gateway with settings that it cannot use; it ends by itself. */
function start(settings: Readonly<Record<string, string>>) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('TESSERA_'));
  const { status, stderr, stdout } = spawnSync(process.execPath, ['services/gateway/main.ts'], {
    cwd: root,
    env: { ...Object.fromEntries(own), TESSERA_PORT: '0', ...settings },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stderr, stdout };
}

describe('a configuration that cannot be used ends with exit code 78 and the name of the variable', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['TESSERA_PORT', { TESSERA_PORT: 'http' }],
    ['TESSERA_ENCODER_URLS', { TESSERA_ENCODER_URLS: 's3cr3t.internal' }],
    ['TESSERA_ENCODER_TLS_CA_FILE', { TESSERA_ENCODER_TLS_CA_FILE: '/s3cr3t' }],
    [
      'TESSERA_ENCODER_TLS_CA_FILE',
      {
        TESSERA_ENCODER_URLS: '127.0.0.1:1',
        TESSERA_ENCODER_TLS: 'true',
        TESSERA_ENCODER_TLS_CA_FILE: '/s3cr3t',
      },
    ],
    ['TESSERA_URL_ALLOW_LIST', { TESSERA_URL_ALLOW_LIST: 'https://s3cr3t.example.org/' }],
    ['TESSERA_MODEL_DIR', { TESSERA_MODEL_DIR: '/s3cr3t' }],
    ['TESSERA_DEFAULT_MODEL', { TESSERA_DEFAULT_MODEL: 's3cr3t' }],
    [
      'TESSERA_HOST',
      // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
      { TESSERA_HOST: '192.0.2.1', TESSERA_API_KEYS: keys, TESSERA_ENCODER_URLS: '127.0.0.1:1' },
    ],
  ])('%s: %j', (name, settings) => {
    const { status, stderr, stdout } = start(settings);
    expect(status, stderr).toBe(78);
    expect(stderr).toContain(`${name}: `);
    expect(stderr).not.toContain('s3cr3t');
    expect(stdout).toBe('');
  });
});

test('a misspelt setting is told, with the one that was probably meant', () => {
  const { stderr } = start({ TESSERA_MAX_ITEM: '5', TESSERA_MODEL_DIR: '/missing' });
  const warning = JSON.parse(stderr.split('\n')[0]!) as object;
  expect(warning).toMatchObject({ level: 40, variable: 'TESSERA_MAX_ITEM', nearest: 'TESSERA_MAX_ITEMS' });
});
