import { spawn } from 'node:child_process';
import { startGateway } from '#test/support/start-gateway.ts';

/*
 * Starts the gateway on a free port, waits until it is ready, runs a command with the gateway's address as its last
 * argument, stops the gateway and ends with the command's exit code.
 *   node test/conformance/run.ts COMMAND [ARGUMENT]…
 */
const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('usage: run.ts COMMAND [ARGUMENT]…');
  process.exit(2);
}

const gateway = await startGateway();
// The gateway has a process group of its own: a suite that is stopped at the end of its budget must take it along.
process.once('SIGTERM', () => {
  void gateway.stop().then(() => process.exit(143));
});
try {
  process.exitCode = await new Promise<number>((resolve, reject) => {
    const child = spawn(command, [...args, gateway.url], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
} finally {
  const exitCode = await gateway.stop();
  if (exitCode !== 0) {
    console.error(`the gateway ended with exit code ${exitCode}`);
    process.exitCode = 1;
  }
}
