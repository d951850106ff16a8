import type { HttpLimits } from '#src/http/deps.ts';
import { readBody } from '#src/http/input/read-body.ts';
import { maxLineBytes, readInputLine } from '#src/http/input/read-input-line.ts';
import { splitLines } from '#src/http/input/split-lines.ts';
import { chargeOrWait, freeLease, type StreamFlow } from '#src/http/input/stream-multipart.ts';
import type { StreamedInput } from './stream-inputs.ts';

/** `application/x-ndjson` as it arrives: an input on each line, any number of bytes in all; not more is read than is taken. */
export async function* streamLines(
  request: Request,
  limits: HttpLimits,
  flow: StreamFlow,
): AsyncGenerator<StreamedInput, void, undefined> {
  const bounds = { maxBytes: Number.MAX_SAFE_INTEGER, lease: freeLease, signal: flow.signal };
  // Bytes since the last whole line; the line takes them over.
  let lease = flow.budget.open();
  async function* charged(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of readBody(request, bounds)) {
      flow.onChunk();
      await chargeOrWait(lease, chunk.byteLength, flow);
      yield chunk;
    }
  }
  try {
    for await (const line of splitLines(charged(), maxLineBytes(limits.maxFileBytes))) {
      const own = lease;
      lease = flow.budget.open();
      const input = readInputLine(line, limits.maxFileBytes);
      yield { input, byteLength: line.byteLength, release: () => own.release() };
    }
  } finally {
    lease.release();
  }
}
