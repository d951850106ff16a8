import { setTimeout as pause } from 'node:timers/promises';
import type { CallContext } from '#src/domain/call-context.ts';
import type { EncoderOutput } from '#src/domain/encoder-output.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { buildInferRequest } from '#src/infer/triton/build-infer-request.ts';
import type { TritonClient } from '#src/infer/triton/create-triton-client.ts';
import { readInferResponse } from '#src/infer/triton/read-infer-response.ts';
import { CliError } from '../cli-error.ts';

/** Loading and running a ViT-7B on a CPU takes minutes. */
const callTimeoutMs = 600_000;
const pollMs = 50;

/** A context for one call. */
export const callContext = (signal: AbortSignal): CallContext => ({
  signal,
  deadlineMs: Date.now() + callTimeoutMs,
  requestId: 'tessera-verify',
});

/** Resolves when the server says that it has loaded, or refused, every model. Throws CliError `unavailable` when it does not answer. */
export async function untilSettled(client: TritonClient, signal: AbortSignal): Promise<void> {
  const end = Date.now() + callTimeoutMs;
  for (;;) {
    const reply = await client.serverReady({}, callContext(signal)).catch((thrown: unknown) => {
      signal.throwIfAborted();
      throw new CliError(
        'unavailable',
        'The encoder cannot be reached.',
        'Check --encoder host:port.',
        thrown,
      );
    });
    if (reply.ready) return;
    if (Date.now() > end)
      throw new CliError('unavailable', 'The encoder does not become ready.', 'Read its log.');
    await pause(pollMs, undefined, { signal });
  }
}

/** Why the server does not serve the model, in its own words; undefined when it does. */
export async function loadFault(
  client: TritonClient,
  { name, version }: ModelSpec,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { models } = await client.repositoryIndex({}, callContext(signal));
  const found = models.find((model) => model.name === name && [version, ''].includes(model.version ?? ''));
  if (found === undefined) return 'the server has no such model and version';
  return found.state === 'READY' ? undefined : found.reason || `its state is ${found.state ?? 'unknown'}`;
}

/** All outputs of the images, as one batch over KServe. Rejects with AppError. */
export async function askEncoder(
  client: TritonClient,
  spec: ModelSpec,
  inputs: readonly ModelInput[],
  signal: AbortSignal,
): Promise<readonly EncoderOutput[]> {
  const ctx = callContext(signal);
  const batch = { modelName: spec.name, inputs, outputs: spec.outputs };
  const response = await client.modelInfer(buildInferRequest(spec, batch, ctx.requestId), ctx);
  return readInferResponse(response, { spec, outputs: spec.outputs, batchSize: inputs.length });
}
