import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { continueTrace, traceIdOf } from '#src/telemetry/traceparent.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';
const valid = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

describe('traceparent', () => {
  test('continues a trace with a new span and the same flags', () => {
    for (const flags of ['00', '01', 'ff']) {
      const ours = continueTrace(`00-${traceId}-${parentId}-${flags}`);
      expect(ours).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-${flags}$`));
      expect(ours).not.toContain(parentId);
      expect(traceIdOf(ours)).toBe(traceId);
    }
  });

  test.each([
    undefined,
    '',
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `ff-${traceId}-${parentId}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${traceId}-${parentId}-01-extra`,
    `00-${traceId}-${parentId}`,
    ` 00-${traceId}-${parentId}-01`,
    `00-${traceId}-${parentId}-01\n`,
  ])('%j starts a new trace', (incoming) => {
    const ours = continueTrace(incoming);
    expect(ours).toMatch(valid);
    expect(ours).not.toContain(traceId);
  });

  test('is valid whatever comes in, and no two spans are alike', () => {
    fc.assert(
      fc.property(fc.string(), (incoming) => {
        const [a, b] = [continueTrace(incoming), continueTrace(incoming)];
        expect(a).toMatch(valid);
        expect(a).not.toBe(b);
      }),
    );
  });
});
