import { AppError } from '#src/domain/app-error.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { serveChild, type ChildHandler } from '#src/isolation/serve-child.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import { toHeader, toPrepareTask, type PrepareReply } from '#src/pipeline/prepare/prepare-message.ts';

/* What a prepare child does: decode and preprocess one file a task, in this process, and answer with model inputs. */
const preparer = createDirectPreparer(createDirectDecoder(), createSystemClock());

const withoutPixels = ({ channels, height, width, geometry }: ModelInput): Omit<ModelInput, 'pixels'> => ({
  channels,
  height,
  width,
  geometry,
});

const handle: ChildHandler = async ({ header, payloads }) => {
  const { declaredType, remainingMs, requestId, ...task } = toPrepareTask(header);
  const ctx = { signal: AbortSignal.timeout(remainingMs), deadlineMs: Date.now() + remainingMs, requestId };
  const bytes = payloads[0] ?? new Uint8Array(0);
  try {
    const request = { ...task, bytes, declaredType: declaredType ?? undefined };
    const { inputs, ...rest } = await preparer.prepare(request, ctx);
    const reply: PrepareReply = { ok: true, ...rest, inputs: inputs.map(withoutPixels) };
    return { header: toHeader(reply), payloads: inputs.map(({ pixels }) => pixels) };
  } catch (thrown) {
    const { code, detail, faults } = AppError.from(thrown);
    // An unexpected error is worth a line in the parent's log; its text goes there, not to the client.
    if (code === 'internal') console.error(thrown);
    return { header: toHeader({ ok: false, code, detail, faults }), payloads: [] };
  }
};

/** Serves until the parent closes the channel. */
export function servePrepare(): void {
  serveChild(handle);
}
