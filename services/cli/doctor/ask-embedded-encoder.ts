import type { ModelSpec } from '#src/domain/model-spec.ts';
import { createTritonClient, type TritonClient } from '#src/infer/triton/create-triton-client.ts';
import { inspectModel } from '#src/infer/triton/inspect-model.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { CliError } from '../cli-error.ts';
import { openEncoder } from '../client/open-encoder.ts';
import type { CliConfig } from '../config.ts';
import { callContext, loadFault, untilSettled } from '../verify/ask-encoder.ts';
import type { Finding } from './finding.ts';

/** The demo models take two seconds; the largest of the family take minutes, for which nobody asks a doctor. */
const loadTimeoutMs = 20_000;

const name = 'embedded encoder';

async function findFault(
  client: TritonClient,
  target: string,
  spec: ModelSpec,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const advice =
    'Correct its spec.json, or export or copy the model again; until then the model is not served.';
  const fail = (detail: string): Finding => ({ name: `model ${spec.name}`, isOk: false, detail, advice });
  const fault = await loadFault(client, spec, signal);
  if (fault !== undefined) return fail(`it cannot be loaded: ${fault}`);
  const inspection = await inspectModel(client, spec, target, callContext(signal));
  return inspection.outcome === 'agreed' ? undefined : fail(inspection.reason);
}

async function askAll(
  target: string,
  specs: readonly ModelSpec[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const client = createTritonClient({ targets: [target], clock: createSystemClock() });
  const timeout = AbortSignal.timeout(loadTimeoutMs);
  try {
    const isSettled = await untilSettled(client, AbortSignal.any([signal, timeout])).then(
      () => true,
      (thrown: unknown) => {
        if (signal.aborted || !timeout.aborted) throw thrown;
        return false;
      },
    );
    if (!isSettled) {
      const detail = `has not loaded every model within ${loadTimeoutMs / 1000} s; tessera models verify waits for them`;
      return [{ name, isOk: true, detail }];
    }
    const faults = await Promise.all(specs.map((spec) => findFault(client, target, spec, signal)));
    const found = faults.filter((fault) => fault !== undefined);
    const count = `${specs.length - found.length} of ${specs.length}`;
    return [{ name, isOk: true, detail: `runs, and serves ${count} models as their specs say` }, ...found];
  } finally {
    client.close();
  }
}

/**
 * Runs the embedded encoder over models, as a gateway would, and compares what it says of each with its spec, as a gateway does:
 * a finding for the encoder, and one for each model that a gateway would refuse. Honours the signal.
 */
export async function askEmbeddedEncoder(
  config: CliConfig,
  specs: readonly ModelSpec[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (specs.length === 0) return [];
  try {
    const names = specs.map((spec) => spec.name);
    const encoder = await openEncoder(config, names, signal);
    return await askAll(encoder.target, specs, signal).finally(() => encoder.close());
  } catch (thrown) {
    if (!(thrown instanceof CliError)) throw thrown;
    const advice = 'Run npm ci on this machine.';
    return [{ name, isOk: false, detail: thrown.message, advice }];
  }
}
