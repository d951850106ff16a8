import { joinChunks } from '#src/http/input/read-body.ts';

/** A file for what a slow reader has not read yet; gone when it is closed, and when the process dies. */
export interface OverflowFile {
  write(bytes: Uint8Array, position: number): Promise<void>;
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
export type OpenOverflow = () => Promise<OverflowFile>;

export interface SpooledOutput {
  readonly body: ReadableStream<Uint8Array>;
  /** Never waits for the reader; waits for the disk when the reader is slow. Rejects when the disk fails. */
  write(bytes: Uint8Array): Promise<void>;
  /** What was written is still delivered. */
  readonly end: () => void;
  /** Cuts the reply: its reader sees an error. */
  readonly fail: (reason: unknown) => void;
}

export interface SpooledOutputOptions {
  readonly openOverflow: OpenOverflow;
  /** Unread bytes kept in memory; more go to the file. */
  readonly maxMemoryBytes: number;
  /** The reader took something. */
  readonly onRead: () => void;
  /** All was delivered, or the reader went away, or the reply was cut. */
  readonly onClosed: () => void;
}

/** Bytes of the file given to the reader at once. */
const readBytes = 64 * 1024;

/** Bytes of a file in the order written. Once all are read it starts over, so that it holds only what is unread. */
function createFileQueue(openOverflow: OpenOverflow) {
  let file: Promise<OverflowFile> | undefined;
  let tail: Promise<void> = Promise.resolve();
  let written = 0;
  let flushed = 0;
  let position = 0;
  return {
    /** Bytes accepted and not yet read, on the disk or on their way to it. */
    unread: () => written - position,
    isReadable: () => flushed > position,
    append(bytes: Uint8Array): Promise<void> {
      if (position === written) written = flushed = position = 0;
      const at = written;
      written += bytes.byteLength;
      file ??= openOverflow();
      const opened = file;
      tail = tail
        .then(async () => (await opened).write(bytes, at))
        .then(() => {
          flushed = at + bytes.byteLength;
        });
      return tail;
    },
    async read(): Promise<Uint8Array> {
      const bytes = await (await file!).read(position, Math.min(readBytes, flushed - position));
      position += bytes.byteLength;
      return bytes;
    },
    async close(): Promise<void> {
      await tail.catch(() => undefined);
      await file?.then((open) => open.close()).catch(() => undefined);
    },
  };
}

/** Bytes in memory, and a way to wait for a change of anything. */
function createMemoryQueue() {
  let chunks: Uint8Array[] = [];
  let byteLength = 0;
  return {
    byteLength: () => byteLength,
    push(bytes: Uint8Array): void {
      chunks.push(bytes);
      byteLength += bytes.byteLength;
    },
    take(): Uint8Array {
      const bytes = joinChunks(chunks);
      chunks = [];
      byteLength = 0;
      return bytes;
    },
  };
}

/**
 * A reply that may be written faster than it is read: unread bytes beyond a bound go to a temporary file, so a client that reads
 * only after it has sent everything neither blocks the server nor fills its memory.
 */
export function createSpooledOutput(options: SpooledOutputOptions): SpooledOutput {
  const disk = createFileQueue(options.openOverflow);
  const memory = createMemoryQueue();
  let state: 'open' | 'ended' | 'closed' = 'open';
  let changed = Promise.withResolvers<undefined>();
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const become = (next: typeof state): void => {
    if (state !== 'closed') state = next;
    changed.resolve(undefined);
    changed = Promise.withResolvers<undefined>();
  };
  const close = (): void => {
    if (state === 'closed') return;
    become('closed');
    memory.take();
    void disk.close().then(options.onClosed);
  };
  /** The oldest unread bytes: memory first, for the file is begun only when memory is full. Undefined: none now. */
  const oldest = async (): Promise<Uint8Array | undefined> => {
    if (memory.byteLength() > 0) return memory.take();
    return disk.isReadable() ? disk.read() : undefined;
  };
  const pull = async (): Promise<void> => {
    while (state !== 'closed') {
      const bytes = await oldest();
      if (bytes !== undefined) {
        options.onRead();
        controller.enqueue(bytes);
        return;
      }
      if (state === 'ended' && disk.unread() === 0) {
        controller.close();
        close();
      } else await changed.promise;
    }
  };
  const start = (own: typeof controller): void => void (controller = own);
  // A high-water mark of 0: nothing is taken from the queue before somebody asks for it.
  const body = new ReadableStream({ start, pull, cancel: close }, { highWaterMark: 0 });
  return {
    body,
    async write(bytes) {
      if (state !== 'open') return;
      // Once the file holds unread bytes, later ones must not overtake them.
      if (disk.unread() > 0 || memory.byteLength() + bytes.byteLength > options.maxMemoryBytes)
        await disk.append(bytes);
      else memory.push(bytes);
      become(state);
    },
    end: () => become('ended'),
    fail(reason) {
      if (state === 'closed') return;
      controller.error(reason);
      close();
    },
  };
}
