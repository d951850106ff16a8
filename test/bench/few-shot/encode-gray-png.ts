import { crc32, deflateSync } from 'node:zlib';

/** An 8-bit gray PNG (RFC 2083: IHDR, one IDAT with filter 0 in each row, IEND). Lossless, so the encoder sees these very pixels. */
export function encodeGrayPng(pixels: Uint8Array, rows: number, columns: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(rows, 4);
  header[8] = 8;
  const filtered = Buffer.alloc(rows * (columns + 1));
  for (let row = 0; row < rows; row += 1) {
    filtered.set(pixels.subarray(row * columns, (row + 1) * columns), row * (columns + 1) + 1);
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(content.length, 0);
  framed.set(named, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}
