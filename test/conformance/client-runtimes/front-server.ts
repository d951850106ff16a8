import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FrontServer {
  readonly url: string;
  close(): Promise<void>;
}

async function readAll(req: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Hands a request to the gateway as a client on this machine, as a reverse proxy does, and its reply back. */
async function forward(
  gatewayUrl: string,
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const body = await readAll(req);
  const passed = ['accept', 'content-type'].flatMap((name) => {
    const value = req.headers[name];
    return typeof value === 'string' ? [[name, value] as [string, string]] : [];
  });
  const reply = await fetch(gatewayUrl + path, {
    method: req.method ?? 'GET',
    headers: passed,
    ...(req.method === 'POST' && { body }),
  });
  res.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? '' });
  res.end(Buffer.from(await reply.arrayBuffer()));
}

/**
 * The origin of a page and of the service behind it: `/page` is an empty page, `/busy-once/…` says 503 once and is the service then,
 * `/busy/…` says 503 with a long Retry-After, `/never/…` takes a request and does not answer; everything else is the gateway.
 */
export async function startFrontServer(gatewayUrl: string): Promise<FrontServer> {
  let wasBusy = false;
  const busy = (res: ServerResponse, seconds: number): void => {
    res.writeHead(503, { 'retry-after': String(seconds), 'content-type': 'text/plain' }).end();
  };
  const server = createServer((req, res) => {
    const url = req.url ?? '/';
    if (url === '/page') {
      res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>page</title>');
    } else if (url.startsWith('/never/')) {
      req.resume();
    } else if (url.startsWith('/busy/')) {
      req.resume().once('end', () => busy(res, 30));
    } else if (url.startsWith('/busy-once/') && !wasBusy) {
      wasBusy = true;
      req.resume().once('end', () => busy(res, 1));
    } else {
      forward(gatewayUrl, url.replace(/^\/busy-once/, ''), req, res).catch(() => res.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
