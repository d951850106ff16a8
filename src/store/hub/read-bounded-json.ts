import { HubError } from './hub-error.ts';

/** Some 100,000 files with their digests; the largest model repositories have hundreds. */
const maxBytes = 32 * 1024 * 1024;

/**
 * A JSON body of a bounded size; undefined when it is no JSON or breaks off. Throws HubError `protocol` beyond the bound: a hub that
 * never ends must not fill the memory.
 */
export async function readBoundedJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes)
        throw new HubError('protocol', `The hub’s list is larger than ${maxBytes} bytes.`);
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (thrown) {
    if (thrown instanceof HubError) throw thrown;
    return undefined;
  }
}
