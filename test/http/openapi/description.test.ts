import { describe, expect, test } from 'vitest';
import { classificationResponseSchema } from '#src/http/schemas/classifications.ts';
import { embeddingLineSchema, embeddingResponseSchema } from '#src/http/schemas/embeddings.ts';
import { modelListSchema, modelSchema } from '#src/http/schemas/models.ts';
import { problemSchema } from '#src/http/schemas/common.ts';
import { readinessSchema } from '#src/http/operations/readyz.ts';
import { versionSchema } from '#src/http/operations/version.ts';
import { errorCodes } from '#src/domain/error-codes.ts';
import { createTestApp } from '../harness.ts';
import { darkPng } from '../images.ts';

interface Media {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value?: unknown; readonly $ref?: string }>>;
}
interface Described {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<
      string,
      { headers: Readonly<Record<string, { $ref: string }>>; content: Readonly<Record<string, Media>> }
    >
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: {
    readonly headers: Readonly<Record<string, { required?: boolean; schema: { pattern?: string } }>>;
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
  };
}

const app = createTestApp();
const document = (await (await app.request('/openapi.json')).json()) as Document;
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const nameOf = ({ $ref }: { readonly $ref?: string }): string => $ref?.split('/').at(-1) ?? '';

describe('every example of a reply is one that the service could give', () => {
  const schemas = {
    createEmbeddings: embeddingResponseSchema,
    createClassifications: classificationResponseSchema,
    listModels: modelListSchema,
    getModel: modelSchema,
    readyz: readinessSchema,
    version: versionSchema,
  };

  test.each(Object.entries(schemas))('%s', (id, schema) => {
    const { responses } = operations.find(({ operationId }) => operationId === id)!;
    const examples = ['200', '207'].flatMap((status) => responses[status]?.content['application/json'] ?? []);
    expect(examples.length).toBeGreaterThan(0);
    for (const { example } of examples) expect(schema.parse(example)).toEqual(example);
  });

  test('lines of a stream, one of each kind', () => {
    const { responses } = operations.find(({ operationId }) => operationId === 'createEmbeddings')!;
    const examples = Object.values(responses['200']!.content['application/x-ndjson']!.examples!);
    const kinds = examples.map(({ value }) => embeddingLineSchema.parse(value).object);
    expect(kinds).toEqual(['embedding', 'error', 'summary']);
  });

  test('problems, one for every code of the catalogue, where its status is listed', () => {
    expect(Object.keys(document.components.examples)).toEqual(Object.keys(errorCodes));
    for (const { value } of Object.values(document.components.examples)) problemSchema.strict().parse(value);
    for (const { responses } of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        const problem = content['application/problem+json'];
        if (problem === undefined) continue;
        const codes = Object.values(problem.examples!).map(nameOf) as (keyof typeof errorCodes)[];
        expect(codes.length).toBeGreaterThan(0);
        expect(new Set(codes.map((code) => errorCodes[code].status))).toEqual(new Set([Number(status)]));
      }
    }
  });

  test('no JSON reply is without one, but the description of everything', () => {
    const bare = operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        const json = content['application/json'];
        return json !== undefined && json.example === undefined ? [`${operationId}/${status}`] : [];
      }),
    );
    expect(bare).toEqual(['openapi/200']);
  });
});

describe('headers are described as they are sent', async () => {
  /** Those of HTTP itself, and protection that no client has to read. */
  const unremarkable = [
    'content-type',
    'content-length',
    'cache-control',
    'x-content-type-options',
    'content-security-policy',
  ];
  const image = new Blob([await darkPng()]);
  const form = (): FormData => {
    const body = new FormData();
    body.append('file', image);
    return body;
  };
  const post = (accept: string): RequestInit => ({ method: 'POST', body: form(), headers: { accept } });
  const keyed = createTestApp({ keys: ['a-key'] });
  const draining = createTestApp({ deps: { isDraining: () => true } });

  test.each([
    ['createEmbeddings', '/v1/embeddings', post('application/json'), app, 200],
    ['createEmbeddings', '/v1/embeddings', post('application/x-npy'), app, 200],
    ['createEmbeddings', '/v1/embeddings', post('application/x-ndjson'), app, 200],
    ['createEmbeddings', '/v1/embeddings', post('text/plain'), app, 406],
    ['createFeatures', '/v1/features', post('application/x-npy'), app, 200],
    ['createFeatures', '/v1/features', post('application/x-safetensors'), app, 200],
    ['listModels', '/v1/models', {}, app, 200],
    ['listModels', '/v1/models', {}, keyed, 401],
    ['getModel', '/v1/models/none', {}, app, 404],
    ['livez', '/livez', { method: 'DELETE' }, app, 405],
    ['readyz', '/readyz', {}, draining, 503],
    ['docs', '/docs', {}, app, 200],
  ] as const)('%s %s %o', async (id, path, init, { request }, status) => {
    const response = await request(path, init);
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    const { headers } = operations.find(({ operationId }) => operationId === id)!.responses[String(status)]!;
    const described = Object.entries(headers).map(([name, header]) => ({
      name: name.toLowerCase(),
      ...document.components.headers[nameOf(header)]!,
    }));
    const sent = [...response.headers.keys()].filter((name) => !unremarkable.includes(name));
    expect(sent.filter((name) => !described.some((header) => header.name === name))).toEqual([]);
    for (const { name, required, schema } of described) {
      const value = response.headers.get(name);
      if (required === true) expect(value, name).not.toBeNull();
      if (value !== null && schema.pattern !== undefined) expect(value).toMatch(new RegExp(schema.pattern));
    }
  });
});

describe('the examples of forms', () => {
  test.each(['createEmbeddings', 'createFeatures', 'createClassifications'])(
    '%s takes its own',
    async (id) => {
      const [path] = Object.entries(document.paths).find(([, { post }]) => post?.operationId === id)!;
      const { example } = document.paths[path]!['post']!.requestBody!.content['multipart/form-data']!;
      const body = new FormData();
      let shade = 0;
      for (const [name, value] of Object.entries(example as Record<string, string | string[]>)) {
        if (typeof value === 'string') body.append(name, value);
        // Each file another image: equal examples under different labels are a fault of their own.
        else {
          for (let file = 0; file < value.length; file += 1) {
            body.append(name, new Blob([await darkPng((shade += 25))]), 'image');
          }
        }
      }
      const response = await app.request(path, { method: 'POST', body });
      expect(response.status, await response.clone().text()).toBe(200);
    },
  );
});
