import { undecodable } from './undecodable.ts';

/** A marker segment of a JPEG file (ITU-T T.81, B.1.1.4). */
export interface JpegSegment {
  /** Second byte of the marker, for example 0xc0 for SOF0. */
  readonly marker: number;
  /** The parameters, without the two length bytes; a view, not a copy. */
  readonly content: Uint8Array;
  /** Offset of the first byte behind the segment; behind SOS that is where the coded samples begin. */
  readonly end: number;
}

const startOfScan = 0xda;
const endOfImage = 0xd9;

/** Markers without a length: TEM, RST0–7 and SOI. Between segments they carry nothing. */
const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/**
 * The segments from `offset` (a marker, or fill bytes before one) up to the next SOS, which is the last one, or EOI,
 * which is not handed out.
 * @throws AppError undecodable-image where there is no marker or a segment leaves the file
 */
export function* walkJpegSegments(bytes: Uint8Array, offset: number): Generator<JpegSegment> {
  let at = offset;
  while (true) {
    if (bytes[at] !== 0xff) throw undecodable('the JPEG file is damaged or cut off');
    while (bytes[at] === 0xff) at += 1;
    const marker = bytes[at];
    at += 1;
    if (marker === undefined || marker === 0) throw undecodable('the JPEG file is damaged or cut off');
    if (marker === endOfImage) return;
    if (standsAlone(marker)) continue;
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    const end = at + length;
    if (length < 2 || end > bytes.byteLength) throw undecodable('the JPEG file is damaged or cut off');
    yield { marker, content: bytes.subarray(at + 2, end), end };
    if (marker === startOfScan) return;
    at = end;
  }
}
