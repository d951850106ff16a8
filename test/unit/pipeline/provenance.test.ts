import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { resizeModes } from '#src/domain/geometry.ts';
import { poolings } from '#src/domain/pooling.ts';
import { provenanceSchema } from '#src/http/schemas/common.ts';
import { createProvenance } from '#src/pipeline/provenance.ts';
import { tinyModel, tinySpec } from '#test/http/tiny-model.ts';

const choice = { pooling: 'cls', normalize: true, resize: 'stretch' } as const;
const base = createProvenance(tinyModel, choice);
const withSpec = (change: Partial<typeof tinySpec>) =>
  createProvenance({ ...tinyModel, spec: { ...tinySpec, ...change } }, choice);

describe('both identities', () => {
  /**
   * Golden: sha256 of the JSON of the sorted [name, value] pairs (made with Python's json and hashlib). They are stored beside vectors, so a change of this test
   * means that every stored vector loses its space: see docs/decisions/0003-two-identities.md.
   */
  test('are the same in every release', () => {
    const comparable: [string, unknown][] = [
      ['dimension', 8],
      ['normalized', true],
      ['pooling', 'cls'],
      ['preprocessing', 'tessera-pre-1;32x32;stretch'],
      ['weightsDigest', 'a'.repeat(64)],
    ];
    const sha = (pairs: unknown) => createHash('sha256').update(JSON.stringify(pairs)).digest('hex');
    expect(base.embeddingSpace).toBe(sha(comparable));
    expect(base.embeddingSpace).toBe('b5076429e5327f4005aa999fcdce2166f75c5765ddc0bbd1c3ee2fc40f0eb072');
    expect(base.stamp).toBe('eecfaa110372c5118623ffc6475a07a9365b5c11b782472fa55177517a6edb78');
  });

  test('are sha256 in hex inside a record that the reply’s schema takes', () => {
    expect(provenanceSchema.parse(base)).toEqual(base);
    expect(base.stamp).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the space', () => {
  const sameSpace: Readonly<Record<string, ReturnType<typeof createProvenance>>> = {
    'another engine': createProvenance({ ...tinyModel, engine: 'tensorrt' }, choice),
    'another name': withSpec({ name: 'renamed_32' }),
    'another version': withSpec({ version: '2' }),
    'half precision': withSpec({ precision: 'fp16' }),
  };
  test.each(Object.keys(sameSpace))('is kept by %s, the stamp is not', (name) => {
    expect(sameSpace[name]!.embeddingSpace).toBe(base.embeddingSpace);
    expect(sameSpace[name]!.stamp).not.toBe(base.stamp);
  });

  const otherSpace: Readonly<Record<string, ReturnType<typeof createProvenance>>> = {
    'other weights': withSpec({ weightsDigest: 'b'.repeat(64) }),
    'another size': withSpec({ input: { ...tinySpec.input, height: 64 } }),
    'INT8, which moves vectors': withSpec({ precision: 'int8' }),
    'another pooling': createProvenance(tinyModel, { ...choice, pooling: 'patch_mean' }),
    'no normalisation': createProvenance(tinyModel, { ...choice, normalize: false }),
    'another resize mode': createProvenance(tinyModel, { ...choice, resize: 'fit' }),
  };
  test.each(Object.keys(otherSpace))('is another with %s, and so is the stamp', (name) => {
    expect(otherSpace[name]!.embeddingSpace).not.toBe(base.embeddingSpace);
    expect(otherSpace[name]!.stamp).not.toBe(base.stamp);
  });

  test('no two choices share one', () => {
    const all = poolings.flatMap((pooling) =>
      resizeModes.flatMap((resize) =>
        [true, false].map((normalize) => createProvenance(tinyModel, { pooling, resize, normalize })),
      ),
    );
    expect(new Set(all.map(({ embeddingSpace }) => embeddingSpace)).size).toBe(all.length);
  });
});

test('height comes before width, and the concatenation has twice the dimension', () => {
  const wide = withSpec({ input: { ...tinySpec.input, height: 32, width: 64 } });
  expect(wide.preprocessing).toBe('tessera-pre-1;32x64;stretch');
  expect(createProvenance(tinyModel, { ...choice, pooling: 'cls_patch_mean' }).dimension).toBe(16);
});
