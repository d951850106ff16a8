import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { commandsWithPictures } from './commands-with-pictures.ts';
import { runSnippet } from './shell.ts';
import { root } from './snippets.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-pictures-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const shown = ['README.md', 'docs/concepts/maps.md'].flatMap(commandsWithPictures);

/**
 * Another processor sums in another order: tokens differ by a last bit of a half float, colours by a level or two, and where two
 * percentiles of an image fall between other patches by a few more. An axis of the wrong sign changes a third of a map's samples
 * throughout, and each map is 4 % of its picture or more.
 */
const levelTolerance = 8;
const shareTolerance = 0.005;
/** Printed with one decimal. */
const percentTolerance = 0.11;

async function readPicture(path: string) {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  return { data, size: [info.width, info.height, info.channels] };
}

describe('the pictures in the documents are what the commands beside them draw', () => {
  it('and no picture is there without a command', () => {
    const files = readdirSync(join(root, 'docs/pictures')).map((name) => `docs/pictures/${name}`);
    expect(files.sort()).toEqual(shown.map(({ picture }) => picture).sort());
  });

  it.each(shown)('$picture', async ({ command, picture, printed }) => {
    const output = join(folder, 'map.png');
    expect(command).toMatch(/ -o map\.png$/);
    const stdout = await runSnippet(command.replace(/map\.png$/, output));
    const [drawn, committed] = await Promise.all([output, join(root, picture)].map(readPicture));
    expect(drawn!.size).toEqual(committed!.size);
    const differing = drawn!.data.filter(
      (value, i) => Math.abs(value - committed!.data[i]!) > levelTolerance,
    ).length;
    expect(differing / drawn!.data.length).toBeLessThanOrEqual(shareTolerance);
    expect(statSync(join(root, picture)).size).toBeLessThanOrEqual(150_000);
    if (printed !== undefined) expectPrinted(stdout.trimEnd().replace(output, 'map.png'), printed);
  });
});

/** Text equal, numbers with a decimal to the digits shown. */
function expectPrinted(actual: string, expected: string): void {
  const decimal = /\d+\.\d+(?= %)/g;
  expect(actual.replaceAll(decimal, 'N')).toBe(expected.replaceAll(decimal, 'N'));
  const [ours, theirs] = [actual, expected].map((text) => [...text.matchAll(decimal)].map(Number));
  expect(ours!.length).toBeGreaterThan(0);
  ours!.forEach((value, i) => expect(Math.abs(value - theirs![i]!)).toBeLessThanOrEqual(percentTolerance));
}
