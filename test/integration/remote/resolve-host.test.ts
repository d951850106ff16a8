import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHostResolver } from '#src/remote/resolve-host.ts';

/** Record types of RFC 1035, 3.2.2, and RFC 3596, 2.1. */
const types = { A: 1, AAAA: 28 } as const;
type Records = Readonly<Record<keyof typeof types, readonly (readonly number[])[]>>;

/** Reply of RFC 1035, 4.1: the head and the question as they came, then a record for each address; code 3 means no such name. */
function replyTo(query: Buffer, answers: readonly (readonly number[])[], type: number, code: number): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5;
  const head = Buffer.from(query.subarray(0, questionEnd));
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(answers.length, 6);
  head.writeUInt32BE(0, 8);
  const records = answers.map((address) => [
    0xc0,
    0x0c,
    0,
    type,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    address.length,
    ...address,
  ]);
  return Buffer.concat([head, Buffer.from(records.flat())]);
}

/** A real name server on loopback; undefined records: it never answers. */
async function openNameServer(records: Records | undefined) {
  const socket = createSocket('udp4');
  const asked: number[] = [];
  const first = Promise.withResolvers<undefined>();
  socket.on('message', (query, from) => {
    const type = query.readUInt16BE(query.indexOf(0, 12) + 1);
    asked.push(type);
    first.resolve(undefined);
    if (records === undefined) return;
    const answers = type === types.A ? records.A : records.AAAA;
    const isKnown = records.A.length + records.AAAA.length > 0;
    socket.send(replyTo(query, answers, type, isKnown ? 0 : 3), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, asked, first: first.promise };
}

const signal = new AbortController().signal;
const v6 = [0x26, 0x06, 0x47, 0, ...Array<number>(11).fill(0), 0x11];

describe('a host name', () => {
  test('has the addresses of both families', async () => {
    const { server, asked } = await openNameServer({
      A: [
        [8, 8, 8, 8],
        [10, 0, 0, 1],
      ],
      AAAA: [v6],
    });
    const found = await createHostResolver([server])('images.example.org', signal);
    expect(found.toSorted()).toEqual(['10.0.0.1', '2606:4700::11', '8.8.8.8']);
    expect(asked.toSorted()).toEqual([types.A, types.AAAA]);
  });

  test.each<[string, Records, string[]]>([
    ['IPv4', { A: [[8, 8, 8, 8]], AAAA: [] }, ['8.8.8.8']],
    ['IPv6', { A: [], AAAA: [v6] }, ['2606:4700::11']],
  ])('may have %s alone', async (_, records, expected) => {
    const { server } = await openNameServer(records);
    expect(await createHostResolver([server])('images.example.org', signal)).toEqual(expected);
  });

  test('that nobody knows rejects with the code of the name server', async () => {
    const { server } = await openNameServer({ A: [], AAAA: [] });
    await expect(createHostResolver([server])('images.example.org', signal)).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });
});

describe('a name server that never answers', () => {
  test('is not waited for when the caller gives up', async () => {
    const { server, first } = await openNameServer(undefined);
    const controller = new AbortController();
    const result = createHostResolver([server])('images.example.org', controller.signal);
    await first;
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: 'ECANCELLED' });
  });

  test('is not even asked when that was before', async () => {
    const { server, asked } = await openNameServer(undefined);
    await expect(createHostResolver([server])('images.example.org', AbortSignal.abort())).rejects.toThrow();
    expect(asked).toEqual([]);
  });
});
