import { describe, expect, test } from 'vitest';
import { classify, okItems, postClassifications } from '#test/http/analyses.ts';
import { fileNameNobodyMaySee, postFile, postForm, postJson } from '#test/http/bodies.ts';
import { brightExamples, darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp } from '#test/http/harness.ts';
import { brightPng, darkPng, dataUri } from '#test/http/images.ts';
import { tinySpec } from '#test/http/tiny-model.ts';

const app = createTestApp();
const dark = await darkPng(30);
const bright = await brightPng(180);

const asJson = (options: Record<string, unknown> = {}) =>
  postJson({
    input: [dataUri(dark), dataUri(bright)],
    examples: [
      ...darkExamples.map((bytes) => ({ label: 'dark', input: dataUri(bytes) })),
      ...brightExamples.map((bytes) => ({ label: 'bright', input: dataUri(bytes) })),
    ],
    ...options,
  });
const asForm = (...options: readonly (readonly [string, string])[]) =>
  postForm(['file', dark], ...exampleParts, ['file', bright], ...options);

describe('labelled examples teach, files are judged', () => {
  test.each(['prototypes', 'knn'] as const)(
    '%s finds the nearer class, by a form and by JSON alike',
    async (method) => {
      const byForm = await classify(app, asForm(['method', method]));
      const byJson = await classify(app, asJson({ method }));
      expect(okItems(byForm).map(({ label }) => label)).toEqual(['dark', 'bright']);
      expect(byJson).toEqual(byForm);
    },
  );

  test('options in the query mean the same', async () => {
    const byQuery = await classify(app, asForm(), '?method=knn&k=2&temperature=0.5&pooling=patch_mean');
    const byJson = await classify(
      app,
      asJson({ method: 'knn', k: 2, temperature: 0.5, pooling: 'patch_mean' }),
    );
    expect(byQuery).toEqual(byJson);
    expect(byQuery.method).toEqual({ name: 'knn', temperature: 0.5, k: 2, calibrated: false });
    expect(byQuery.provenance).toMatchObject({ pooling: 'patch_mean', normalized: true });
  });
});

describe('the reply', () => {
  test('gives every label a probability and a similarity; probabilities sum to 1', async () => {
    for (const method of ['prototypes', 'knn']) {
      const reply = await classify(app, asForm(['method', method]));
      for (const { label, probabilities, similarities } of okItems(reply)) {
        expect(Object.keys(probabilities).sort()).toEqual(['bright', 'dark']);
        expect(Object.keys(similarities).sort()).toEqual(['bright', 'dark']);
        const values = Object.values(probabilities);
        expect(values.reduce((sum, value) => sum + value)).toBeCloseTo(1, 9);
        expect(probabilities[label]).toBe(Math.max(...values));
        for (const similarity of Object.values(similarities))
          expect(Math.abs(similarity)).toBeLessThanOrEqual(1 + 1e-6);
      }
    }
  });

  test('a lower temperature is surer, and changes no similarity', async () => {
    const [warm, cold] = [
      await classify(app, asForm(), '?temperature=1'),
      await classify(app, asForm(), '?temperature=0.2'),
    ];
    const [warmDark, coldDark] = [okItems(warm)[0]!, okItems(cold)[0]!];
    expect(coldDark.probabilities.dark).toBeGreaterThan(warmDark.probabilities.dark!);
    expect(coldDark.similarities).toEqual(warmDark.similarities);
  });

  test('counts the examples, checks them against each other and says that nothing is calibrated', async () => {
    const reply = await classify(app, asForm());
    expect(reply.classes).toEqual([
      { label: 'dark', exampleCount: 3 },
      { label: 'bright', exampleCount: 3 },
    ]);
    expect(reply.exampleCheck).toMatchObject({
      method: 'leave-one-out',
      checked: 6,
      correct: 6,
      accuracy: 1,
      unchecked: [],
    });
    const [lower, upper] = reply.exampleCheck.interval95!;
    expect(lower).toBeLessThan(1);
    expect(upper).toBeCloseTo(1, 9);
    expect(reply.method).toEqual({ name: 'prototypes', temperature: 0.07, k: null, calibrated: false });
    expect(reply.advisories.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['test-weights', 'few-shot-not-calibrated', 'few-shot-few-examples']),
    );
  });

  test('a class of one example is classified, and said to be unchecked', async () => {
    const body = postForm(
      ['file', dark],
      ['example:dark', darkExamples[0]!],
      ['example:bright', brightExamples[0]!],
    );
    const reply = await classify(app, body);
    expect(okItems(reply)[0]!.label).toBe('dark');
    expect(reply.exampleCheck).toMatchObject({ checked: 0, accuracy: null, interval95: null });
    expect([...reply.exampleCheck.unchecked].sort()).toEqual(['bright', 'dark']);
  });

  test('knn says how many neighbours voted: never more than there are', async () => {
    expect((await classify(app, asForm(), '?method=knn')).method.k).toBe(6);
    expect((await classify(app, asForm(), '?method=knn&k=1000')).method.k).toBe(6);
    expect((await classify(app, asForm(), '?method=knn&k=1')).method.k).toBe(1);
  });

  test('names the model and how the vectors came to be; no file name', async () => {
    const own = createTestApp();
    const reply = await classify(own, asForm());
    expect(reply.model).toBe(tinySpec.name);
    expect(reply.provenance).toMatchObject({ model: tinySpec.name, normalized: true, pooling: 'cls' });
    expect(JSON.stringify([reply, own.logLines])).not.toContain(fileNameNobodyMaySee);
  });

  test('does not depend on the order of the examples', async () => {
    const reversed = await classify(
      app,
      postForm(['file', dark], ...exampleParts.toReversed(), ['file', bright]),
    );
    const straight = await classify(app, asForm());
    okItems(reversed).forEach(({ label, probabilities }, i) => {
      expect(label).toBe(okItems(straight)[i]!.label);
      expect(probabilities.dark).toBeCloseTo(okItems(straight)[i]!.probabilities.dark!, 9);
    });
  });
});

describe('labels', () => {
  test.each([
    'Pneumonie (links)',
    'a"b',
    'ä/ö~ü',
    '正常',
    '🫁',
    ' ',
    ' a ',
    'a; filename="x',
    'constructor',
    '%41',
    '0',
  ])('come back as they were given, by a form and by JSON: %j', async (label) => {
    const byForm = await classify(
      app,
      postForm(
        ['file', dark],
        [`example:${label}`, darkExamples[0]!],
        ['example:bright', brightExamples[0]!],
      ),
    );
    const byJson = await classify(
      app,
      postJson({
        input: dataUri(dark),
        examples: [
          { label, input: dataUri(darkExamples[0]!) },
          { label: 'bright', input: dataUri(brightExamples[0]!) },
        ],
      }),
    );
    expect([okItems(byForm)[0]!.label, okItems(byJson)[0]!.label]).toEqual([label, label]);
    expect(Object.keys(okItems(byForm)[0]!.probabilities).sort()).toEqual([label, 'bright'].sort());
  });

  test('a label named __proto__ is a label', async () => {
    const body = postForm(
      ['file', dark],
      ['example:__proto__', darkExamples[0]!],
      ['example:bright', brightExamples[0]!],
    );
    const response = await postClassifications(app, body);
    // Not through the schema: its records leave this key out.
    const { data } = (await response.json()) as { data: { label: string; probabilities: object }[] };
    expect(data[0]!.label).toBe('__proto__');
    expect(Object.keys(data[0]!.probabilities).sort()).toEqual(['__proto__', 'bright']);
  });
});

test('all upload bytes are given back to the budget', async () => {
  const own = createTestApp();
  await classify(own, asForm());
  expect(own.budget.usedBytes()).toBe(0);
});

test('one bare file has no examples, so a form or JSON is needed', async () => {
  expect((await postClassifications(app, postFile(dark))).status).toBe(400);
});
