import type { Clock } from '#src/ports/clock.ts';
import { createChildLink, type ChildLink } from './child-link.ts';
import type { ChildExitReason, ChildPoolOptions } from './child-pool.ts';
import { ChildTaskError } from './child-task-error.ts';
import type { ChildTask } from './child-task.ts';
import { FrameError, type Frame, type FrameHeader } from './frame.ts';
import { createTasksInFlight, type TasksInFlight } from './tasks-in-flight.ts';
import { watchRss } from './watch-rss.ts';

/** One child process from spawn to exit. It is never reused: a restart makes a new one. */
export interface SupervisedChild {
  readonly pid: number | undefined;
  readonly isReady: () => boolean;
  /** Tasks inside the child, those given up by their callers included. */
  readonly load: () => number;
  readonly rssBytes: () => number | undefined;
  readonly dispatch: (task: ChildTask) => void;
  readonly holds: (task: ChildTask) => boolean;
  /** Ends the process now. Its tasks fail as `reason` says; with a culprit, the others fail as `crashed`. */
  readonly kill: (reason: ChildExitReason, culprit?: ChildTask) => void;
}

export interface SupervisedChildEvents {
  readonly onReady: () => void;
  /** A task came back; `isSuccess` says whether the handler resolved. */
  readonly onAnswer: (isSuccess: boolean) => void;
  /** Called once, after the process is gone and its tasks have failed. */
  readonly onExit: (reason: ChildExitReason, wasReady: boolean) => void;
}

interface Kill {
  readonly reason: ChildExitReason;
  readonly culprit: ChildTask | undefined;
}

const messages: Readonly<Record<ChildExitReason, string>> = {
  crashed: 'the child process ended',
  timeout: 'the task took longer than allowed',
  memory: 'the child process held more memory than allowed',
  cancelled: 'the task was cancelled',
  closed: 'the pool was closed',
};

/** Resident memory is watched closely where it is limited, and once a second for the statistics elsewhere. */
const pollMsOf = (options: ChildPoolOptions): number =>
  options.rssPollMs ?? (options.maxRssBytes === undefined ? 1000 : 50);

function settleWithAnswer(task: ChildTask, frame: Frame): boolean {
  const { body, error } = frame.header;
  if (typeof error === 'string') task.reject(new ChildTaskError('failed', error));
  else task.resolve({ header: body as FrameHeader, payloads: frame.payloads });
  return typeof error !== 'string';
}

function failAll(tasks: TasksInFlight, killed: Kill | undefined): void {
  for (const task of tasks.takeAll()) {
    const isCause = killed !== undefined && (killed.culprit ?? task) === task;
    const kind = isCause ? killed.reason : 'crashed';
    task.reject(new ChildTaskError(kind, messages[kind]));
  }
}

/** @returns false when the task is beyond the limits of a frame; it has failed then. */
function sendTask(link: ChildLink, tasks: TasksInFlight, task: ChildTask, onTimeout: () => void): boolean {
  const id = tasks.add(task, onTimeout);
  try {
    link.send({ header: { id, body: task.header }, payloads: task.payloads });
    return true;
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    tasks.take(id);
    task.reject(new ChildTaskError('failed', error.message, { cause: error }));
    return false;
  }
}

/** Spawns and supervises one child. */
export function createSupervisedChild(
  options: ChildPoolOptions,
  slot: number,
  clock: Clock,
  events: SupervisedChildEvents,
): SupervisedChild {
  const tasks = createTasksInFlight(clock);
  const spawnedAtMs = clock.monotonicMs();
  let isReady = false;
  let killed: Kill | undefined;

  const kill: SupervisedChild['kill'] = (reason, culprit) => {
    killed ??= { reason, culprit };
    link.kill();
  };
  const takeAnswer = (frame: Frame): void => {
    const task = tasks.take(Number(frame.header.id));
    // An answer that nobody asked for: the child cannot be trusted to match answers to tasks.
    if (task === undefined) kill('crashed');
    else events.onAnswer(settleWithAnswer(task, frame));
  };
  const becomeReady = (): void => {
    stopStartTimer();
    isReady = true;
    const startMs = clock.monotonicMs() - spawnedAtMs;
    options.onEvent?.({ type: 'ready', slot, pid: link.pid!, startMs });
    events.onReady();
  };
  const link = createChildLink(options, clock, {
    onFrame: (frame) => (frame.header.hello === true ? becomeReady() : takeAnswer(frame)),
    onLine: (stream, line) => options.onEvent?.({ type: 'output', slot, pid: link.pid!, stream, line }),
    onGone: (code, signal) => {
      stopStartTimer();
      rss.stop();
      const reason = killed?.reason ?? 'crashed';
      const wasReady = isReady;
      isReady = false;
      failAll(tasks, killed);
      options.onEvent?.({ type: 'exited', slot, pid: link.pid, code, signal, reason });
      events.onExit(reason, wasReady);
    },
  });
  const stopStartTimer = clock.after(options.startTimeoutMs ?? 30_000, () => kill('crashed'));
  const isBusy = (): boolean => tasks.size() > 0;
  const rss = watchRss(link.pid, pollMsOf(options), clock, isBusy, (bytes) => {
    if (options.maxRssBytes !== undefined && bytes > options.maxRssBytes) kill('memory');
  });
  if (link.pid !== undefined) options.onEvent?.({ type: 'spawned', slot, pid: link.pid });

  return {
    pid: link.pid,
    isReady: () => isReady && killed === undefined,
    load: tasks.size,
    rssBytes: rss.last,
    holds: tasks.holds,
    kill,
    dispatch: (task) => {
      if (sendTask(link, tasks, task, () => kill('timeout', task))) rss.wake();
      else events.onAnswer(false);
    },
  };
}
