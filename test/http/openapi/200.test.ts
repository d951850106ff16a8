import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { expectOpen } from '#test/http/cases.ts';
import { createTestApp, expectJson } from '#test/http/harness.ts';

const media = z.record(z.string(), z.looseObject({ schema: z.unknown(), example: z.unknown().optional() }));
const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).min(1),
  requestBody: z.looseObject({ content: media }).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string().min(1), content: media })),
});
const documentSchema = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
  security: z.array(z.unknown()),
});

const load = async (keys: readonly string[] = []) =>
  expectJson(await createTestApp({ keys }).request('/openapi.json'), documentSchema);
const document = await load();
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

describe('the document', () => {
  test('describes the whole surface, each operation once', () => {
    expect(Object.keys(document.paths).sort()).toEqual([
      '/docs',
      '/docs/{asset}',
      '/livez',
      '/metrics',
      '/openapi.json',
      '/readyz',
      '/v1/classifications',
      '/v1/embeddings',
      '/v1/features',
      '/v1/models',
      '/v1/models/{id}',
      '/version',
    ]);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('every error is a problem', () => {
    for (const { responses } of operations) {
      for (const [status, { content }] of Object.entries(responses))
        if (Number(status) >= 400) expect(Object.keys(content)).toEqual(['application/problem+json']);
    }
  });

  test('every reference leads somewhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(5);
    for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  test('the analyses describe all three ways of input', () => {
    for (const path of ['/v1/embeddings', '/v1/features', '/v1/classifications']) {
      const { content } = document.paths[path]!.post!.requestBody!;
      expect(Object.keys(content)).toEqual(
        expect.arrayContaining([
          'multipart/form-data',
          'application/json',
          'image/png',
          'application/octet-stream',
        ]),
      );
    }
  });

  test('asks for a key exactly where one is set', async () => {
    expect(document.security).toEqual([]);
    expect((await load(['k'])).security).toEqual([{ bearerKey: [] }]);
  });

  test('is the same each time', async () => {
    expect(await load()).toEqual(document);
  });
});

describe('the examples of the document work as they stand', () => {
  test.each(['/v1/embeddings', '/v1/features', '/v1/classifications'])('%s', async (path) => {
    const { example } = document.paths[path]!.post!.requestBody!.content['application/json']!;
    const response = await createTestApp().request(path, {
      method: 'POST',
      body: JSON.stringify(example),
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(200);
  });
});

test('is open without a key even where keys are set', async () => {
  await expectOpen({ path: '/openapi.json' });
});
