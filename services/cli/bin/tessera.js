#!/usr/bin/env node
/*
 * `tessera` on whatever Node the machine has: the command line itself is TypeScript and needs the Node that this package
 * depends on, so an older one starts that one in its place and hands on signals and the exit code.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first Node that runs what is used here as it is. */
const neededMajor = 24;
const main = new URL('../main.ts', import.meta.url);

/** Undefined where no package brings one, as where only this package was installed. */
function bundledNode() {
  let manifest;
  try {
    manifest = createRequire(import.meta.url).resolve('node/package.json');
  } catch {
    return undefined;
  }
  return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  await import(main.href);
} else if (bundledNode() === undefined) {
  process.stderr.write(
    `tessera: it needs Node ${neededMajor} or later; this is ${process.versions.node}. Install a later Node, or add one here: npm install node@${neededMajor}.\n`,
  );
  process.exitCode = 1;
} else {
  const child = spawn(bundledNode(), [fileURLToPath(main), ...process.argv.slice(2)], {
    // The channel tells the command line when this process ends without having stopped it.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // Ctrl-C reaches the whole process group, so the other may get its signal twice: it counts that as one (commands/serve.ts).
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (err) => {
    process.stderr.write(`tessera: its Node cannot be started (${err.message}); run npm ci first.\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
