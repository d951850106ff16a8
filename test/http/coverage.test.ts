import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTestApp } from './harness.ts';

interface Described {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

/** Statuses that the document lists and no test can bring about, with the reason. */
const unprovokable: Readonly<Record<string, string>> = {
  'livez/500': 'answers with a constant; nothing in it can fail',
  'docs/500': 'answers with a constant; nothing in it can fail',
  'version/500': 'answers with what was put together at start; nothing in it can fail',
  'openapi/500': 'made of constants of the build; the 200 tests make it',
};

/** Statuses that happen and that no document lists, with the reason. */
const undocumented: Readonly<Record<string, string>> = {
  'createEmbeddings/499': 'nobody is left to read it; it exists for the log and the metrics',
  'createClassifications/499': 'nobody is left to read it; it exists for the log and the metrics',
  'createFeatures/499': 'nobody is left to read it; it exists for the log and the metrics',
};

const document = (await (await createTestApp().request('/openapi.json')).json()) as {
  paths: Record<string, Record<string, Described>>;
};
const listed = Object.values(document.paths)
  .flatMap((methods) => Object.values(methods))
  .flatMap(({ operationId, responses }) =>
    Object.keys(responses).map((status) => `${operationId}/${status}`),
  );

const written = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .flatMap((path) => /^(\w+\/\d{3})\.test\.ts$/.exec(path)?.[1] ?? []);

describe('every status of every operation has its test', () => {
  test('what the document lists is tested, or cannot be brought about', () => {
    expect(listed.filter((entry) => !written.includes(entry) && !(entry in unprovokable))).toEqual([]);
  });

  test('what is tested is listed, or is no business of a client', () => {
    expect(written.filter((entry) => !listed.includes(entry) && !(entry in undocumented))).toEqual([]);
  });

  test('no reason outlives its entry', () => {
    const stale = Object.keys(unprovokable).filter(
      (entry) => !listed.includes(entry) || written.includes(entry),
    );
    const needless = Object.keys(undocumented).filter(
      (entry) => listed.includes(entry) || !written.includes(entry),
    );
    expect([stale, needless]).toEqual([[], []]);
  });

  test('a file holds a test that asserts its status', () => {
    const hollow = written.filter((entry) => {
      const text = readFileSync(join(import.meta.dirname, `${entry}.test.ts`), 'utf8');
      return !/\btest(\.each)?\(/.test(text);
    });
    expect(written.length).toBeGreaterThan(60);
    expect(hollow).toEqual([]);
  });
});
