import { coefficientBits, type AxisCoefficients } from './triangle-coefficients.ts';

const half = 1 << (coefficientBits - 1);
const level = (sum: number): number => Math.min(sum >> coefficientBits, 255);

/**
 * Vertical pass: filters lines of `lineBytes` bytes (a row with all its samples) into `axis.start.length` lines of
 * `target`. `source` begins at source row `firstRow`. Four neighbours at once: one weight serves four multiplications.
 */
export function resizeColumnsInto(
  source: Uint8Array,
  lineBytes: number,
  firstRow: number,
  axis: AxisCoefficients,
  target: Uint8Array,
): void {
  const { start, count, weights, stride } = axis;
  for (let y = 0; y < start.length; y += 1) {
    const top = (start[y]! - firstRow) * lineBytes;
    const firstTap = y * stride;
    const endTap = firstTap + count[y]!;
    const out = y * lineBytes;
    let x = 0;
    for (; x + 4 <= lineBytes; x += 4) {
      let sum0 = half;
      let sum1 = half;
      let sum2 = half;
      let sum3 = half;
      for (let tap = firstTap, at = top + x; tap < endTap; tap += 1, at += lineBytes) {
        const weight = weights[tap]!;
        sum0 = (sum0 + Math.imul(source[at]!, weight)) | 0;
        sum1 = (sum1 + Math.imul(source[at + 1]!, weight)) | 0;
        sum2 = (sum2 + Math.imul(source[at + 2]!, weight)) | 0;
        sum3 = (sum3 + Math.imul(source[at + 3]!, weight)) | 0;
      }
      target[out + x] = level(sum0);
      target[out + x + 1] = level(sum1);
      target[out + x + 2] = level(sum2);
      target[out + x + 3] = level(sum3);
    }
    for (; x < lineBytes; x += 1) {
      let sum = half;
      for (let tap = firstTap, at = top + x; tap < endTap; tap += 1, at += lineBytes) {
        sum = (sum + Math.imul(source[at]!, weights[tap]!)) | 0;
      }
      target[out + x] = level(sum);
    }
  }
}
