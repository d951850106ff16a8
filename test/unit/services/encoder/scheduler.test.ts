import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '#test/support/manual-clock.ts';
import { ChildTaskError } from '#src/isolation/child-task-error.ts';
import type { Frame } from '#src/isolation/frame.ts';
import { defineModel } from '#services/encoder/repository/model-definition.ts';
import { parseModelConfig } from '#services/encoder/repository/parse-model-config.ts';
import type { InferTask } from '#services/encoder/rpc/parse-infer-request.ts';
import { createScheduler } from '#services/encoder/scheduling/create-scheduler.ts';
import type { EncoderWorker } from '#services/encoder/scheduling/encoder-worker.ts';
import { createServedModel, type ServedModel } from '#services/encoder/scheduling/served-model.ts';

function servedModel(batching = 'dynamic_batching {}'): ServedModel {
  const config = parseModelConfig(
    `backend: "onnxruntime" max_batch_size: 8 input { name: "x" data_type: TYPE_UINT8 dims: 2 } output { name: "y" data_type: TYPE_FP16 dims: 1 } ${batching}`,
  );
  return createServedModel(defineModel('m', config, '1', { path: '', bytes: 0 }), 100);
}

const taskOf = (model: ServedModel, first: number): InferTask => ({
  rows: 1,
  inputs: [Uint8Array.of(first, 0)],
  dims: [[2]],
  outputs: model.definition.outputs,
  timeoutMs: undefined,
});

/** A worker that answers when it is told to: each row's output is two bytes, the first of its input and the row's place. */
function manualWorker(models: readonly ServedModel[]) {
  const orders: { rows: number; answer: () => void; fail: (error: Error) => void }[] = [];
  let isBusy = false;
  const worker = {
    isFree: () => !isBusy,
    loaded: () => models.map(({ key }) => key),
    infer: (order: { rows: number }, payloads: readonly (readonly Uint8Array[])[]): Promise<Frame> => {
      isBusy = true;
      const { promise, resolve, reject } = Promise.withResolvers<Frame>();
      orders.push({
        rows: order.rows,
        answer: () => {
          isBusy = false;
          const bytes = Uint8Array.from(payloads[0]!.flatMap((row, place) => [row[0]!, place]));
          resolve({ header: { dims: [[1]], computeMs: 2 }, payloads: [bytes] });
        },
        fail: (error) => {
          isBusy = false;
          reject(error);
        },
      });
      return promise;
    },
  };
  return { worker: worker as unknown as EncoderWorker, orders };
}

function setUp(models: readonly ServedModel[]) {
  const clock = createManualClock();
  const { worker, orders } = manualWorker(models);
  const scheduler = createScheduler({
    clock,
    log: pino({ level: 'silent' }),
    onWork: () => {
      while (worker.isFree() && scheduler.dispatch(worker));
    },
    liveWorkers: () => 1,
  });
  const submit = (model: ServedModel, first: number, signal = new AbortController().signal) =>
    scheduler.submit(model, taskOf(model, first), '', signal);
  return { clock, worker, orders, scheduler, submit };
}

describe('the scheduler', () => {
  test('runs a request at once on a free worker and gives each request of a batch its own rows', async () => {
    const model = servedModel();
    const { worker, orders, scheduler, submit } = setUp([model]);
    const first = submit(model, 7);
    const rest = [submit(model, 8), submit(model, 9)];
    expect(orders.map(({ rows }) => rows)).toEqual([1]);
    orders[0]!.answer();
    expect((await first)[0]).toMatchObject({ name: 'y', datatype: 'FP16', shape: [1, 1] });
    scheduler.dispatch(worker);
    orders[1]!.answer();
    const bytes = (await Promise.all(rest)).map(([tensor]) => [...tensor!.bytes]);
    expect(bytes).toEqual([
      [8, 0],
      [9, 1],
    ]);
    expect(model.statistics.snapshot()).toMatchObject({ inferenceCount: 3, executionCount: 2 });
  });

  test('prefers the model whose request has waited longest', async () => {
    const [a, b] = [servedModel(), servedModel()];
    const { clock, worker, orders, scheduler, submit } = setUp([a, b]);
    void submit(a, 1);
    const waiting = [submit(b, 2)];
    await clock.advance(1);
    waiting.push(submit(a, 3));
    orders[0]!.answer();
    scheduler.dispatch(worker);
    orders[1]!.answer();
    expect((await waiting[0]!)[0]!.bytes[0]).toBe(2);
    scheduler.dispatch(worker);
    orders[2]!.answer();
    await waiting[1];
  });

  test('holds a batch back for the queue delay and then runs it without another request', async () => {
    const model = servedModel('dynamic_batching { max_queue_delay_microseconds: 5000 }');
    const { clock, orders, submit } = setUp([model]);
    const done = submit(model, 1);
    await clock.advance(4);
    expect(orders).toHaveLength(0);
    await clock.advance(1);
    expect(orders).toHaveLength(1);
    orders[0]!.answer();
    await done;
    expect(clock.pendingTimers).toBe(0);
  });

  test('rejects what has waited too long, also when no worker ever asks', async () => {
    const model = servedModel(
      'dynamic_batching { default_queue_policy { default_timeout_microseconds: 20000 } }',
    );
    const { clock, scheduler, submit } = setUp([]);
    const late = expect(submit(model, 1)).rejects.toThrow('Request timeout expired');
    await clock.advance(21);
    await late;
    await scheduler.idle(model);
    expect(model.statistics.failures('REJECTED')).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('fails the requests of a batch whose worker dies, and no others', async () => {
    const model = servedModel();
    const { worker, orders, scheduler, submit } = setUp([model]);
    const failing = expect(submit(model, 1)).rejects.toMatchObject({ code: 14 });
    const next = submit(model, 2);
    orders[0]!.fail(new ChildTaskError('crashed', 'gone'));
    await failing;
    scheduler.dispatch(worker);
    orders[1]!.answer();
    await next;
    expect(model.statistics.failures('BACKEND')).toBe(1);
  });

  test('says INTERNAL, without the words of the runtime, when the model fails', async () => {
    const model = servedModel();
    const { orders, submit } = setUp([model]);
    const failing = submit(model, 1);
    orders[0]!.fail(new ChildTaskError('failed', 'secret path in a message'));
    await expect(failing).rejects.toMatchObject({ code: 13, details: 'the model failed to run' });
  });

  test('drops a cancelled request from the queue, and the answer of a running one', async () => {
    const model = servedModel();
    const { orders, scheduler, submit } = setUp([model]);
    const [running, queued] = [new AbortController(), new AbortController()];
    const results = Promise.allSettled([submit(model, 1, running.signal), submit(model, 2, queued.signal)]);
    queued.abort();
    running.abort();
    expect((await results).map((each) => each.status)).toEqual(['rejected', 'rejected']);
    const idle = scheduler.idle(model);
    orders[0]!.answer();
    await idle;
    expect(orders).toHaveLength(1);
    expect(model.statistics.snapshot()).toMatchObject({ inferenceCount: 0, executionCount: 1 });
    expect(model.statistics.failures('CANCELED')).toBe(2);
    await expect(submit(model, 3, AbortSignal.abort())).rejects.toMatchObject({ code: 1 });
  });
});
