import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { colourRanges, componentColours } from '#src/postprocess/component-colours.ts';
import { fitPrincipalComponents, projectOnComponents } from '#src/postprocess/principal-components.ts';
import { readSafetensors } from '#test/support/read-arrays.ts';
import { writeZip } from '#test/support/write-zip.ts';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';
import { root, runTessera } from './run-tessera.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-map-'));
const nuclei = 'samples/nuclei/nuclei.png';
const blood = 'samples/blood-smear/blood-smear.jpg';
const square = join(folder, 'square.png');
const flat = join(folder, 'flat.png');
const broken = join(folder, 'broken.png');
writeFileSync(broken, 'this is no image');

/** Exactly the model's size, so that no pixel is resampled on its way; the part of a real image that holds cells. */
const side = 224;

let gateway: RunningGateway;
beforeAll(async () => {
  const cut = { left: 10, top: 20, width: side, height: side };
  await sharp(join(root, blood)).extract(cut).png().toFile(square);
  await sharp({ create: { width: 64, height: 48, channels: 3, background: '#804020' } })
    .png()
    .toFile(flat);
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});
const run = (...args: string[]) => runTessera(['map', ...args], { TESSERA_URL: gateway.url });

interface Report {
  readonly output: string;
  readonly width: number;
  readonly height: number;
  readonly images: readonly {
    readonly file: string;
    readonly grid?: { readonly rows: number; readonly columns: number };
    readonly tiles?: number;
    readonly patches?: number;
    readonly explainedVariance?: readonly number[];
    readonly error?: { readonly code: string };
  }[];
  readonly provenance: { readonly model: string };
}

/** Levels by which a colour may differ between two calls: their images may have run in batches of different sizes, whose last bits differ. */
const batchTolerance = 2;

/** Largest difference between samples of two rasters of one size. */
function furthest(left: Uint8Array, right: Uint8Array): number {
  expect(left.length).toBe(right.length);
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i]!)), 0);
}

/** A rectangle of a picture's RGB pixels. */
async function pixelsOf(path: string, left: number, top: number, width: number, height: number) {
  return sharp(path).extract({ left, top, width, height }).raw().toBuffer();
}

/** The safetensors reply to one file. */
async function fetchFeatures(path: string): Promise<Uint8Array> {
  const form = new FormData();
  form.append('file', new Blob([readFileSync(path)]));
  const reply = await fetch(`${gateway.url}/v1/features`, { method: 'POST', body: form });
  expect(reply.status).toBe(200);
  return new Uint8Array(await reply.arrayBuffer());
}

describe('tessera map', () => {
  it('puts the pixels that the encoder saw beside a square per patch in the colours of its components', async () => {
    const output = join(folder, 'one.png');
    const { exitCode, stdout, stderr } = await run(square, '--size', String(side), '-o', output);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('14x14 patches, explained variance');
    const picture = await sharp(output).metadata();
    expect([picture.format, picture.width, picture.height, picture.channels]).toEqual(['png', 452, 224, 3]);
    const source = await sharp(square).raw().toBuffer();
    expect((await pixelsOf(output, 0, 0, side, side)).equals(source)).toBe(true);

    const tokens = readSafetensors(await fetchFeatures(square)).tensors['patch_tokens']!;
    expect(tokens.shape).toEqual([1, 14, 14, 192]);
    const values = Float32Array.from(new Float16Array(new Uint8Array(tokens.bytes).buffer));
    const scores = projectOnComponents(fitPrincipalComponents(values, 192, 3), values);
    const colours = componentColours(scores, colourRanges(scores, 'each'));
    const map = await pixelsOf(output, side + 4, 0, side, side);
    const expected = new Uint8Array(side * side * 3);
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const patch = Math.floor(row / 16) * 14 + Math.floor(column / 16);
        for (let sample = 0; sample < 3; sample += 1) {
          expected[(row * side + column) * 3 + sample] = colours[patch * 3 + sample]!;
        }
      }
    }
    expect(furthest(map, expected)).toBeLessThanOrEqual(batchTolerance);
  });

  it('reports as JSON what it wrote: grid, explained variance, failures, provenance', async () => {
    const output = join(folder, 'report.png');
    const args = [square, broken, nuclei, '-m', 'demo_vit_448', '--size', '100', '--json', '-o', output];
    const { exitCode, stdout, stderr } = await run(...args);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(broken);
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ output, width: 204, height: 216 });
    expect(report.provenance.model).toBe('demo_vit_448');
    expect(report.images.map(({ file, error }) => [file, error?.code])).toEqual([
      [square, undefined],
      [broken, 'unsupported-media-type'],
      [nuclei, undefined],
    ]);
    for (const { explainedVariance, ...image } of report.images.filter(({ error }) => error === undefined)) {
      expect(image).toMatchObject({ grid: { rows: 28, columns: 28 }, tiles: 1, patches: 784 });
      const [first, second, third] = explainedVariance as [number, number, number];
      expect(first).toBeGreaterThan(second);
      expect(second).toBeGreaterThan(third);
      expect(third).toBeGreaterThan(0);
      expect(first + second + third).toBeLessThan(1);
    }
  });

  it('gives the same bytes each time, to a file and to standard output, and leaves no unfinished file', async () => {
    const output = join(folder, 'again.png');
    writeFileSync(output, 'what was there before');
    expect((await run(square, '--size', '64', '-o', output)).exitCode).toBe(0);
    for (const args of [[], ['-o', '-']]) {
      const { exitCode, stdoutBytes } = await run(square, '--size', '64', ...args);
      expect(exitCode).toBe(0);
      expect(stdoutBytes.equals(readFileSync(output))).toBe(true);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('--joint: the same image has the same colours in any company of the call, and shares its axes with it', async () => {
    const output = join(folder, 'joint.png');
    const args = [square, nuclei, square, '--size', '112', '--json', '-o', output];
    const joint = await run(...args, '--joint');
    expect(joint.exitCode).toBe(0);
    const { images } = JSON.parse(joint.stdout) as Report;
    expect(new Set(images.map(({ explainedVariance }) => String(explainedVariance))).size).toBe(1);
    const [first, , third] = await Promise.all(
      [0, 1, 2].map((row) => pixelsOf(output, 116, row * 128, 112, 112)),
    );
    expect(furthest(first!, third!)).toBeLessThanOrEqual(batchTolerance);
    const apart = await run(...args);
    const own = (JSON.parse(apart.stdout) as Report).images.map(
      ({ explainedVariance }) => explainedVariance![0]!,
    );
    // Axes of one's own explain more of an image than axes for two unlike images explain of both.
    expect(Math.abs(own[0]! - own[1]!)).toBeGreaterThan(0.01);
    expect(own[0]).toBeCloseTo(own[2]!, 3);
    expect(furthest(await pixelsOf(output, 116, 0, 112, 112), first!)).toBeGreaterThan(50);
  });

  it.each([
    // 640×480: 4 to 3, also where the encoder saw it squeezed; `crop` shows the square in the middle.
    ['stretch', 1, 196, [640 / 480, 1]],
    ['fit', 1, 140, [640 / 480, 1]],
    ['crop', 1, 196, [1, 1]],
    // Windows of 224 with a stride of 160: 4 by 3 of them.
    ['tile', 12, 12 * 196, [640 / 480, 1]],
  ])(
    '--resize %s shows what the encoder saw, in its true aspect',
    async (resize, tiles, patches, [wide, high]) => {
      const output = join(folder, `${resize}.png`);
      const { exitCode, stdout } = await run(
        blood,
        '--resize',
        resize,
        '--size',
        '200',
        '--json',
        '-o',
        output,
      );
      expect(exitCode).toBe(0);
      const report = JSON.parse(stdout) as Report;
      expect(report.images[0]).toMatchObject({ tiles, patches });
      const columns = Math.round((200 * wide!) / Math.max(wide!, high!));
      expect([report.width, report.height]).toEqual([
        2 * columns + 4,
        Math.round((200 * high!) / Math.max(wide!, high!)),
      ]);
    },
  );

  it('--window: shows the levels that the encoder got, not those of the file', async () => {
    // 16 bits of which 1,000 values are used: next to black, unless the window is opened.
    const deep = join(folder, 'deep.png');
    const samples = Uint16Array.from({ length: side * side }, (_, i) => (i * 7919) % 1000);
    const raw = { width: side, height: side, channels: 1 } as const;
    await sharp(samples, { raw }).toColourspace('grey16').png().toFile(deep);
    const output = join(folder, 'deep-map.png');
    const brightest = async (...args: string[]) => {
      expect((await run(deep, '--size', String(side), '-o', output, ...args)).exitCode).toBe(0);
      return (await pixelsOf(output, 0, 0, side, side)).reduce((most, level) => Math.max(most, level));
    };
    // ⌊999 · 255 / 65535 + ½⌋
    expect(await brightest()).toBe(4);
    expect(await brightest('--window', 'auto')).toBe(255);
  });

  it('an image of a single colour is refused by name, and the others are there', async () => {
    const output = join(folder, 'flat-map.png');
    const { exitCode, stderr } = await run(flat, square, '-o', output);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/flat\.png: The image is a single colour.* \(unusable-input\)/);
    expect((await sharp(output).metadata()).height).toBe(448);
  });

  it('a zip archive is a failed file that says what to do, and the others are there', async () => {
    const archive = join(folder, 'set.zip');
    const bytes = readFileSync(square);
    const broken = Buffer.from('this is no image');
    writeFileSync(archive, writeZip({ name: 'a.png', bytes }, { name: 'b.png', bytes: broken }));
    const output = join(folder, 'zip.png');
    const { exitCode, stderr } = await run(archive, square, '-o', output);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/set\.zip: The file holds several images; unpack it/);
    expect(existsSync(output)).toBe(true);
  });

  it('says on standard error that of an animation the first frame alone is shown', async () => {
    const animated = 'test/golden/bmp-gif/inputs/animated.gif';
    const { exitCode, stderr } = await run(animated, '-o', join(folder, 'animated.png'));
    expect(exitCode).toBe(0);
    expect(stderr).toBe(`tessera: ${animated}: only the first of its 3 frames is used (first-frame-of-3)\n`);
  });

  it.each([[[]], [['--joint']]])('when no file gives a map: code 1, and no picture (%j)', async (args) => {
    const output = join(folder, 'nothing.png');
    const { exitCode, stderr } = await run(flat, broken, 'no-such-file.png', folder, '-o', output, ...args);
    expect(exitCode).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(4);
    expect(existsSync(output)).toBe(false);
  });

  it.each([
    ['an unknown way to resize', [square, '--resize', 'squash'], 'stretch, fit, crop, tile'],
    ['a picture that would not be what its name says', [square, '-o', 'x.jpg'], 'is a PNG'],
    ['a size that is none', [square, '--size', '0'], '--size'],
    ['a size with too many digits', [square, '--size', '20000'], 'from 1 to 9999'],
    ['too many files', Array<string>(65).fill(square), 'at most 64'],
    ['a picture beyond all screens', [square, '--size', '9999'], 'too large'],
    ['JSON and the picture on one stream', [square, '--json'], 'standard output'],
    ['JSON and the picture on one stream, named', [square, '--json', '-o', '-'], 'standard output'],
  ])('wrong usage ends with code 2 before anything is sent: %s', async (_, args, reason) => {
    const { exitCode, stdout, stderr } = await runTessera(['map', ...args], {
      TESSERA_URL: 'http://127.0.0.1:1',
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });
});

/** Something that answers requests with given replies in turn, as a gateway of another version or a proxy would. */
async function withReplies<T>(
  status: number,
  bodies: readonly Uint8Array[],
  work: (url: string) => Promise<T>,
): Promise<T> {
  let answered = 0;
  const server = createServer((socket) => {
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      // The multipart body ends with its closing boundary.
      if (!received.endsWith('--\r\n')) return;
      const body = bodies[answered % bodies.length]!;
      answered += 1;
      const head = `HTTP/1.1 ${status} X\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
      socket.end(Buffer.concat([Buffer.from(head), body]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The same bytes with one piece of text in the place of another of the same length. */
function changed(body: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(body).toString('latin1');
  expect(text).toContain(from);
  expect(to).toHaveLength(from.length);
  return Buffer.from(text.replace(from, to), 'latin1');
}

describe('tessera map and strange replies', () => {
  const map = (url: string) => runTessera(['map', square, '-o', join(folder, 'strange.png'), '--url', url]);

  it('of a model without patch tokens: code 1, one line that says what a map needs', async () => {
    const problem = { code: 'unsupported-by-model', detail: 'The model m has no output patch_tokens.' };
    const { exitCode, stderr } = await withReplies(422, [Buffer.from(JSON.stringify(problem))], map);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tessera: The model m has no output patch_tokens\. A map needs patch tokens/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('that prepared the image otherwise: no picture, instead of one that does not fit', async () => {
    const other = changed(await fetchFeatures(square), '\\"sourceRows\\":224', '\\"sourceRows\\":225');
    const { exitCode, stderr } = await withReplies(200, [other], map);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('prepares images in another way');
    expect(existsSync(join(folder, 'strange.png'))).toBe(false);
  });

  it.each([
    ['a page', Buffer.from('<html>welcome</html>')],
    ['nothing', Buffer.alloc(0)],
    ['a header that is longer than the body', Buffer.from('ffffffffffffffff00', 'hex')],
  ])('that are %s: code 1, one line', async (_, body) => {
    const { exitCode, stderr } = await withReplies(200, [body], map);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tessera: This is no reply of Tessera\./);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('that contradict themselves about the grid: code 1, one line', async () => {
    const twisted = changed(await fetchFeatures(square), '[1,14,14,192]', '[1,7,28, 192]');
    const { exitCode, stderr } = await withReplies(200, [twisted], map);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tessera: This is no reply of Tessera\./);
  });

  it('of two models for two files: code 1, since their colours could not stand in one picture', async () => {
    const reply = await fetchFeatures(square);
    const stamp = /\\"stamp\\":\\"([0-9a-f]{64})/.exec(Buffer.from(reply).toString('latin1'))![1]!;
    const replies = [reply, changed(reply, stamp, `${stamp.slice(1)}${stamp[0]!}`)];
    const { exitCode, stderr } = await withReplies(200, replies, (url) =>
      runTessera(['map', square, square, '-o', join(folder, 'strange.png'), '--url', url]),
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The model was replaced');
  });

  it('that were cut short: code 1, one line', async () => {
    const whole = Buffer.from(await fetchFeatures(square));
    const { exitCode, stderr } = await withReplies(200, [whole.subarray(0, 20_000)], map);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tessera: This is no reply of Tessera\./);
  });
});
