/**
 * Resolves with the cause when this process is told to stop: SIGTERM, SIGINT or, where that is asked for, the end of
 * standard input, which also comes when the parent is killed. A second signal ends the process at once.
 */
export function onceToldToStop(watchesStdin: boolean): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (cause: string): void => {
      if (isStopping && cause !== 'stdin') process.exit(1);
      isStopping = true;
      resolve(cause);
    };
    process.on('SIGTERM', () => stop('SIGTERM'));
    process.on('SIGINT', () => stop('SIGINT'));
    if (!watchesStdin) return;
    process.stdin.on('end', () => stop('stdin'));
    process.stdin.on('error', () => stop('stdin'));
    process.stdin.resume();
  });
}
