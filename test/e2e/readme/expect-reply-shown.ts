import { expect } from 'vitest';

/** The README gives three decimals or four; half a unit of the third, and what another processor may do to it. */
const shownPrecision = 0.002;

/**
 * Does a reply look as the README shows it? Every field shown must be there: texts equal, numbers to the digits
 * that the README gives (a processor's last bits may differ). Arrays are compared as far as they are shown.
 */
export function expectReplyShown(actual: unknown, shown: unknown, path = '$'): void {
  if (Array.isArray(shown)) {
    expect(Array.isArray(actual), path).toBe(true);
    const elements = actual as readonly unknown[];
    expect(elements.length, `${path}.length`).toBeGreaterThanOrEqual(shown.length);
    shown.forEach((element: unknown, index) => {
      expectReplyShown(elements[index], element, `${path}[${index}]`);
    });
  } else if (typeof shown === 'object' && shown !== null) {
    expect(actual, path).toBeTypeOf('object');
    for (const [key, value] of Object.entries(shown)) {
      expect(actual, path).toHaveProperty([key]);
      expectReplyShown((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
    }
  } else if (typeof shown === 'number') {
    expect(actual, path).toBeTypeOf('number');
    expect(Math.abs((actual as number) - shown), path).toBeLessThanOrEqual(shownPrecision);
  } else {
    expect(actual, path).toEqual(shown);
  }
}
