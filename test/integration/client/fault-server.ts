import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Bytes of the body, as far as they came. */
  readonly bodyBytes: number;
}

/** What one request gets; after the last of the list, every request gets the last. */
export type Answer = (res: ServerResponse, req: IncomingMessage) => void;

export interface FaultServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  close(): Promise<void>;
}

/** A server on loopback that answers as told once a body has come; it stands for a service in trouble, or for something else altogether. */
export async function startFaultServer(...answers: readonly Answer[]): Promise<FaultServer> {
  const requests: ReceivedRequest[] = [];
  let count = 0;
  const server = createServer((req, res) => {
    const answer = answers[Math.min(count++, answers.length - 1)]!;
    let bodyBytes = 0;
    req.on('data', (chunk: Buffer) => (bodyBytes += chunk.byteLength));
    req.on('error', () => undefined);
    req.on('end', () => {
      const { method = '', url = '', headers } = req;
      requests.push({ method, url, headers, bodyBytes });
      answer(res, req);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const answerJson =
  (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (res) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

export const answerText =
  (text: string, contentType: string, status = 200): Answer =>
  (res) => {
    res.writeHead(status, { 'content-type': contentType }).end(text);
  };

/** Sends the head and some of the body, then cuts the connection. */
export const cutAfter =
  (text: string, contentType: string): Answer =>
  (res) => {
    res.writeHead(200, { 'content-type': contentType, 'content-length': String(text.length + 100) });
    res.write(text, () => res.destroy());
  };
