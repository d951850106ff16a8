import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Announcement } from '#services/encoder/announce.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const models = join(root, 'triton-models');

export interface RunningEncoder {
  readonly process: ChildProcess;
  readonly address: string;
  /** Resolves when the encoder has announced this model. */
  readonly modelReady: (model: string) => Promise<void>;
  readonly announcements: readonly Announcement[];
  /** Standard error so far. */
  readonly log: () => string;
  /** Resolves with the exit code (null when killed by a signal). */
  readonly exited: Promise<number | null>;
}

/** Starts `services/encoder/main.ts` on a free port of 127.0.0.1 (or as `env` says) and waits until it listens. */
export async function startEncoder(env: Readonly<Record<string, string>>): Promise<RunningEncoder> {
  const child = spawn(process.execPath, [join(root, 'services/encoder/main.ts')], {
    env: { TESSERA_ENCODER_BIND: '127.0.0.1:0', TESSERA_ENCODER_PARENT_STDIN: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const announcements: Announcement[] = [];
  const waiters: (() => void)[] = [];
  let log = '';
  let isOver = false;
  const wakeAll = (): void => waiters.splice(0).forEach((wake) => wake());
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    announcements.push(JSON.parse(line) as Announcement);
    wakeAll();
  });
  const exited = once(child, 'close').then(([code]) => {
    isOver = true;
    wakeAll();
    return code as number | null;
  });
  const announced = async (matches: (each: Announcement) => boolean): Promise<Announcement> => {
    for (;;) {
      const found = announcements.find(matches);
      if (found !== undefined) return found;
      if (isOver) throw new Error(`the encoder ended: ${log}`);
      await new Promise<void>((resolve) => waiters.push(resolve));
    }
  };
  const listening = await announced(({ event }) => event === 'listening');
  return {
    process: child,
    address: (listening as { address: string }).address,
    modelReady: async (model) => {
      await announced((each) => each.event === 'model-ready' && each.model === model);
    },
    announcements,
    log: () => log,
    exited,
  };
}

/** Asks it to stop by closing its standard input and waits. */
export async function stopEncoder(encoder: RunningEncoder): Promise<number | null> {
  encoder.process.stdin!.end();
  return encoder.exited;
}

/** A model repository in a temporary folder, made of the demo encoder at 224². */
export interface TestRepository {
  readonly folder: string;
  /** Adds a model folder whose graph is the demo encoder; `edit` changes the text of its config.pbtxt. */
  readonly add: (name: string, edit?: (config: string) => string) => Promise<void>;
  /** Adds a model folder with this configuration and this file as its graph. */
  readonly addRaw: (name: string, config: string, onnx: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

const demoConfig = readFileSync(join(models, 'demo_vit_224/config.pbtxt'), 'utf8');

export async function createTestRepository(): Promise<TestRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-models-'));
  const write = async (name: string, config: string): Promise<void> => {
    await mkdir(join(folder, name, '1'), { recursive: true });
    await writeFile(join(folder, name, 'config.pbtxt'), config);
    await writeFile(join(folder, name, 'LICENSE'), 'The terms.');
  };
  return {
    folder,
    add: async (name, edit = (config) => config) => {
      await write(name, edit(demoConfig.replace('name: "demo_vit_224"', `name: "${name}"`)));
      await symlink(join(models, 'demo_vit_224/1/model.onnx'), join(folder, name, '1/model.onnx'));
    },
    addRaw: async (name, config, onnx) => {
      await write(name, config);
      await writeFile(join(folder, name, '1/model.onnx'), onnx);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Replaces the dynamic_batching block of a configuration; an empty text removes it. */
export const withBatching =
  (block: string) =>
  (config: string): string =>
    config.replace(/dynamic_batching \{[\s\S]*?\n\}\n/, block);
