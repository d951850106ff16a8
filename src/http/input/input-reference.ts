import { AppError } from '#src/domain/app-error.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';

/** RFC 2397: `data:[<mediatype>][;base64],<data>`. Only the head is matched: the data may be many megabytes. */
const dataUriHead = /^data:([a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+)?((?:;[a-z0-9-]+=[^;,]*)*)(;base64)?,/i;
const base64Alphabet = /^[A-Za-z0-9+/]*={0,2}$/;

const failed = (error: AppError): UploadItem => ({ ok: false, error });

/** Node's decoder skips what is not base64, so the text is checked first: a corrupt upload must not become another image. */
function decodeBase64(text: string): Uint8Array | undefined {
  if (!base64Alphabet.test(text) || text.length % 4 === 1) return undefined;
  return Buffer.from(text, 'base64');
}

function decodePercent(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(unescapeToLatin1(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** `%41` → one byte each, as RFC 2397 wants; throws on a broken escape or a non-ASCII character. */
function unescapeToLatin1(text: string): string {
  return text.replace(/%(.{0,2})|[^\0-\x7f]/gs, (_, hex: string | undefined) => {
    if (hex === undefined || !/^[0-9a-f]{2}$/i.test(hex)) throw new RangeError('not a percent escape');
    return String.fromCharCode(parseInt(hex, 16));
  });
}

function readDataUri(text: string, maxFileBytes: number): UploadItem {
  const head = dataUriHead.exec(text);
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

/** One `input` string of a JSON body → an item; what is wrong with it stays its own error. */
export function readInputReference(text: string, maxFileBytes: number): UploadItem {
  if (/^data:/i.test(text)) return readDataUri(text, maxFileBytes);
  if (/^https?:/i.test(text)) {
    return failed(
      new AppError('url-not-allowed', 'Fetching by address is not enabled; send the image as a data URI.'),
    );
  }
  return failed(
    new AppError('malformed-request', 'An input is a data URI or an https URL of an image, not text.'),
  );
}
