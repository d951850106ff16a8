import sharp, { type Sharp } from 'sharp';

export interface ImageOptions {
  readonly rows?: number;
  readonly columns?: number;
  /** Level of the darkest pixel; the ramp rises from here. */
  readonly from?: number;
  /** Rise over the whole image. */
  readonly rise?: number;
}

/** A grey ramp from the top left to the bottom right; 8-bit grey, row-major. */
function rampImage({ rows = 24, columns = 40, from = 0, rise = 255 }: ImageOptions): Sharp {
  const last = Math.max(1, rows + columns - 2);
  const pixels = Uint8Array.from({ length: rows * columns }, (_, i) =>
    Math.min(255, from + Math.round(((Math.floor(i / columns) + (i % columns)) / last) * rise)),
  );
  return sharp(pixels, { raw: { width: columns, height: rows, channels: 1 } });
}

/** A real grey PNG. */
export async function pngImage(options: ImageOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await rampImage(options).toColourspace('b-w').png().toBuffer());
}

/** A real grey JPEG. */
export async function jpegImage(options: ImageOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await rampImage(options).toColourspace('b-w').jpeg({ quality: 95 }).toBuffer());
}

/** A dark and a bright PNG, easy to tell apart for the tiny model. */
export const darkPng = (shade = 10): Promise<Uint8Array<ArrayBuffer>> => pngImage({ from: shade, rise: 40 });
export const brightPng = (shade = 200): Promise<Uint8Array<ArrayBuffer>> =>
  pngImage({ from: shade, rise: 40 });

/** CRC-32 of PNG chunks (PNG specification, annex D). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A real PNG whose header claims other dimensions, with a right checksum: a decompression bomb's first bytes. */
export async function forgedPng(rows: number, columns: number): Promise<Uint8Array<ArrayBuffer>> {
  const png = await pngImage();
  const view = new DataView(png.buffer);
  view.setUint32(16, columns);
  view.setUint32(20, rows);
  view.setUint32(29, crc32(png.subarray(12, 29)));
  return png;
}

export const dataUri = (bytes: Uint8Array, type = 'image/png'): string =>
  `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
