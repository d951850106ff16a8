import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Is this one of the keys? Compares with every one, found or not, so that time tells neither which nor how far.
 * @param digests SHA-256 (32 bytes) of the keys
 */
export function isKnownKey(key: string, digests: readonly Uint8Array[]): boolean {
  const digest = createHash('sha256').update(key).digest();
  return digests.reduce((found, known) => timingSafeEqual(digest, known) || found, false);
}
