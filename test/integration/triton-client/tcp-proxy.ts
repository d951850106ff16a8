import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP proxy in front of a server: shows how many connections there are, and breaks them. */
export interface TcpProxy {
  readonly target: string;
  /** Connections that are open now. */
  connections(): number;
  /** Resolves when `count` connections are open. */
  until(count: number): Promise<void>;
  /** Resets all connections. */
  cut(): void;
}

export async function tcpProxyForTest(port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const changes: (() => void)[] = [];
  const changed = (): void => changes.splice(0).forEach((resolve) => resolve());
  const server = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    sockets.add(socket);
    changed();
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => {
      upstream.destroy();
      sockets.delete(socket);
      changed();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => sockets.forEach((socket) => socket.resetAndDestroy());
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.size,
    until: async (count) => {
      while (sockets.size !== count) await new Promise<void>((resolve) => changes.push(resolve));
    },
    cut,
  };
}
