/**
 * Resolves with the cause when this process is told to stop: SIGTERM or SIGINT (a second one ends the process at once) or,
 * where that is asked for, only the end of standard input, which also comes when the parent is killed.
 */
export function onceToldToStop(watchesStdin: boolean): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (cause: string): void => {
      if (isStopping && cause !== 'stdin') process.exit(1);
      isStopping = true;
      resolve(cause);
    };
    // With a parent, signals that reach the whole process group (Ctrl-C, a supervisor's SIGTERM) are for the parent to act on:
    // it still needs this process for the requests that it is finishing.
    process.on('SIGTERM', () => watchesStdin || stop('SIGTERM'));
    process.on('SIGINT', () => watchesStdin || stop('SIGINT'));
    if (!watchesStdin) return;
    process.stdin.on('end', () => stop('stdin'));
    process.stdin.on('error', () => stop('stdin'));
    process.stdin.resume();
  });
}
