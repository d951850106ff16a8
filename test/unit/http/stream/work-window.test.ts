import { expect, test } from 'vitest';
import { createWorkWindow } from '#src/http/stream/work-window.ts';

const isSettled = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);

function piece() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { work: () => promise.then(() => undefined), end: () => resolve(undefined) };
}

test('there is room up to the number, and again when one has ended', async () => {
  const window = createWorkWindow(2, 1_000);
  const [first, second] = [piece(), piece()];
  window.start(1, first.work);
  expect(await isSettled(window.room())).toBe(true);
  window.start(1, second.work);
  const room = window.room();
  expect(await isSettled(room)).toBe(false);
  first.end();
  await room;
  expect(window.count()).toBe(1);
});

test('the bytes held bound it too, but one piece of any size may always begin', async () => {
  const window = createWorkWindow(10, 100);
  const large = piece();
  expect(await isSettled(window.room())).toBe(true);
  window.start(5_000, large.work);
  expect(await isSettled(window.room())).toBe(false);
  large.end();
  await window.room();
});

test('it is idle when the last piece has ended', async () => {
  const window = createWorkWindow(10, 100);
  const [first, second] = [piece(), piece()];
  window.start(1, first.work);
  window.start(1, second.work);
  const idle = window.idle();
  first.end();
  expect(await isSettled(idle)).toBe(false);
  second.end();
  await idle;
});
