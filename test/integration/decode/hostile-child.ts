import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { serveChild, type ChildHandler } from '#src/isolation/serve-child.ts';
import { createDirectPreparer } from '#src/pipeline/prepare/create-direct-preparer.ts';
import { toHeader, toPrepareTask } from '#src/pipeline/prepare/prepare-message.ts';
import { createSystemClock } from '#src/telemetry/system-clock.ts';

/**
 * A prepare child that a file can break: "HANG", "LEAK" and "ABORT" as content do what a broken native decoder would;
 * anything else is prepared in earnest.
 */
const preparer = createDirectPreparer(createDirectDecoder(), createSystemClock());
const kept: Buffer[] = [];

function misbehave(word: string): void {
  if (word === 'ABORT') process.abort();
  while (word === 'HANG') Math.sqrt(2);
  while (word === 'LEAK') kept.push(Buffer.alloc(4_000_000, 1));
}

const handle: ChildHandler = async ({ header, payloads }) => {
  misbehave(Buffer.from(payloads[0]!.subarray(0, 5)).toString('latin1'));
  const { declaredType, requestId, remainingMs, ...task } = toPrepareTask(header);
  const ctx = { signal: AbortSignal.timeout(remainingMs), deadlineMs: Date.now() + remainingMs, requestId };
  const request = { ...task, bytes: payloads[0]!, declaredType: declaredType ?? undefined };
  const { inputs, ...rest } = await preparer.prepare(request, ctx);
  const described = inputs.map(({ channels, height, width, geometry }) => ({
    channels,
    height,
    width,
    geometry,
  }));
  return {
    header: toHeader({ ok: true, ...rest, inputs: described }),
    payloads: inputs.map(({ pixels }) => pixels),
  };
};

serveChild(handle);
