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
  window.start(first.work);
  expect(await isSettled(window.room())).toBe(true);
  window.start(second.work);
  const room = window.room();
  expect(await isSettled(room)).toBe(false);
  first.end();
  await room;
  expect(window.count()).toBe(1);
});

test('the bytes of the files held bound it too, but one file of any size may always be taken', async () => {
  const window = createWorkWindow(10, 100);
  const large = piece();
  expect(await isSettled(window.roomForFile())).toBe(true);
  const letGo = window.hold(5_000);
  window.start(() => large.work().finally(letGo));
  expect(await isSettled(window.roomForFile())).toBe(false);
  // The other pieces of the same file need no more room.
  expect(await isSettled(window.room())).toBe(true);
  large.end();
  await window.roomForFile();
});

test('a file counts whole until the last of its pieces has ended, and once', async () => {
  const window = createWorkWindow(10, 100);
  const [first, last] = [piece(), piece()];
  const letGo = window.hold(100);
  const other = window.hold(50);
  window.start(first.work);
  window.start(last.work);
  first.end();
  await window.next();
  expect(await isSettled(window.roomForFile())).toBe(false);
  letGo();
  letGo();
  expect(await isSettled(window.roomForFile())).toBe(true);
  const third = window.hold(50);
  expect(await isSettled(window.roomForFile())).toBe(false);
  third();
  other();
  last.end();
  await window.idle();
});

test('it is idle when the last piece has ended', async () => {
  const window = createWorkWindow(10, 100);
  const [first, second] = [piece(), piece()];
  window.start(first.work);
  window.start(second.work);
  const idle = window.idle();
  first.end();
  expect(await isSettled(idle)).toBe(false);
  second.end();
  await idle;
});
