const orientationTag = 0x0112;
const shortType = 3;

/**
 * The orientation in a TIFF block (the content of a PNG eXIf chunk, or of a JPEG APP1 segment behind `Exif\0\0`):
 * tag 0x0112 of the first directory. Damaged metadata must not cost the image, so anything unreadable means 1.
 * @returns 1–8
 */
export function readExifOrientation(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (view.byteLength < 8) return 1;
  const order = view.getUint16(0, false);
  const isLittle = order === 0x4949;
  if (!isLittle && order !== 0x4d4d) return 1;
  if (view.getUint16(2, isLittle) !== 42) return 1;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > view.byteLength) return 1;
  const entries = view.getUint16(directory, isLittle);
  for (let index = 0; index < entries; index += 1) {
    const entry = directory + 2 + 12 * index;
    if (entry + 12 > view.byteLength) return 1;
    if (view.getUint16(entry, isLittle) !== orientationTag) continue;
    if (view.getUint16(entry + 2, isLittle) !== shortType) return 1;
    const value = view.getUint16(entry + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
