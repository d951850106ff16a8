import { expandFrames, frameCopyBytes } from '#src/pipeline/expand-frames.ts';
import { chargeOrWait, type StreamFlow, type StreamedFiles } from '#src/http/input/stream-multipart.ts';

/**
 * The files of a stream with each file that `frames` asks more of in place of its frames, as they come; what the frames need beside
 * the file is charged like the file. Throws what `expandFrames` throws, the bytes of the file given back.
 */
export async function* streamFrames(
  files: AsyncIterable<StreamedFiles>,
  frames: string,
  flow: StreamFlow,
): AsyncGenerator<StreamedFiles, void, undefined> {
  let fileIndex = 0;
  let taken = 0;
  for await (const received of files) {
    const lease = flow.budget.open();
    const release = (): void => {
      lease.release();
      received.release();
    };
    try {
      const items = await expandFrames(received.items, frames, { maxItems: flow.maxItems, taken }, fileIndex);
      fileIndex += received.items.length;
      taken += items.length;
      const copyBytes = frameCopyBytes(items);
      await chargeOrWait(lease, copyBytes, flow);
      yield { items, byteLength: received.byteLength + copyBytes, release };
    } catch (thrown) {
      release();
      throw thrown;
    }
  }
}
