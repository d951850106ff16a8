/**
 * An image, or a zip archive of images. A Blob's `type` is declared as it is; bytes and streams are sent as
 * application/octet-stream and recognised by the service. A File's name is never sent: it may name a patient.
 */
export type ImageBytes = Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array>;

/** Bytes, or where they are: a data URI, or an https URL where the operator allows its host. */
export type ImageInput = ImageBytes | string;

const isStream = (value: object): value is ReadableStream<Uint8Array> => 'getReader' in value;

/** Throws TypeError for what is no image input, such as a file name in an object of some other library. */
export function assertImageBytes(input: unknown, where: string): asserts input is ImageBytes {
  const isBytes =
    input instanceof Blob ||
    input instanceof Uint8Array ||
    input instanceof ArrayBuffer ||
    (typeof input === 'object' && input !== null && isStream(input));
  if (isBytes) return;
  const hint =
    typeof input === 'string' ? ' Strings (data URIs, URLs) and bytes cannot be mixed in one call.' : '';
  throw new TypeError(`${where} must be a Blob, Uint8Array, ArrayBuffer or ReadableStream.${hint}`);
}

/** Media type to declare. */
export const declaredType = (input: ImageBytes): string =>
  input instanceof Blob && input.type !== '' ? input.type : 'application/octet-stream';

/** Bytes that can be read any number of times; undefined for a stream. Not copied before the request is made. */
export function toBlob(input: ImageBytes): Blob | undefined {
  if (input instanceof Blob) return input;
  if (input instanceof Uint8Array || input instanceof ArrayBuffer) {
    return new Blob([input]);
  }
  return undefined;
}
