import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A private authority and a certificate of it, PEM. */
export interface Certificates {
  readonly authority: string;
  readonly key: string;
  readonly certificate: string;
}

const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority that vouches for a server of those names. Takes openssl and a few dozen milliseconds. */
export function makeCertificates(names: readonly string[]): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-site-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { stdio: 'ignore', cwd: folder });
  try {
    openssl(
      'req',
      '-x509',
      ...ecKey,
      '-days',
      '2',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=Test authority',
    );
    openssl('req', ...ecKey, '-keyout', 'site.key', '-out', 'site.csr', '-subj', '/CN=site');
    writeFileSync(file('site.ext'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
    openssl(
      'x509',
      '-req',
      '-in',
      'site.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-days',
      '2',
      '-out',
      'site.crt',
      '-extfile',
      'site.ext',
    );
    const read = (name: string): string => readFileSync(file(name), 'utf8');
    return { authority: read('ca.crt'), key: read('site.key'), certificate: read('site.crt') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Site {
  readonly port: number;
  /** Heads of the requests that came, oldest first. */
  readonly requests: readonly { readonly url: string; readonly headers: IncomingMessage['headers'] }[];
  /** Connections that are open now. */
  readonly openConnections: () => number;
  readonly connections: () => number;
}

export interface SiteOptions {
  readonly certificates: Certificates;
  readonly answer: (req: IncomingMessage, res: ServerResponse) => void;
  readonly address?: string;
  readonly port?: number;
}

/** A real https server on loopback; gone, with its connections, when the test ends. */
export async function openSite({
  certificates,
  answer,
  address = '127.0.0.1',
  port = 0,
}: SiteOptions): Promise<Site> {
  const requests: { url: string; headers: IncomingMessage['headers'] }[] = [];
  let connections = 0;
  let open = 0;
  const { key, certificate: cert } = certificates;
  const server = createServer({ key, cert }, (req, res) => {
    requests.push({ url: req.url!, headers: req.headers });
    answer(req, res);
  });
  server.on('connection', (socket) => {
    connections += 1;
    open += 1;
    socket.once('close', () => (open -= 1));
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    openConnections: () => open,
    connections: () => connections,
  };
}
