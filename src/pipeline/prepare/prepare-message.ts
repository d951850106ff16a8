import type { ErrorCode } from '#src/domain/error-codes.ts';
import type { FieldFault } from '#src/domain/app-error.ts';
import type { ModelInput } from '#src/domain/model-input.ts';
import type { PreparedImage, PrepareRequest } from '#src/ports/image-preparer.ts';
import type { FrameHeader } from '#src/isolation/frame.ts';

/** What the parent asks of a prepare child; the file's bytes travel as the frame's one payload. */
export interface PrepareTask extends Omit<PrepareRequest, 'bytes' | 'declaredType'> {
  readonly declaredType: string | null;
  /** Milliseconds that the child may take; the parent kills it after that, so this is for its own early end. */
  readonly remainingMs: number;
  readonly requestId: string;
}

/** The child's answer; the pixels of input i travel as payload i. */
export type PrepareReply =
  | (Omit<PreparedImage, 'inputs'> & {
      readonly ok: true;
      readonly inputs: readonly Omit<ModelInput, 'pixels'>[];
    })
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly detail: string;
      readonly faults: readonly FieldFault[];
    };

/** Both ends are of the same build, so the shape is known; the frame itself was checked by the channel. */
export const toHeader = (message: PrepareTask | PrepareReply): FrameHeader =>
  message as unknown as FrameHeader;
export const toPrepareTask = (header: FrameHeader): PrepareTask => header as unknown as PrepareTask;
export const toPrepareReply = (header: FrameHeader): PrepareReply => header as unknown as PrepareReply;
