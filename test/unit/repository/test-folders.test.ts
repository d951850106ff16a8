import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import vitestConfig from '../../../vitest.config.ts';
import { root, trackedFiles } from './tracked-files.ts';

interface Project {
  readonly test: { readonly name: string; readonly include: readonly string[] };
}

const projects = vitestConfig.test!.projects as unknown as readonly Project[];
const tests = trackedFiles().filter((path) => path.startsWith('test/'));

/** Folders of test/ that hold no vitest tests: what they are for. */
const otherFolders: Readonly<Record<string, string>> = {
  bench: 'measurements, run by hand',
  conformance: 'other people’s software as referees, run by .ci/run',
  fixtures: 'inputs of tests',
  golden: 'values of reference implementations and the scripts that made them',
  reporter: 'the closing line of a run',
  support: 'parts that tests share',
};

describe('no test is left out', () => {
  it('every test file belongs to exactly one vitest project', () => {
    const strays = tests
      .filter((path) => path.endsWith('.test.ts'))
      .map((path) => ({
        path,
        projects: projects
          .filter(({ test }) => test.include.some((glob) => matchesGlob(path, glob)))
          .map(({ test }) => test.name),
      }))
      .filter((file) => file.projects.length !== 1);
    expect(strays).toEqual([]);
  });

  it('every folder of test/ is a vitest project or has a stated purpose', () => {
    const known = [...projects.map(({ test }) => test.name), ...Object.keys(otherFolders)];
    const present = [...new Set(tests.map((path) => path.split('/')[1]!))];
    expect(present.filter((folder) => !known.includes(folder))).toEqual([]);
  });

  it('every folder of test/conformance is run by .ci/run', () => {
    const script = readFileSync(join(root, '.ci/run'), 'utf8');
    const suites = [
      ...new Set(tests.flatMap((path) => /^test\/conformance\/([\w-]+)\//.exec(path)?.[1] ?? [])),
    ];
    expect(suites.length).toBeGreaterThan(0);
    expect(suites.filter((suite) => !script.includes(`test/conformance/${suite}/`))).toEqual([]);
  });
});
