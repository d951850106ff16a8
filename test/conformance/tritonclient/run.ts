import { spawn } from 'node:child_process';
import { startTarget } from '#test/contract/kserve/servers/kserve-target.ts';

/*
 * Starts the embedded encoder on a free port over a fresh repository of the default models, runs a command with the
 * encoder's address (HOST:PORT) as its last argument, stops the encoder and ends with the command's exit code.
 *   node test/conformance/tritonclient/run.ts COMMAND [ARGUMENT]…
 */
const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('usage: run.ts COMMAND [ARGUMENT]…');
  process.exit(2);
}

const encoder = await startTarget('embedded encoder');
try {
  process.exitCode = await new Promise<number>((resolve, reject) => {
    const child = spawn(command, [...args, encoder.address], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
} finally {
  const exitCode = await encoder.stop();
  if (exitCode !== 0) {
    console.error(`the encoder ended with exit code ${exitCode}`);
    process.exitCode = 1;
  }
}
