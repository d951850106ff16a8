import { AppError } from '#src/domain/app-error.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';

/** RFC 2397: `data:[<mediatype>][;base64],<data>`. Only the head is matched: the data may be many megabytes. */
const dataUriHead = /^data:([a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+)?((?:;[a-z0-9-]+=[^;,]*)*)(;base64)?,$/i;
/** Longest head: no media type needs more, and the expression's backtracking must not grow with the upload. */
const maxHeadLength = 256;
const base64Alphabet = /^[A-Za-z0-9+/]*={0,2}$/;

const failed = (error: AppError): UploadItem => ({ ok: false, error });

/** Node's decoder skips what is not base64, so the text is checked first: a corrupt upload must not become another image. */
function decodeBase64(text: string): Uint8Array | undefined {
  if (!base64Alphabet.test(text) || text.length % 4 === 1) return undefined;
  return Buffer.from(text, 'base64');
}

/** Value of a hexadecimal digit given as an ASCII code; NaN for anything else. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : NaN;
}

/** `%41` → one byte each, as RFC 2397 wants; undefined on a broken escape or a non-ASCII character. */
function decodePercent(text: string): Uint8Array | undefined {
  if (/[^\0-\x7f]/.test(text)) return undefined;
  // In place, byte by byte: a replace with a callback would cost a gigabyte for a large upload.
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at]!;
    if (byte === 0x25) {
      byte = hexDigit(bytes[at + 1] ?? 0) * 16 + hexDigit(bytes[at + 2] ?? 0);
      if (Number.isNaN(byte)) return undefined;
      at += 2;
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

function readDataUri(text: string, maxFileBytes: number): UploadItem {
  const comma = text.indexOf(',');
  const head = comma < maxHeadLength ? dataUriHead.exec(text.slice(0, comma + 1)) : null;
  if (head === null) return failed(new AppError('malformed-request', 'The data URI is malformed.'));
  const payload = text.slice(head[0].length);
  const isBase64 = head[3] !== undefined;
  // Four characters of base64 are three bytes, a percent escape may take three characters for one: a lower bound in both cases.
  const leastBytes = isBase64 ? Math.floor((payload.length * 3) / 4) - 2 : Math.floor(payload.length / 3);
  if (leastBytes > maxFileBytes) return failed(fileTooLarge(maxFileBytes));
  const bytes = isBase64 ? decodeBase64(payload) : decodePercent(payload);
  if (bytes === undefined)
    return failed(new AppError('malformed-request', 'The data of the data URI is malformed.'));
  if (bytes.byteLength > maxFileBytes) return failed(fileTooLarge(maxFileBytes));
  if (bytes.byteLength === 0) return failed(new AppError('malformed-request', 'The file is empty.'));
  return { ok: true, bytes, declaredType: head[1]?.toLowerCase() };
}

export const fileTooLarge = (maxFileBytes: number): AppError =>
  new AppError('payload-too-large', `The file is larger than ${maxFileBytes} bytes.`);

/** Is the text an address, of whatever kind of web? Whether it may be fetched is the fetcher's word. */
export const isAddress = (text: string): boolean => /^https?:/i.test(text);

/** How the base64 of the known formats begins: PNG, JPEG, WebP, TIFF (two byte orders), GIF, zip. */
const bareBase64 = /^(iVBORw0KGgo|\/9j\/|UklGR|SUkqA|TU0AK|R0lGOD|UEsDB)[A-Za-z0-9+/\r\n]*/;
/** Ends as a file name does, and is no longer than a path. */
const fileName = /^[^\r\n]{1,1024}\.(png|jpe?g|webp|tiff?|gif|bmp|dcm|nii|gz|zip)$/i;

/** What somebody who sent this text probably meant. */
function hintFor(text: string): string {
  if (bareBase64.test(text))
    return ' This looks like bare base64: put "data:image/png;base64," (or the true type) before it.';
  if (fileName.test(text))
    return ' This looks like the name of a file, which the service cannot see: send its content.';
  return '';
}

/** One `input` string of a JSON body that is no address → an item; what is wrong with it stays its own error. */
export function readInputReference(text: string, maxFileBytes: number): UploadItem {
  if (/^data:/i.test(text)) return readDataUri(text, maxFileBytes);
  const hint = text === '' ? ' It is empty.' : hintFor(text);
  return failed(
    new AppError('malformed-request', `An input is a data URI or an https URL of an image, not text.${hint}`),
  );
}
