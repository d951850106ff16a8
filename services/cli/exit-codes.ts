/** What the exit code of `tessera` says; listed in docs/concepts/command-line.md and in the help. */
export const exitCodes = {
  done: 0,
  /** Nothing came of it: the gateway refused, every file failed, or something could not be written. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** Some files failed and are named in the output; the results of the others are there. */
  partial: 3,
  /** The gateway cannot be reached, cannot be started or does not become ready. */
  unavailable: 4,
  /** `doctor` found something that does not work, or `models verify` a gate that is missed. */
  checkFailed: 5,
  /** Ended by Ctrl-C or SIGTERM: 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const;
