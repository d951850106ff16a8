import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { readGrpcFailure } from '#src/infer/triton/grpc-failure.ts';
import { createRefusalMemory } from '#src/infer/triton/refusal-memory.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

const failure = (code: status) =>
  readGrpcFailure(Object.assign(new Error('x'), { code, details: 'x', metadata: new Metadata() }), {
    hasHeaders: true,
    isCancelledHere: false,
  });

test('a refusal is remembered for a while, longer when they repeat, and a success ends it', async () => {
  const clock = createManualClock();
  const memory = createRefusalMemory(clock);
  expect(memory.isRecent()).toBe(false);
  memory.record(failure(status.UNAVAILABLE));
  await clock.advance(249);
  expect(memory.isRecent()).toBe(true);
  await clock.advance(1);
  expect(memory.isRecent()).toBe(false);
  memory.record(failure(status.UNAVAILABLE));
  await clock.advance(499);
  expect(memory.isRecent()).toBe(true);
  memory.record(undefined);
  expect(memory.isRecent()).toBe(false);
});

test('other errors are no refusals', () => {
  const memory = createRefusalMemory(createManualClock());
  memory.record(failure(status.INVALID_ARGUMENT));
  expect(memory.isRecent()).toBe(false);
});
