import type { Advisory } from '#src/domain/advisory.ts';
import type { Provenance } from '#src/domain/provenance.ts';

/** A reply of numbers: its bytes and what goes into the reply's head, where the body has no room for it. */
export interface BinaryReply {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Stamp, space and advisory codes as headers, so that an array in a file still says where it came from. */
export function provenanceHeaders(
  provenance: Provenance,
  advisories: readonly Advisory[],
): Record<string, string> {
  return {
    'x-tessera-model': provenance.model,
    'x-tessera-stamp': provenance.stamp,
    'x-tessera-embedding-space': provenance.embeddingSpace,
    'x-tessera-advisories': [...new Set(advisories.map(({ code }) => code))].join(', '),
  };
}
