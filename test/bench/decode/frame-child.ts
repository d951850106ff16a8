import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { serveChild } from '#src/isolation/serve-child.ts';

/** Decodes and sends the whole frame back: what a pool of mere decoders would cost. Only measured, never shipped. */
const decoder = createDirectDecoder();
const limits = { maxPixels: 1e8, maxBytes: 1e8 };
const ctx = { signal: new AbortController().signal, deadlineMs: Number.MAX_SAFE_INTEGER, requestId: 'bench' };

serveChild(async ({ payloads }) => {
  const { pixels, ...description } = await decoder.decode(payloads[0]!, undefined, limits, ctx);
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return { header: { rows: description.rows, columns: description.columns }, payloads: [bytes] };
});
