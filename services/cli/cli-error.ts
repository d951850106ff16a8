import type { exitCodes } from './exit-codes.ts';

/** One fault of a request as the gateway names it: a JSON pointer, and what is wrong there. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/** Why a command ends early: one line for the reader, what to do about it, and the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: keyof typeof exitCodes;
  /** What the reader can do; undefined when the message says it all. */
  readonly advice: string | undefined;
  /** What the gateway found wrong, if it did. */
  readonly errors: readonly Fault[];

  constructor(
    exit: keyof typeof exitCodes,
    message: string,
    advice?: string,
    cause?: unknown,
    errors: readonly Fault[] = [],
  ) {
    super(message, { cause });
    this.exit = exit;
    this.advice = advice;
    this.errors = errors;
  }
}
