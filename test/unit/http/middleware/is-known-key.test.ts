import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isKnownKey } from '#src/http/middleware/is-known-key.ts';

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();
const digest = digestOf('right-key');
const allBytes = Array.from(digest.keys());

describe('a key', () => {
  test('is known when one of the digests is its own, wherever it stands', () => {
    const others = [digestOf('a'), digestOf('b')];
    expect(isKnownKey('right-key', [digest])).toBe(true);
    expect(isKnownKey('right-key', [...others, digest])).toBe(true);
    expect(isKnownKey('right-key', [digest, ...others])).toBe(true);
    expect(isKnownKey('right-key', others)).toBe(false);
    expect(isKnownKey('right-key', [])).toBe(false);
  });

  // A comparison that stops early, or looks at a part, lets somebody in who finds a key for that part alone.
  test.each(allBytes)('is another when byte %i of the digest differs', (at) => {
    const other = Buffer.from(digest);
    other[at]! ^= 1;
    expect(isKnownKey('right-key', [other])).toBe(false);
  });

  test('is compared by its SHA-256, not by itself', () => {
    expect(isKnownKey(digest.toString('latin1'), [digest])).toBe(false);
    expect(isKnownKey(digest.toString('hex'), [digest])).toBe(false);
  });
});
