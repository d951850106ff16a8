import { expect, it } from 'vitest';
import { trackedFiles, trackedText } from './tracked-files.ts';

// Written in pieces so that this file does not find itself.
const machineFolders = ['work', 'tmp', 'root', 'home', 'Users'].map((name) => `/${name}`);
const registryHosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['pypi', 'org'],
  ['pythonhosted', 'org'],
  ['nuget', 'org'],
  ['deb', 'debian', 'org'],
].map((labels) => labels.join('.'));

/** `file:line: text` of every line of a tracked text file that matches. */
function findLines(pattern: RegExp): readonly string[] {
  return trackedFiles().flatMap((path) =>
    (trackedText(path) ?? '')
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
      ),
  );
}

it('no tracked file names a folder of somebody’s machine', () => {
  // An absolute path only: `src/work` and `https://host/tmp` are something else.
  const pattern = new RegExp(`(?<![\\w.~)}\\]-])(${machineFolders.join('|')})/\\w`);
  expect(pattern.test(`see ${machineFolders[1]!}/x`)).toBe(true);
  expect(findLines(pattern)).toEqual([]);
});

it('no tracked file names the host of a package registry', () => {
  const pattern = new RegExp(registryHosts.map((host) => host.replaceAll('.', '\\.')).join('|'));
  expect(pattern.test(`"resolved": "https://${registryHosts[0]!}/x"`)).toBe(true);
  expect(findLines(pattern)).toEqual([]);
});
