import { expect, it } from 'vitest';
import { readBoundedJson } from '#src/store/hub/read-bounded-json.ts';

it('reads a list', async () => {
  expect(await readBoundedJson(Response.json({ sha: 'ab', siblings: [] }), 1000)).toEqual({
    sha: 'ab',
    siblings: [],
  });
});

it.each(['', '<html>', '{"sha":'])('%j is no list', async (text) => {
  expect(await readBoundedJson(new Response(text), 1000)).toBeUndefined();
});

it('neither is one that breaks off', async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from('{"sha"')),
    pull: (controller) => controller.error(new Error('connection lost')),
  });
  expect(await readBoundedJson(new Response(body), 1000)).toBeUndefined();
});

it('gives up on one without an end, and lets go of the connection', async () => {
  let sent = 0;
  let isCancelled = false;
  const megabyte = new Uint8Array(1024 * 1024).fill(32);
  const body = new ReadableStream({
    pull(controller) {
      sent += 1;
      controller.enqueue(megabyte);
    },
    cancel: () => void (isCancelled = true),
  });
  await expect(readBoundedJson(new Response(body), 1000)).rejects.toMatchObject({ fault: 'protocol' });
  expect(sent).toBeLessThan(50);
  expect(isCancelled).toBe(true);
});

it('gives up on one that falls silent', async () => {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{"sha"')) });
  expect(await readBoundedJson(new Response(body), 20)).toBeUndefined();
});
