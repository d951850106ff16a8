import { describe, expect, test } from 'vitest';
import { ChildTaskError } from '#src/isolation/child-task-error.ts';
import { createLoadPlan } from '#services/encoder/scheduling/load-plan.ts';
import type { WorkerOrder } from '#services/encoder/worker/worker-protocol.ts';

const order = (key: string): Extract<WorkerOrder, { op: 'load' }> => ({
  op: 'load',
  key,
  path: '',
  isBatched: true,
  rowsPerRun: 1,
  inputs: [],
  outputs: [],
});
const failed = new ChildTaskError('failed', 'no such node');
const crashed = new ChildTaskError('crashed', 'gone');

describe('the load plan', () => {
  test('names the cheapest model that a worker has not tried', () => {
    const plan = createLoadPlan(2);
    void plan.add(order('dear'), 9);
    void plan.add(order('cheap'), 1);
    expect(plan.next([])!.key).toBe('cheap');
    expect(plan.next(['cheap'])!.key).toBe('dear');
    expect(plan.next(['cheap', 'dear'])).toBeUndefined();
  });

  test('says that a model is loaded when one worker has it', async () => {
    const plan = createLoadPlan(2);
    const loaded = plan.add(order('a'), 1);
    plan.noteLoaded('a');
    await loaded;
    expect(plan.has('a')).toBe(true);
  });

  test('gives up a model that a worker finds broken, with its reason', async () => {
    const plan = createLoadPlan(2);
    const loaded = plan.add(order('a'), 1);
    plan.noteFailure('a', failed);
    await expect(loaded).rejects.toThrow('no such node');
    expect(plan.has('a')).toBe(false);
  });

  test('gives up a model that ends worker after worker, but not at the first', async () => {
    const plan = createLoadPlan(2);
    const loaded = plan.add(order('a'), 1);
    plan.noteFailure('a', crashed);
    expect(plan.has('a')).toBe(true);
    plan.noteFailure('a', crashed);
    await expect(loaded).rejects.toThrow('loading the model ends the worker process');
  });

  test('keeps a model that one worker has, whatever happens to others', async () => {
    const plan = createLoadPlan(1);
    const loaded = plan.add(order('a'), 1);
    plan.noteLoaded('a');
    plan.noteFailure('a', failed);
    plan.noteFailure('a', crashed);
    expect(plan.has('a')).toBe(true);
    await loaded;
  });

  test('lets a load end when the model is removed', async () => {
    const plan = createLoadPlan(2);
    const loaded = plan.add(order('a'), 1);
    plan.remove('a');
    await expect(loaded).rejects.toThrow('unloaded');
  });
});
