import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ChildPool, ChildPoolEvent, ChildPoolOptions } from '#src/isolation/child-pool.ts';
import type { ChildFailureKind } from '#src/isolation/child-task-error.ts';
import { createChildPool } from '#src/isolation/create-child-pool.ts';

const child = (name: string): URL => new URL(`./children/${name}.ts`, import.meta.url);
const pools: ChildPool[] = [];

function poolOf(options: Partial<ChildPoolOptions> = {}) {
  const events: ChildPoolEvent[] = [];
  const pool = createChildPool({
    entry: child('obedient'),
    size: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  pools.push(pool);
  return { pool, events };
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

const failsAs = (kind: ChildFailureKind) =>
  expect.objectContaining({ name: 'ChildTaskError', kind }) as unknown;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a child pool', () => {
  test('carries header and payloads there and back unchanged', async () => {
    const { pool } = poolOf();
    const large = new Uint8Array(3_000_000).map((_, index) => index * 31);
    const answer = await pool.run({ do: 'echo', list: [1, { a: null }] }, [
      large,
      [new Uint8Array([1]), new Uint8Array([2, 3])],
      new Uint8Array(0),
    ]);
    expect(answer.header).toEqual({ do: 'echo', list: [1, { a: null }] });
    expect(Buffer.compare(answer.payloads[0]!, large)).toBe(0);
    expect(answer.payloads.slice(1).map((payload) => [...payload])).toEqual([[1, 2, 3], []]);
  });

  test('lets callers take turns: a single task waits for the running ones and one more of a caller with many', async () => {
    const { pool } = poolOf();
    await pool.start();
    const order: string[] = [];
    const run = (callerId: string, name: string) =>
      pool.run({ do: 'echo' }, [], { callerId }).then(() => order.push(name));
    const many = Array.from({ length: 20 }, (_, index) => run('bulk', `bulk-${index}`));
    await Promise.all([...many, run('single', 'single')]);
    // bulk-0 was running when the single one came; bulk-1 had the first turn in the queue.
    expect(order.indexOf('single')).toBeLessThanOrEqual(2);
    expect(order.filter((name) => name !== 'single')).toEqual(many.map((_, index) => `bulk-${index}`));
  });

  test('starts no process before a task needs one, and all of them at start()', async () => {
    const { pool } = poolOf({ size: 2 });
    expect(pool.stats().children.map((each) => each.state)).toEqual(['stopped', 'stopped']);
    await pool.run({ do: 'echo' }, []);
    expect(pool.stats().children.map((each) => each.state)).toEqual(['idle', 'stopped']);
    await pool.start();
    expect(pool.stats().children.map((each) => each.state)).toEqual(['idle', 'idle']);
  });

  test('runs tasks on several children at once', async () => {
    const { pool } = poolOf({ size: 2 });
    await pool.start();
    const answers = await Promise.all([pool.run({ do: 'pid' }, []), pool.run({ do: 'pid' }, [])]);
    expect(new Set(answers.map((answer) => answer.header.pid)).size).toBe(2);
  });

  test('gives a child no environment but the one that is asked for', async () => {
    const { pool } = poolOf({ env: { TESSERA_X: 'y' } });
    const { header } = await pool.run({ do: 'env' }, []);
    expect(header.env).toEqual({ TESSERA_X: 'y' });
  });

  test('hands on what children print, line by line', async () => {
    const { pool, events } = poolOf();
    await pool.run({ do: 'print', text: 'hello' }, []);
    await vi.waitFor(() => {
      const lines = events.filter((event) => event.type === 'output');
      expect(lines).toContainEqual(expect.objectContaining({ stream: 'stdout', line: 'hello' }));
      expect(lines).toContainEqual(expect.objectContaining({ stream: 'stderr', line: 'hello (error)' }));
    });
  });

  test('keeps a child whose handler rejects, and says what it said', async () => {
    const { pool } = poolOf();
    await expect(pool.run({ do: 'fail' }, [])).rejects.toMatchObject({
      kind: 'failed',
      message: 'cannot do that',
    });
    await expect(pool.run({ do: 'tooMuch' }, [])).rejects.toEqual(failsAs('failed'));
    await pool.run({ do: 'echo' }, []);
    expect(pool.stats().restarts).toBe(0);
  });
});

describe('a child that fails', () => {
  test.each(['exit', 'abort'])('by %s takes only its own task with it', async (way) => {
    const { pool } = poolOf({ size: 2 });
    await pool.start();
    const [crash, ...others] = await Promise.allSettled([
      pool.run({ do: way }, []),
      ...Array.from({ length: 10 }, (_, n) => pool.run({ do: 'echo', n }, [])),
    ]);
    expect(crash).toMatchObject({ status: 'rejected', reason: failsAs('crashed') });
    expect(others.map((each) => each.status)).toEqual(Array.from({ length: 10 }, () => 'fulfilled'));
  });

  test('by kill -9 fails its task as crashed and is replaced', async () => {
    const { pool } = poolOf();
    await pool.start();
    const { pid } = pool.stats().children[0]!;
    const running = pool.run({ do: 'hang' }, []);
    process.kill(pid!, 'SIGKILL');
    await expect(running).rejects.toEqual(failsAs('crashed'));
    const { header } = await pool.run({ do: 'pid' }, []);
    expect(header.pid).not.toBe(pid);
    expect(pool.stats().restarts).toBe(1);
  });

  test('by a loop that never ends is killed when its time is over', async () => {
    const { pool, events } = poolOf({ taskTimeoutMs: 150 });
    await pool.start();
    await expect(pool.run({ do: 'hang' }, [])).rejects.toEqual(failsAs('timeout'));
    expect(events).toContainEqual(expect.objectContaining({ type: 'exited', reason: 'timeout' }));
    await pool.run({ do: 'echo' }, [], { timeoutMs: 10_000 });
  });

  test('by growing without end is killed from outside', async () => {
    const { pool } = poolOf({ maxRssBytes: 300 * 1024 * 1024, rssPollMs: 10 });
    await expect(pool.run({ do: 'grow' }, [])).rejects.toEqual(failsAs('memory'));
    await pool.run({ do: 'echo' }, []);
  });

  test('by breaking the framing is killed', async () => {
    const { pool } = poolOf({ entry: child('breaks-framing') });
    await expect(pool.run({}, [])).rejects.toEqual(failsAs('crashed'));
  });

  test('next to a culprit in the same process fails as crashed, the culprit as timeout', async () => {
    const { pool } = poolOf({ concurrencyPerChild: 2 });
    await pool.start();
    const culprit = pool.run({ do: 'hang' }, [], { timeoutMs: 150 });
    const bystander = pool.run({ do: 'echo' }, []);
    await expect(culprit).rejects.toEqual(failsAs('timeout'));
    await expect(bystander).rejects.toEqual(failsAs('crashed'));
  });

  test('at every start does not let tasks wait for ever', async () => {
    const { pool } = poolOf({ entry: child('dies-at-start'), restart: { baseMs: 1, maxMs: 2 } });
    await expect(pool.run({}, [])).rejects.toEqual(failsAs('cannot-start'));
    await expect(pool.start()).rejects.toEqual(failsAs('cannot-start'));
  });

  test('at every start is known as not started between the starts too', async () => {
    const seen: number[] = [];
    const { pool } = poolOf({
      entry: child('dies-at-start'),
      restart: { baseMs: 1, maxMs: 2 },
      onEvent: (event) => {
        if (event.type === 'spawned') seen.push(pool.stats().children[0]!.failedStarts);
      },
    });
    await expect(pool.start()).rejects.toEqual(failsAs('cannot-start'));
    expect(seen.slice(1)).toEqual(seen.slice(1).map((_, index) => index + 1));
    expect(pool.stats().children[0]!.failedStarts).toBeGreaterThanOrEqual(3);
  });

  test('again and again is restarted at once first and then after growing delays', async () => {
    const { pool, events } = poolOf({ restart: { baseMs: 5, maxMs: 10 } });
    for (let n = 0; n < 4; n += 1) await pool.run({ do: 'exit' }, []).catch(() => undefined);
    const delays = events.filter((event) => event.type === 'restarting').map((event) => event.delayMs);
    expect(delays).toEqual([0, 5, 10, 10]);
  });
});

describe('a task', () => {
  test('that is cancelled in the queue never runs', async () => {
    const { pool } = poolOf();
    await pool.start();
    const abort = new AbortController();
    const first = pool.run({ do: 'echo' }, []);
    const second = pool.run({ do: 'exit' }, [], { signal: abort.signal });
    abort.abort();
    await expect(second).rejects.toEqual(failsAs('cancelled'));
    await first;
    await pool.run({ do: 'echo' }, []);
    expect(pool.stats()).toMatchObject({ restarts: 0, queued: 0, running: 0 });
  });

  test('that is cancelled while running releases its caller at once; the child goes on by default', async () => {
    const { pool } = poolOf({ taskTimeoutMs: 400 });
    await pool.start();
    const abort = new AbortController();
    const running = pool.run({ do: 'hang' }, [], { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toEqual(failsAs('cancelled'));
    expect(pool.stats().running).toBe(1);
    // The time limit still holds for a task that nobody waits for.
    await pool.run({ do: 'echo' }, []);
    expect(pool.stats().restarts).toBe(1);
  });

  test('that is cancelled while running ends the child where that is asked for', async () => {
    const { pool, events } = poolOf({ onCancel: 'kill' });
    await pool.start();
    const abort = new AbortController();
    const running = pool.run({ do: 'hang' }, [], { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toEqual(failsAs('cancelled'));
    await pool.run({ do: 'echo' }, []);
    expect(events).toContainEqual(expect.objectContaining({ type: 'exited', reason: 'cancelled' }));
  });

  test('whose signal has fired before is refused', async () => {
    const { pool } = poolOf();
    const options = { signal: AbortSignal.abort() };
    await expect(pool.run({ do: 'echo' }, [], options)).rejects.toEqual(failsAs('cancelled'));
  });

  test('beyond the queue is refused at once', async () => {
    const { pool } = poolOf({ maxQueue: 1 });
    const first = pool.run({ do: 'echo' }, []);
    await expect(pool.run({ do: 'echo' }, [])).rejects.toEqual(failsAs('queue-full'));
    await first;
  });

  test('leaves no listener on its signal', async () => {
    const { pool } = poolOf();
    const abort = new AbortController();
    await Promise.allSettled([
      pool.run({ do: 'echo' }, [], { signal: abort.signal }),
      pool.run({ do: 'fail' }, [], { signal: abort.signal }),
    ]);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });
});

describe('the end', () => {
  test('drain refuses new tasks and lets the accepted ones finish', async () => {
    const { pool } = poolOf();
    const accepted = [pool.run({ do: 'echo' }, []), pool.run({ do: 'echo' }, [])];
    const drained = pool.drain();
    await expect(pool.run({ do: 'echo' }, [])).rejects.toEqual(failsAs('closed'));
    await drained;
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
    await Promise.all(accepted);
  });

  test('close fails what is left and leaves no process behind', async () => {
    const { pool } = poolOf();
    await pool.start();
    const { pid } = pool.stats().children[0]!;
    const left = Promise.allSettled([pool.run({ do: 'hang' }, []), pool.run({ do: 'echo' }, [])]);
    await pool.close();
    expect(await left).toEqual([
      { status: 'rejected', reason: failsAs('closed') },
      { status: 'rejected', reason: failsAs('closed') },
    ]);
    expect(isAlive(pid!)).toBe(false);
    await expect(pool.start()).rejects.toEqual(failsAs('closed'));
  });

  test('children exit by themselves when the parent is killed', async () => {
    const parent = spawn(process.execPath, [fileURLToPath(child('holder'))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(line.toString()) as number[];
    expect(pids.map(isAlive)).toEqual([true, true]);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), { timeout: 5000 });
  });
});
