import { setTimeout as pause } from 'node:timers/promises';
import { readRetryAfterMs } from '#src/client/retry-after.ts';
import { CliError } from '../cli-error.ts';
import type { OpenGateway } from './open-gateway.ts';

/** Tries of one request that the gateway asks to send again later. */
const maxTries = 5;
const maxPauseMs = 30_000;
/** Where the gateway does not say how long. */
const defaultPauseMs = 1_000;

async function sendOnce(
  gateway: OpenGateway,
  path: string,
  body: FormData | string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const method = body === undefined ? 'GET' : 'POST';
  try {
    return await fetch(`${gateway.url}${path}`, {
      method,
      headers:
        typeof body === 'string'
          ? { ...gateway.headers, 'content-type': 'application/json' }
          : gateway.headers,
      signal,
      ...(body && { body }),
    });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const { cause } = thrown as { cause?: { code?: string } };
    throw new CliError(
      'unavailable',
      `The gateway at ${gateway.url} cannot be reached (${cause?.code ?? 'connection failed'}).`,
      'Start it with npm start, or leave --url and TESSERA_URL out.',
      thrown,
    );
  }
}

/**
 * One call of the gateway, with a form or JSON text as its body; 429 and 503 are tried again after `Retry-After`. Resolves to the last reply, whatever its status.
 * Throws CliError `unavailable` when nobody answers; honours the signal.
 */
export async function sendRequest(
  gateway: OpenGateway,
  path: string,
  body: FormData | string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const response = await sendOnce(gateway, path, body, signal);
    if ((response.status !== 429 && response.status !== 503) || tries === maxTries) return response;
    await response.body?.cancel();
    const asked = readRetryAfterMs(response.headers, Date.now()) ?? defaultPauseMs;
    await pause(Math.min(maxPauseMs, asked), undefined, { signal });
  }
}
