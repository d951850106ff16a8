import { credentials, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { TritonTls } from './triton-options.ts';

/** Options of every channel towards a model server. */
export function channelOptions(tls: TritonTls | undefined): ChannelOptions {
  const authority = tls?.overrideAuthority;
  return {
    // Without a pool of its own, equal channels would share one connection.
    'grpc.use_local_subchannel_pool': 1,
    // 4 MiB by default, less than one patch map in FP32; Triton's own limit is 2 GiB.
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // HTTP/2 lets a peer send 64 KiB before it waits for us: a batch of patch maps (2.4 MB) would wait 37 times.
    'grpc-node.flow_control_window': 4 * 2 ** 20,
    // Triton answers pings that come more often than every 5 min with GOAWAY, and pings without calls after two.
    'grpc.keepalive_time_ms': 330_000,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.keepalive_permit_without_calls': 0,
    // Retries are made in one layer, with a budget; grpc-js would also keep a copy of each request for its own.
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    // A restarted server is to be found at once; the probes decide how often it is tried.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    // Images never leave through a proxy that happens to be in the environment.
    'grpc.enable_http_proxy': 0,
    'grpc.enable_channelz': 0,
    ...(authority === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': authority, 'grpc.default_authority': authority }),
  };
}

/** Credentials of the channels: TLS when configured, plain HTTP/2 otherwise. */
export function channelCredentials(tls: TritonTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const pem = (bytes: Uint8Array | undefined): Buffer | null =>
    bytes === undefined ? null : Buffer.from(bytes);
  return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert));
}
