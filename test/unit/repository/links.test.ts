import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, trackedFiles, trackedText } from './tracked-files.ts';

const documents = trackedFiles().filter((path) => path.endsWith('.md'));

/** Text outside fenced code blocks. */
const prose = (path: string): string => trackedText(path)!.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');

/** Targets of inline links and images, those with a scheme (https:, mailto:) left out. */
function linkTargets(path: string): readonly string[] {
  return [...prose(path).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** Anchors of the headings, spelt as GitHub spells them. */
function anchors(path: string): readonly string[] {
  return [...prose(path).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** Why a link leads nowhere; undefined when it leads somewhere. */
function brokenBecause(path: string, target: string): string | undefined {
  const [file, anchor] = target.split('#') as [string, string | undefined];
  const aim = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
  if (aim.startsWith('..')) return `${target}: outside the repository`;
  if (!existsSync(join(root, aim))) return `${target}: no such file`;
  if (anchor === undefined || statSync(join(root, aim)).isDirectory()) return undefined;
  return anchors(aim).includes(anchor) ? undefined : `${target}: no such heading`;
}

describe('every relative link of a document leads somewhere', () => {
  it.each(documents)('%s', (path) => {
    const broken = linkTargets(path).flatMap((target) => brokenBecause(path, target) ?? []);
    expect(broken).toEqual([]);
  });
});

it('every decision record is listed in the index of decisions', () => {
  const index = linkTargets('docs/decisions/README.md');
  const records = documents.filter((path) => /^docs\/decisions\/\d{4}-[\w-]+\.md$/.test(path));
  expect(
    records.map((path) => path.slice('docs/decisions/'.length)).filter((name) => !index.includes(name)),
  ).toEqual([]);
});

it('every decision record has a number of its own, which its title repeats', () => {
  const records = documents.filter((path) => /^docs\/decisions\/\d{4}-[\w-]+\.md$/.test(path));
  const numbers = records.map((path) => path.slice('docs/decisions/'.length).slice(0, 4));
  expect(numbers.length).toBeGreaterThan(0);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const [index, path] of records.entries()) {
    expect(trackedText(path)!.startsWith(`# ${numbers[index]}`), path).toBe(true);
  }
});
