import { connect } from 'node:net';
import { lstat, unlink } from 'node:fs/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  healthService,
  inferenceService,
  type HealthHandlers,
  type InferenceHandlers,
} from '#src/infer/triton/service-definition.ts';

export interface GrpcServer {
  /** `host:port` or `unix:/path`, as bound. */
  readonly address: string;
  /** Takes no more calls and resolves when those under way have ended. */
  readonly finish: () => Promise<void>;
  /** Cuts what is left. */
  readonly cut: () => void;
}

const unixPrefix = 'unix:';

/** Whether a process answers on a Unix socket. */
function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A killed server leaves its socket file behind, and then nothing can bind there. A socket in use is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  const isSocket = await lstat(path).then(
    (stats) => stats.isSocket(),
    () => false,
  );
  if (isSocket && !(await isAnswering(path))) await unlink(path);
}

/** Binds and serves. Rejects when the address cannot be bound. @param bind `host:port` (port 0: any) or `unix:/path`. */
export async function serveGrpc(
  bind: string,
  maxMessageBytes: number,
  handlers: { readonly inference: InferenceHandlers; readonly health: HealthHandlers },
): Promise<GrpcServer> {
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // Bookkeeping of every call for a debugging service that is not served here.
    'grpc.enable_channelz': 0,
  });
  server.addService(inferenceService, handlers.inference);
  server.addService(healthService, handlers.health);
  if (bind.startsWith(unixPrefix)) await removeStaleSocket(bind.slice(unixPrefix.length));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(bind, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: bind.startsWith(unixPrefix) ? bind : bind.replace(/:\d+$/, `:${port}`),
    finish: () =>
      new Promise((resolve, reject) => {
        server.tryShutdown((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
    cut: () => server.forceShutdown(),
  };
}
