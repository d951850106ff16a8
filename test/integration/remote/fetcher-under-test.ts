import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, onTestFinished } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import type { RemoteFetchBounds, RemoteFetcher } from '#src/ports/remote-fetcher.ts';
import { parseAllowedHost } from '#src/remote/allowed-hosts.ts';
import { createHttpsFetcher, type HttpsFetcherDeps } from '#src/remote/create-https-fetcher.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { makeCertificates, openSite, type Site } from './loopback-site.ts';

export const certificates = makeCertificates([
  'images.example.org',
  '*.images.example.org',
  'other.example.org',
]);
export const host = 'images.example.org';
export const file = Buffer.from('the bytes of a file');
export const secretPath = '/patient-4711.png?token=s3cret';

export type Answer = (req: IncomingMessage, res: ServerResponse) => void;
/** Answers with the file. */
export const giveFile: Answer = (_req, res) => void res.end(file);
/** Answers that the file is elsewhere. */
export const redirectTo =
  (location: string, status = 302): Answer =>
  (_req, res) =>
    void res.writeHead(status, { location }).end();

/** A fetcher that may reach loopback; all of its other rules are the real ones. */
export function fetcherFor(port: number, deps: Partial<HttpsFetcherDeps> = {}): RemoteFetcher {
  const fetcher = createHttpsFetcher({
    allowedHosts: [`${host}:${port}`, `*.${host}:${port}`, `wrong.example.org:${port}`].map((entry) =>
      parseAllowedHost(entry)!,
    ),
    timeoutMs: 20_000,
    clock: createSystemClock(),
    resolveHost: () => Promise.resolve(['127.0.0.1']),
    isAllowedAddress: (address) => address === '127.0.0.1',
    authorities: [certificates.authority],
    ...deps,
  });
  onTestFinished(() => fetcher.close());
  return fetcher;
}

const signal = new AbortController().signal;
export const bounds: RemoteFetchBounds = { maxBytes: 1_000, onBytes: () => undefined, signal };

/** Fetches with what the test changes; gives the bytes as text, or the error. */
export async function outcome(
  site: Site,
  url = `https://${host}:${site.port}${secretPath}`,
  deps: Partial<HttpsFetcherDeps> = {},
  own: Partial<RemoteFetchBounds> = {},
): Promise<string | AppError> {
  return fetcherFor(site.port, deps)
    .fetch(url, { ...bounds, ...own })
    .then(
      (bytes) => Buffer.from(bytes).toString(),
      (thrown: unknown) => {
        expect(thrown).toBeInstanceOf(AppError);
        // The address may be a secret, and what Node says holds host and address.
        for (const part of ['4711', 's3cret', host, '127.0.0'])
          expect((thrown as AppError).detail).not.toContain(part);
        return thrown as AppError;
      },
    );
}

export const codeOf = (result: string | AppError): string =>
  result instanceof AppError ? result.code : result;
export const open = (answer: Answer): Promise<Site> => openSite({ certificates, answer });
