import { inference } from './gen/protocol.js';

/**
 * Raw tensors of a message, one entry for each tensor. An entry may come in pieces (the images of a batch, say),
 * which are written one after the other: so a batch is copied once, into the message, and never joined before.
 */
export type RawContents = readonly (Uint8Array | readonly Uint8Array[])[];

export type InferRequest = Omit<inference.ModelInferRequest.$Properties, 'rawInputContents'> & {
  readonly rawInputContents?: RawContents;
};
export type InferResponse = Omit<inference.ModelInferResponse.$Properties, 'rawOutputContents'> & {
  readonly rawOutputContents?: RawContents;
};
export interface StreamInferResponse {
  readonly errorMessage?: string;
  readonly inferResponse?: InferResponse;
}

/** Protobuf tag of a length-delimited field (wire type 2). All the fields here are below 16, so a tag is one byte. */
const lengthDelimited = (field: number): number => (field << 3) | 2;

/** A ModelInferRequest as bytes. */
export function encodeInferRequest({ rawInputContents = [], ...head }: InferRequest): Buffer {
  const writer = inference.ModelInferRequest.encode({ ...head, rawInputContents: [] });
  return appendBytesField(writer.finish(true), 7, rawInputContents);
}

/** A ModelInferResponse as bytes. */
export function encodeInferResponse({ rawOutputContents = [], ...head }: InferResponse): Buffer {
  const writer = inference.ModelInferResponse.encode({ ...head, rawOutputContents: [] });
  return appendBytesField(writer.finish(true), 6, rawOutputContents);
}

/** A ModelStreamInferResponse as bytes. */
export function encodeStreamInferResponse(response: StreamInferResponse): Buffer {
  const { errorMessage = '', inferResponse } = response;
  const head = inference.ModelStreamInferResponse.encode({ errorMessage }).finish(true);
  return appendBytesField(head, 2, inferResponse === undefined ? [] : [encodeInferResponse(inferResponse)]);
}

/** `head` and after it one length-delimited field for each entry, in one allocation of the exact size. */
function appendBytesField(head: Uint8Array, field: number, entries: RawContents): Buffer {
  const tensors = entries.map((entry) => (entry instanceof Uint8Array ? [entry] : entry));
  const lengths = tensors.map((pieces) => pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  const size = lengths.reduce((sum, length) => sum + 1 + varintSize(length) + length, head.byteLength);
  const message = Buffer.allocUnsafe(size);
  message.set(head, 0);
  let offset = head.byteLength;
  tensors.forEach((pieces, index) => {
    message[offset] = lengthDelimited(field);
    offset = writeVarint(message, offset + 1, lengths[index]!);
    for (const piece of pieces) {
      message.set(piece, offset);
      offset += piece.byteLength;
    }
  });
  return message;
}

/** Bytes of a base-128 varint (seven bits a byte). @param value below 2^53. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** Writes `value` at `offset` and returns the offset behind it. */
function writeVarint(target: Buffer, offset: number, value: number): number {
  let rest = value;
  let at = offset;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[at++] = (rest % 0x80) | 0x80;
  target[at] = rest;
  return at + 1;
}
