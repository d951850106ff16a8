import { Client, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { isFailing } from './unary-attempt.ts';

/** The connections to one endpoint. */
export interface EndpointChannels {
  /** A channel for a probe, which does not count as a call. */
  forProbe(): Client;
  /** Lends a channel; it counts as one call under way until it is released. */
  acquire(): ChannelLease;
  /** Calls that are under way. */
  outstanding(): number;
  /** Opens the connections that are not open yet, so that no request pays for it. */
  warm(): void;
  /** Replaces all connections: a peer that vanished without a word leaves them hanging for minutes. */
  renew(): void;
  close(): void;
}

export interface ChannelLease {
  readonly client: Client;
  /** To be called once. */
  readonly release: () => void;
}

/** `count` channels to `target`, each with a connection of its own. */
export function createEndpointChannels(
  target: string,
  count: number,
  credentials: ChannelCredentials,
  options: ChannelOptions,
): EndpointChannels {
  const openAll = (): Channel[] =>
    Array.from({ length: count }, () => ({
      client: new Client(target, credentials, options),
      outstanding: 0,
    }));
  let channels = openAll();
  let outstanding = 0;
  let turn = 0;
  const choose = (): Channel => {
    turn = (turn + 1) % count;
    return leastLoaded(channels, turn);
  };
  const closeAll = (): void => channels.forEach(({ client }) => client.close());

  return {
    forProbe: () => choose().client,
    acquire: () => {
      const channel = choose();
      channel.outstanding += 1;
      outstanding += 1;
      return {
        client: channel.client,
        release: () => {
          channel.outstanding -= 1;
          outstanding -= 1;
        },
      };
    },
    outstanding: () => outstanding,
    warm: () => channels.forEach(({ client }) => client.getChannel().getConnectivityState(true)),
    renew: () => {
      // Calls under way keep their connection until they end.
      closeAll();
      channels = openAll();
    },
    close: closeAll,
  };
}

interface Channel {
  readonly client: Client;
  outstanding: number;
}

/** The channel with the fewest calls among those that can connect; equals take turns, starting at `first`. */
function leastLoaded(channels: readonly Channel[], first: number): Channel {
  const rotated = [...channels.slice(first), ...channels.slice(0, first)];
  const connectable = rotated.filter(({ client }) => !isFailing(client));
  const candidates = connectable.length > 0 ? connectable : rotated;
  return candidates.reduce((best, channel) => (channel.outstanding < best.outstanding ? channel : best));
}
