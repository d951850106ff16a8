import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#src/ports/clock.ts';
import type { ChildPoolOptions } from './child-pool.ts';
import { createFrameChannel } from './frame-channel.ts';
import { defaultFrameLimits, type Frame, type OutgoingFrame } from './frame.ts';
import { splitLines } from './split-lines.ts';

/** A running child process and the channel to it. */
export interface ChildLink {
  /** Undefined when the process could not be spawned at all; `onGone` follows. */
  readonly pid: number | undefined;
  /** @throws FrameError beyond the limits. Frames for a child that has gone are dropped; `onGone` tells. */
  readonly send: (frame: OutgoingFrame) => void;
  readonly kill: () => void;
}

export interface ChildLinkEvents {
  readonly onFrame: (frame: Frame) => void;
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  /** Called once, when the process has exited and every frame that it had written has been seen. */
  readonly onGone: (code: number | null, signal: string | null) => void;
}

/** How long after its exit a child's channel may still be open: some other process could hold the descriptor. */
const channelLingerMs = 1000;

/** Starts Node on the entry: no stdin, stdout and stderr as pipes, the channel on descriptor 3, no IPC. */
function spawnNode(options: ChildPoolOptions) {
  return spawn(
    process.execPath,
    [...(options.execArgv ?? []), fileURLToPath(options.entry), ...(options.argv ?? [])],
    { env: { ...options.env }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], windowsHide: true },
  );
}

/** Spawns one child of a pool. */
export function createChildLink(options: ChildPoolOptions, clock: Clock, events: ChildLinkEvents): ChildLink {
  const child = spawnNode(options);
  const socket = child.stdio[3] as Duplex;
  let exit: readonly [number | null, string | null] | undefined;
  let isChannelClosed = false;

  const goneOnceBoth = (): void => {
    if (exit !== undefined && isChannelClosed) events.onGone(...exit);
  };
  const channel = createFrameChannel(socket, options.limits ?? defaultFrameLimits, {
    onFrame: events.onFrame,
    onClose: () => {
      isChannelClosed = true;
      // A child without a channel is of no use, whether it lives on or broke the framing.
      if (exit === undefined) child.kill('SIGKILL');
      goneOnceBoth();
    },
  });
  const onExit = (code: number | null, signal: string | null): void => {
    if (exit !== undefined) return;
    exit = [code, signal];
    goneOnceBoth();
    if (!isChannelClosed) socket.once('close', clock.after(channelLingerMs, channel.destroy));
  };
  child.once('exit', onExit);
  child.on('error', () => {
    if (child.pid !== undefined) return;
    onExit(null, null);
    channel.destroy();
  });
  splitLines(child.stdout!, (line) => events.onLine('stdout', line));
  splitLines(child.stderr!, (line) => events.onLine('stderr', line));

  return { pid: child.pid, send: channel.send, kill: () => void child.kill('SIGKILL') };
}
