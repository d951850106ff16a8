import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  callContext,
  clientForTest,
  healthyClient,
  serverForTest,
  untilEndpoints,
} from './client-under-test.ts';

let folder = '';
const read = (name: string): Buffer => readFileSync(join(folder, name));

/** A key and a self-signed certificate for `commonName`, which is its own authority. */
function makeCertificate(name: string, commonName: string): void {
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
      ...['-subj', `/CN=${commonName}`, '-addext', `subjectAltName=DNS:${commonName}`],
    ],
    { stdio: 'ignore' },
  );
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-tls-'));
  makeCertificate('server', 'encoder.internal');
  makeCertificate('client', 'gateway.internal');
});
afterAll(() => rmSync(folder, { recursive: true }));

const tlsServer = (isClientAsked: boolean) =>
  serverForTest({
    credentials: ServerCredentials.createSsl(
      read('client.crt'),
      [{ cert_chain: read('server.crt'), private_key: read('server.key') }],
      isClientAsked,
    ),
  });

describe('TLS', () => {
  test('with a given authority and name', async () => {
    const server = await tlsServer(false);
    const client = await healthyClient({
      targets: [server.target],
      tls: { ca: read('server.crt'), overrideAuthority: 'encoder.internal' },
    });
    expect(await client.serverLive({}, callContext())).toMatchObject({ live: true });
    expect(server.calls.at(-1)?.host).toBe('encoder.internal');
  });

  test('with a client certificate, where the server wants one', async () => {
    const server = await tlsServer(true);
    const tls = { ca: read('server.crt'), overrideAuthority: 'encoder.internal' };
    const client = await healthyClient({
      targets: [server.target],
      tls: { ...tls, cert: read('client.crt'), key: read('client.key') },
    });
    expect(await client.serverLive({}, callContext())).toMatchObject({ live: true });
    const anonymous = clientForTest({ targets: [server.target], tls });
    await untilEndpoints(anonymous, ([endpoint]) => endpoint?.state === 'unreachable');
  });

  test.each<[string, () => { ca?: Buffer; overrideAuthority?: string }]>([
    ['an unknown authority', () => ({ overrideAuthority: 'encoder.internal' })],
    ['another name', () => ({ ca: read('server.crt'), overrideAuthority: 'other.internal' })],
  ])('refuses a server with %s', async (_name, tls) => {
    const server = await tlsServer(false);
    const client = clientForTest({ targets: [server.target], tls: tls() });
    await untilEndpoints(client, ([endpoint]) => endpoint?.state === 'unreachable');
    expect(server.calls).toHaveLength(0);
  });
});
