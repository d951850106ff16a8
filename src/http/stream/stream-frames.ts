import { expandFrames } from '#src/pipeline/expand-frames.ts';
import type { StreamedFiles } from '#src/http/input/stream-multipart.ts';

/**
 * The files of a stream with each file that `frames` asks more of in place of its frames, as they come. Throws what
 * `expandFrames` throws, the bytes of the file given back.
 */
export async function* streamFrames(
  files: AsyncIterable<StreamedFiles>,
  frames: string,
  maxItems: number,
): AsyncGenerator<StreamedFiles, void, undefined> {
  let fileIndex = 0;
  let taken = 0;
  for await (const received of files) {
    try {
      const items = expandFrames(received.items, frames, { maxItems, taken }, fileIndex);
      fileIndex += received.items.length;
      taken += items.length;
      yield { ...received, items };
    } catch (thrown) {
      received.release();
      throw thrown;
    }
  }
}
