import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { createByteBudget } from '#src/http/input/byte-budget.ts';
import { isZip, readZip, type UnpackBounds, type UnpackedFile } from '#src/http/input/read-zip.ts';
import { writeZip } from '#test/support/write-zip.ts';

const boundsOf = (changes: Partial<UnpackBounds> = {}): UnpackBounds => ({
  maxFileBytes: 1e6,
  maxTotalBytes: 1e8,
  maxItems: 8,
  lease: createByteBudget(1e9).open(),
  signal: new AbortController().signal,
  ...changes,
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** `folder:content`, or `folder!code` of a failed file. */
const shown = ({ folder, item }: UnpackedFile): string =>
  item.ok ? `${folder}:${new TextDecoder().decode(item.bytes)}` : `${folder}!${item.error.code}`;
const read = async (archive: Uint8Array, changes?: Partial<UnpackBounds>): Promise<string[]> =>
  (await readZip(archive, boundsOf(changes))).map(shown);
const refusalOf = (archive: Uint8Array, changes?: Partial<UnpackBounds>): Promise<unknown> =>
  read(archive, changes).catch((error: unknown) => (error instanceof AppError ? error.code : error));
const MiB = 1024 * 1024;

describe('what an archive holds', () => {
  test('files in the order of the directory, stored and deflated, with the folder they lie in', async () => {
    const archive = writeZip(
      { name: 'set/normal/b.png', bytes: bytes('B') },
      { name: 'set/normal/a.png', bytes: bytes('A'), method: 0 },
      { name: 'größe/c.png', bytes: bytes('C') },
      { name: 'd.png', bytes: bytes('D') },
    );
    expect(isZip(archive)).toBe(true);
    expect(await read(archive)).toEqual(['normal:B', 'normal:A', 'größe:C', ':D']);
  });

  test('folders and the litter of file managers are no files', async () => {
    const archive = writeZip(
      { name: 'normal/', bytes: bytes('') },
      { name: '__MACOSX/normal/._a.png', bytes: bytes('x') },
      { name: 'normal/.DS_Store', bytes: bytes('x') },
      { name: 'normal/Thumbs.db', bytes: bytes('x') },
      { name: 'normal/a.png', bytes: bytes('A') },
    );
    expect(await read(archive)).toEqual(['normal:A']);
  });

  test('an archive of nothing is one, and other bytes are none', async () => {
    expect(isZip(writeZip())).toBe(true);
    expect(await read(writeZip())).toEqual([]);
    expect(isZip(bytes('PK'))).toBe(false);
  });
});

describe('a file that cannot be unpacked fails alone', () => {
  const good = { name: 'n/good.png', bytes: bytes('good') };
  test.each([
    ['encrypted', { isEncrypted: true }, 'unusable-input'],
    ['packed by bzip2', { method: 12 }, 'unusable-input'],
    ['with another checksum', { crc: 1 }, 'undecodable-image'],
    ['longer than declared', { declaredBytes: 3 }, 'undecodable-image'],
    ['shorter than declared', { declaredBytes: 30 }, 'undecodable-image'],
    ['larger than a file may be', { bytes: new Uint8Array(5_000) }, 'payload-too-large'],
    ['empty', { bytes: bytes('') }, 'malformed-request'],
    ['a zip archive itself', { bytes: writeZip(good) }, 'unsupported-media-type'],
  ])('%s', async (_, change, code) => {
    const archive = writeZip(good, { name: 'n/bad.png', bytes: bytes('bad bytes'), ...change }, good);
    expect(await read(archive, { maxFileBytes: 4_000 })).toEqual(['n:good', `n!${code}`, 'n:good']);
  });
});

describe('an archive is refused as a whole', () => {
  test.each(['../up.png', 'a/../../up.png', '/etc/passwd', 'C:\\up.png', '..\\up.png'])(
    'when it names a file outside itself: %s',
    async (name) => {
      const archive = writeZip({ name, bytes: bytes('x') });
      const detail = expect.stringMatching(/names files outside itself/) as string;
      await expect(read(archive)).rejects.toMatchObject({ code: 'malformed-request', detail });
    },
  );

  test('when it is cut', async () => {
    const archive = writeZip({ name: 'a.png', bytes: bytes('A') });
    const detail = 'The zip archive is damaged or cut off.';
    await expect(read(archive.subarray(0, -10))).rejects.toMatchObject({ code: 'malformed-request', detail });
  });

  test('when it holds more files than allowed, also when they are folders', async () => {
    const files = Array.from({ length: 9 }, (_, i) => ({ name: `${i}.png`, bytes: bytes('x') }));
    expect(await refusalOf(writeZip(...files))).toBe('too-many-items');
    const folders = Array.from({ length: 33 }, (_, i) => ({ name: `${i}/`, bytes: bytes('') }));
    expect(await refusalOf(writeZip(...folders))).toBe('too-many-items');
  });

  test('when its files are too large together, before the last one is unpacked', async () => {
    const lease = createByteBudget(1e9);
    const files = ['a', 'b', 'c'].map((name) => ({ name, bytes: new Uint8Array(1_000) }));
    const changes = { maxTotalBytes: 2_500, lease: lease.open() };
    expect(await refusalOf(writeZip(...files), changes)).toBe('payload-too-large');
    expect(lease.usedBytes()).toBe(2_000);
  });

  test('when it unpacks to far more than it is', async () => {
    const zeros = Array.from({ length: 3 }, (_, i) => ({ name: `${i}`, bytes: new Uint8Array(8 * MiB) }));
    expect(await refusalOf(writeZip(...zeros), { maxFileBytes: 8 * MiB })).toBe('payload-too-large');
    // One alone is under the floor: a blank image is no bomb.
    expect(await refusalOf(writeZip(zeros[0]!), { maxFileBytes: 8 * MiB })).toHaveLength(1);
  });

  test('when all uploads together hold too much', async () => {
    const lease = createByteBudget(500).open();
    expect(await refusalOf(writeZip({ name: 'a', bytes: new Uint8Array(1_000) }), { lease })).toBe(
      'overloaded',
    );
  });

  test('when its request has ended', async () => {
    const signal = AbortSignal.abort(new AppError('request-cancelled', 'gone'));
    expect(await refusalOf(writeZip({ name: 'a', bytes: bytes('A') }), { signal })).toBe('request-cancelled');
  });
});

test('whatever happens to its bytes, an archive is read or refused by a code of the catalogue', async () => {
  const archive = writeZip(
    { name: 'n/a.png', bytes: bytes('some text that shrinks, shrinks, shrinks') },
    { name: 'p/b.png', bytes: bytes('B'), method: 0 },
  );
  const change = fc.tuple(fc.nat(archive.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const spoiled = Uint8Array.from(archive);
      for (const [place, value] of changes) spoiled[place] = value;
      const outcome = await readZip(spoiled, boundsOf()).catch((error: unknown) => error);
      expect(Array.isArray(outcome) || outcome instanceof AppError).toBe(true);
    }),
    { numRuns: 300 },
  );
});
