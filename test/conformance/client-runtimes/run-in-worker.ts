import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Exercise } from './exercise.ts';

/** A Worker that does the exercise when it is asked, on a port that is free, with the network of this machine. */
const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.js", esModule = embed "worker.js"),
        (name = "exercise.js", esModule = embed "exercise.js"),
      ],
      compatibilityDate = "2026-08-01",
    )),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
const worker = `import { exerciseClient } from './exercise.js';
export default {
  async fetch(request) {
    const [url, image] = await request.json();
    try {
      return Response.json(await exerciseClient(url, image));
    } catch (thrown) {
      return new Response(String(thrown?.stack ?? thrown), { status: 500 });
    }
  },
};
`;

/** Runs the bundle (a module that exports `exerciseClient`) in workerd, the runtime of Cloudflare Workers. */
export async function runInWorker(module: string, frontUrl: string, imageBase64: string): Promise<Exercise> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-worker-'));
  const files = { 'config.capnp': config, 'worker.js': worker, 'exercise.js': module };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { default: workerd } = createRequire(import.meta.url)('workerd') as { readonly default: string };
  const child = spawn(workerd, ['serve', '--control-fd=3', join(folder, 'config.capnp')], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const port = await new Promise<number>((resolve, reject) => {
      void ended.then(() => reject(new Error('workerd ended before it listened.')));
      createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
        const { event, port: free } = JSON.parse(line) as { event: string; port?: number };
        if (event === 'listen' && free !== undefined) resolve(free);
      });
    });
    const reply = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: JSON.stringify([frontUrl, imageBase64]),
    });
    if (!reply.ok) throw new Error(await reply.text());
    return (await reply.json()) as Exercise;
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
