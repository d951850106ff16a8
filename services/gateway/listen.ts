import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from '#src/telemetry/logger.ts';

type FetchHandler = (request: Request) => Response | Promise<Response>;

export interface Listener {
  /** `http://host:port` with the port that was bound. */
  readonly url: string;
  /** Replies tell clients to open no further requests on their connections. */
  stopKeepAlive(): void;
  /** Stops accepting; resolves when every open request has been answered. */
  close(): Promise<void>;
  /** Cuts what is still open. */
  destroy(): void;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Longest time of one request that does not stream. The application keeps it; here it bounds silence on a connection. */
  readonly requestTimeoutMs: number;
  /** Longest silence of a stream, likewise. */
  readonly streamIdleTimeoutMs?: number;
  readonly log: Logger;
}

const urlOf = ({ address, port, family }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

/** Binds; rejects with Node's error (EADDRINUSE, EACCES …). */
export async function listen(fetch: FetchHandler, options: ListenOptions): Promise<Listener> {
  let isDraining = false;
  const handle = getRequestListener(fetch, { overrideGlobalObjects: false });
  // The application answers at its own deadlines; this catches what it cannot see.
  const maxSilenceMs = Math.max(options.requestTimeoutMs, options.streamIdleTimeoutMs ?? 0) + 5_000;
  const server: Server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      // Node's bound on a whole request would cut streams, which may last as long as bytes move.
      requestTimeout: 0,
      keepAliveTimeout: 65_000,
    },
    (incoming, outgoing) => {
      if (isDraining) outgoing.setHeader('connection', 'close');
      // A reply that was begun before the drain leaves an idle connection behind, which `close` would wait for.
      outgoing.once('close', () => isDraining && setImmediate(() => server.closeIdleConnections()));
      void handle(incoming, outgoing);
    },
  );
  server.setTimeout(maxSilenceMs);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (err) => options.log.error({ err }, 'http server'));
  return {
    url: urlOf(server.address() as AddressInfo),
    stopKeepAlive: () => void (isDraining = true),
    close: () =>
      new Promise((resolve) => {
        isDraining = true;
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    destroy: () => server.closeAllConnections(),
  };
}
