import { callerOf } from '#src/domain/call-context.ts';
import { AppError } from '#src/domain/app-error.ts';
import { errorCodes } from '#src/domain/error-codes.ts';
import type { ChildPool } from '#src/isolation/child-pool.ts';
import { ChildTaskError, type ChildFailureKind } from '#src/isolation/child-task-error.ts';
import type { Frame } from '#src/isolation/frame.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { ImagePreparer, PreparedImage, PrepareRequest } from '#src/ports/image-preparer.ts';
import { toHeader, toPrepareReply, type PrepareTask } from './prepare-message.ts';

/** What a child's fate means for the file that it was given. A file that kills its decoder is the file's fault, not ours. */
const meaning: Readonly<Record<ChildFailureKind, (signal: AbortSignal) => AppError>> = {
  crashed: () => new AppError('undecodable-image', 'The decoder failed on this file.'),
  'cannot-start': () =>
    new AppError('decoder-unavailable', 'No decoding process can be started now.', { retryAfterSeconds: 5 }),
  timeout: () => new AppError('undecodable-image', 'Decoding this file takes too long.'),
  memory: () =>
    new AppError(
      'image-too-large',
      'Decoding this image takes more memory than a decoder may have (TESSERA_DECODE_MAX_RSS_BYTES).',
    ),
  cancelled: (signal) => AppError.from(signal.reason),
  'queue-full': () =>
    new AppError('overloaded', 'Too many images wait to be decoded.', { retryAfterSeconds: 1 }),
  closed: () => new AppError('shutting-down', 'The server is shutting down.'),
  failed: () => new AppError('internal', 'An unexpected error occurred.'),
};

/** A child that has read hostile bytes is not believed blindly: its codes are ours and its inputs have the size they state. */
function toPrepared({ header, payloads }: Frame): PreparedImage {
  const { ok, ...reply } = toPrepareReply(header);
  if (!('inputs' in reply)) {
    if (ok || !Object.hasOwn(errorCodes, reply.code))
      throw new Error('a prepare child answered with nonsense');
    throw new AppError(reply.code, reply.detail, { faults: reply.faults });
  }
  const inputs = reply.inputs.map((input, index) => {
    const pixels = payloads[index];
    if (pixels?.byteLength !== input.channels * input.height * input.width) {
      throw new Error('a prepare child answered with an input of another size');
    }
    return { ...input, pixels };
  });
  return { ...reply, inputs };
}

function toTask(request: PrepareRequest, remainingMs: number, requestId: string): PrepareTask {
  const { spec, resize, window, limits, frameNumber, declaredType = null } = request;
  return { spec, resize, window, limits, frameNumber, declaredType, remainingMs, requestId };
}

/**
 * Runs the task, and once more in another child when the first one died under it: a child may be killed from outside (out of
 * memory, an operator) for nothing that the file did. A file that kills two children is believed to be the cause.
 */
async function runTwice(run: () => Promise<Frame>, signal: AbortSignal): Promise<Frame> {
  try {
    return await run();
  } catch (thrown) {
    const isCrash = thrown instanceof ChildTaskError && thrown.kind === 'crashed';
    if (!isCrash || signal.aborted) throw thrown;
    return run();
  }
}

/** Prepares in a pool of watched child processes (docs/decisions/0005-image-decoding.md). Rejects with AppError only. */
export function createPooledPreparer(pool: Pick<ChildPool, 'run'>, clock: Clock): ImagePreparer {
  return {
    async prepare(request, ctx) {
      const remainingMs = Math.max(1, Math.ceil(ctx.deadlineMs - clock.now()));
      const task = toHeader(toTask(request, remainingMs, ctx.requestId));
      try {
        const options = { callerId: callerOf(ctx), signal: ctx.signal };
        return toPrepared(await runTwice(() => pool.run(task, [request.bytes], options), ctx.signal));
      } catch (thrown) {
        if (!(thrown instanceof ChildTaskError)) throw AppError.from(thrown);
        const { code, detail, retryAfterSeconds } = meaning[thrown.kind](ctx.signal);
        throw new AppError(code, detail, {
          cause: thrown,
          ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
        });
      }
    },
  };
}
