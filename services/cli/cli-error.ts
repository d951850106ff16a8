import type { exitCodes } from './exit-codes.ts';

/** Why a command ends early: one line for the reader, what to do about it, and the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: keyof typeof exitCodes;
  /** What the reader can do; undefined when the message says it all. */
  readonly advice: string | undefined;

  constructor(exit: keyof typeof exitCodes, message: string, advice?: string, cause?: unknown) {
    super(message, { cause });
    this.exit = exit;
    this.advice = advice;
  }
}
