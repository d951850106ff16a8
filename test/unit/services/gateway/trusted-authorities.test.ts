import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { trustedAuthorities } from '#services/gateway/trusted-authorities.ts';

test('those that Node brings are trusted, each once', () => {
  const own = trustedAuthorities();
  expect(own).toEqual(expect.arrayContaining([rootCertificates[0], rootCertificates.at(-1)]));
  expect(new Set(own).size).toBe(own.length);
});

test('so is the one that NODE_EXTRA_CA_CERTS names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-ca-'));
  const path = join(folder, 'ca.crt');
  try {
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      `${path}.key`,
    ];
    execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', '-out', path, '-subj', '/CN=Own'], {
      stdio: 'ignore',
    });
    const script = `
      import { readFileSync } from 'node:fs';
      import { trustedAuthorities } from '#services/gateway/trusted-authorities.ts';
      const own = readFileSync(process.argv[1], 'utf8').trim();
      process.stdout.write(String(trustedAuthorities().map((pem) => pem.trim()).includes(own)));`;
    const run = (env: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script, path], { env, encoding: 'utf8' })
        .stdout;
    expect(run({ ...process.env, NODE_EXTRA_CA_CERTS: path })).toBe('true');
    expect(run({ ...process.env, NODE_EXTRA_CA_CERTS: '' })).toBe('false');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
