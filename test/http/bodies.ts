/** A file part; the file's name is one that must never come back in a reply or a log. */
export const fileNameNobodyMaySee = 'Jane Doe 1970-01-01.png';

export type FormEntry = readonly [name: string, value: string | Uint8Array<ArrayBuffer>, type?: string];

/** `multipart/form-data` as a browser writes it. Texts become fields, bytes become files. */
export function formOf(...entries: readonly FormEntry[]): FormData {
  const form = new FormData();
  for (const [name, value, type = 'application/octet-stream'] of entries) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new File([value], fileNameNobodyMaySee, { type }));
  }
  return form;
}

/** A POST of a form, already in bytes, so that a server that stops reading meets no half-made stream of the client. */
export async function postForm(...entries: readonly FormEntry[]): Promise<RequestInit> {
  const encoded = new Response(formOf(...entries));
  const headers = { 'content-type': encoded.headers.get('content-type')! };
  return { method: 'POST', body: await encoded.bytes(), headers };
}

/** A POST of one bare file. */
export const postFile = (bytes: Uint8Array<ArrayBuffer>, type = 'image/png'): RequestInit => ({
  method: 'POST',
  body: bytes,
  headers: { 'content-type': type },
});

/** A POST of JSON; a string is sent as it is. */
export const postJson = (body: unknown): RequestInit => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

/** A POST of hand-made multipart bytes; the boundary is `b`. */
export const postRawForm = (text: string | Uint8Array<ArrayBuffer>): RequestInit => ({
  method: 'POST',
  body: text,
  headers: { 'content-type': 'multipart/form-data; boundary=b' },
});

/** A POST whose body arrives in the given chunks and without a declared length. */
export function postStream(chunks: Iterable<Uint8Array>, headers: Record<string, string>): RequestInit {
  return { method: 'POST', body: ReadableStream.from(chunks), headers, duplex: 'half' };
}
