import { setTimeout as pause } from 'node:timers/promises';

interface ListedModel {
  readonly id: string;
  readonly isDefault: boolean;
  readonly isRefused: boolean;
  readonly notReadyReason: string | null;
}

/** How often a gateway that is starting is asked. */
const intervalMs = 500;

async function askOnce(url: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await fetch(`${url}/v1/models`, { signal });
  const { data } = (await response.json()) as { data: readonly ListedModel[] };
  const model = data.find(({ isDefault }) => isDefault);
  return model?.isRefused === true
    ? `does not serve its default model ${model.id}: ${model.notReadyReason ?? 'refused'}`
    : undefined;
}

/**
 * Asks a gateway that is starting until it says that it will never serve its default model, and resolves with why. Undefined when the
 * signal ends the asking before that, or the gateway is gone.
 */
export async function defaultModelRefusal(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    for (;;) {
      const refusal = await askOnce(url, signal);
      if (refusal !== undefined) return refusal;
      await pause(intervalMs, undefined, { signal });
    }
  } catch {
    return undefined;
  }
}
