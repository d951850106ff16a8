import { globSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { layers } from '../../eslint.layers.js';

const root = join(import.meta.dirname, '../..');
const fixtureRoot = 'test/fixtures/lint';
const fixtures = globSync(`${fixtureRoot}/{src,services}/**/*.ts`, { cwd: root }).sort();
const folders = Object.keys(layers);

/** The first line of a fixture says what must fire: `rule: part of its message`, or `nothing`. */
function expectedFault(path: string): string {
  const match = /^\/\/ fires: (.+)$/m.exec(readFileSync(join(root, path), 'utf8'));
  if (match === null) throw new Error(`${path} does not say what it expects`);
  return match[1]!;
}

// The ordinary run ignores the fixtures; `ignore: false` is what lets this test see them.
const eslint = new ESLint({ cwd: root, ignore: false });

describe('each lint rule fires on the fixture that breaks it, and on nothing else', () => {
  const faults = new Map<string, string[]>();

  beforeAll(async () => {
    for (const result of await eslint.lintFiles(fixtures)) {
      const path = result.filePath.slice(root.length + 1);
      faults.set(
        path,
        result.messages.map(({ ruleId, message }) => `${ruleId ?? 'fatal'}: ${message}`),
      );
    }
  }, 60_000);

  it.each(fixtures)('%s', (path) => {
    const expected = expectedFault(path);
    const found = faults.get(path);
    if (expected === 'nothing') {
      expect(found).toEqual([]);
      return;
    }
    const [rule, part] = expected.split(/: (.*)/);
    expect(found).toHaveLength(1);
    expect(found![0]).toMatch(new RegExp(`^${rule!}: `));
    expect(found![0]).toContain(part);
  });
});

describe('the layer table', () => {
  it('has a row for every folder of src/', () => {
    const present = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders).toEqual(expect.arrayContaining(present.map((entry) => entry.name)));
  });

  it('names only folders that have a row, itself among them', () => {
    for (const [folder, allowed] of Object.entries(layers)) {
      expect(folders).toEqual(expect.arrayContaining([...allowed]));
      expect(allowed).toContain(folder);
    }
  });

  it('has no circle: every folder imports only folders written above it', () => {
    for (const [folder, allowed] of Object.entries(layers)) {
      const above = folders.slice(0, folders.indexOf(folder) + 1);
      expect(above, `row of ${folder}`).toEqual(expect.arrayContaining([...allowed]));
    }
  });

  it('is enforced for every pair of folders, and every folder has its two fixtures', async () => {
    for (const folder of folders) {
      expect(fixtures).toContain(`${fixtureRoot}/src/${folder}/forbidden-layer.ts`);
      expect(fixtures).toContain(`${fixtureRoot}/src/${folder}/allowed-layers.ts`);
      const imports = folders.map((other, line) => `import { a${line} } from '#src/${other}/a.ts';`);
      const uses = `export const used = [${folders.map((_, line) => `a${line}`).join(', ')}];`;
      const [result] = await eslint.lintText([...imports, uses].join('\n'), {
        filePath: join(root, fixtureRoot, `src/${folder}/every-layer.ts`),
      });
      const forbidden = result!.messages
        .filter(({ ruleId }) => ruleId === 'no-restricted-imports')
        .map(({ line }) => folders[line - 1]);
      expect(forbidden, folder).toEqual(folders.filter((other) => !layers[folder]!.includes(other)));
    }
  }, 60_000);
});

describe('syntax that Node cannot strip is refused by the type checker', () => {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);

  it.each(globSync(`${fixtureRoot}/syntax/*.ts`, { cwd: root }).sort())('%s', (path) => {
    const program = ts.createProgram([join(root, path)], { ...options, types: [] });
    const codes = ts.getPreEmitDiagnostics(program).map(({ code }) => `TS${code}`);
    const expected = expectedFault(path);
    expect(codes).toEqual(expected === 'nothing' ? [] : [expected]);
  });
});

describe('the fixtures stay out of the ordinary runs', () => {
  it('is ignored by `npm run lint`', async () => {
    const ordinary = new ESLint({ cwd: root });
    expect(await ordinary.isPathIgnored(join(root, fixtures[0]!))).toBe(true);
    expect(await ordinary.isPathIgnored(join(root, 'src/domain/app-error.ts'))).toBe(false);
  });

  it('is not type-checked by `npm run typecheck`', () => {
    const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
    const { fileNames } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
    expect(fileNames.filter((name) => name.includes(fixtureRoot))).toEqual([]);
  });
});
