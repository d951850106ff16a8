import type { HealthHandlers } from '#src/infer/triton/service-definition.ts';
import { grpc } from '#src/infer/triton/gen/protocol.js';
import { unaryHandler } from './handler.ts';
import { notFound } from './status-error.ts';

const { ServingStatus } = grpc.health.v1.HealthCheckResponse;

/** The empty name is the server as a whole. */
const services = new Set(['', 'inference.GRPCInferenceService', 'grpc.health.v1.Health']);

export interface Health {
  readonly handlers: HealthHandlers;
  /** Tells the watchers when the state has changed; to be called whenever it may have. */
  readonly notify: () => void;
  /** Ends the watches, so that a server can shut down. */
  readonly close: () => void;
}

type WatchCall = Parameters<HealthHandlers['watch']>[0];

/** grpc.health.v1: SERVING while `isServing`. Check of an unknown service is NOT_FOUND, Watch says SERVICE_UNKNOWN. */
export function createHealth(isServing: () => boolean): Health {
  const watches = new Map<WatchCall, grpc.health.v1.HealthCheckResponse.ServingStatus | undefined>();

  const statusOf = (service: string): grpc.health.v1.HealthCheckResponse.ServingStatus => {
    if (!services.has(service)) return ServingStatus.SERVICE_UNKNOWN;
    return isServing() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  };
  const tell = (call: WatchCall): void => {
    const status = statusOf(call.request.service);
    if (watches.get(call) === status) return;
    watches.set(call, status);
    call.write({ status });
  };

  return {
    handlers: {
      check: unaryHandler(
        ({ service }) => {
          if (!services.has(service)) throw notFound(`unknown service '${service}'`);
          return { status: statusOf(service) };
        },
        () => undefined,
      ),
      watch: (call) => {
        watches.set(call, undefined);
        call.on('cancelled', () => watches.delete(call));
        call.on('error', () => watches.delete(call));
        tell(call);
      },
    },
    notify: () => watches.forEach((_, call) => tell(call)),
    close: () => {
      for (const call of watches.keys()) call.end();
      watches.clear();
    },
  };
}
