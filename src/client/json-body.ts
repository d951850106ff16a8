import type { UploadBody } from './exchange.ts';

/** A JSON document as the body of a request. */
export function jsonBody(value: object): UploadBody {
  const blob = new Blob([JSON.stringify(value)]);
  return { contentType: 'application/json', byteLength: blob.size, isReplayable: true, open: () => blob };
}
