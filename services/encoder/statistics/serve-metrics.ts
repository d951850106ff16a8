import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEncoderMetrics, type MetricSources } from './encoder-metrics.ts';

export interface MetricsServer {
  /** `host:port`, as bound. */
  readonly address: string;
  readonly close: () => void;
}

/** `GET /metrics` in Prometheus' text format; nothing else. Rejects when the address cannot be bound. */
export async function serveMetrics(bind: string, sources: MetricSources): Promise<MetricsServer> {
  const registry = createEncoderMetrics(sources);
  const server = createServer((req, res) => {
    if (req.method !== 'GET' || req.url !== '/metrics') {
      res.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => res.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => res.writeHead(500).end(),
    );
  });
  const [, host, port] = /^(.+):(\d+)$/.exec(bind)!;
  server.listen(Number(port), host!.replace(/^\[(.*)\]$/, '$1'));
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    address: `${host}:${bound}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
