import type { exitCodes } from '../exit-codes.ts';
import type { CliConfig } from '../config.ts';
import type { Terminal } from '../terminal.ts';

/** What every command works with. */
export interface CommandContext {
  readonly config: CliConfig;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** How a command that ran to its end came out. */
export type CommandResult = keyof typeof exitCodes;

/** Runs a command with the context of this process and keeps how it came out. */
export type RunCommand = (work: (ctx: CommandContext) => Promise<CommandResult>) => Promise<void>;
