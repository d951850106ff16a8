import { describe, expect, test } from 'vitest';
import { assertStillImageOptions, resolveModel } from '#src/pipeline/analysis-options.ts';
import { catalogueOf, coldModel, tinyModel, tinySpec } from '#test/http/tiny-model.ts';

const catalogue = catalogueOf(tinyModel, coldModel);
const options = {
  model: undefined,
  granularity: 'image',
  window: 'full',
  resize: 'stretch',
} as const;
const failsWith = (shape: object) => expect.objectContaining(shape) as Error;

describe('the model of a call', () => {
  test('is the one asked for, or the default', () => {
    expect(resolveModel(catalogue, tinySpec.name, 'other')).toBe(tinyModel);
    expect(resolveModel(catalogue, undefined, tinySpec.name)).toBe(tinyModel);
  });

  test.each(['', 'other', '__proto__'])('%j is not found; the served ones are named', (name) => {
    expect(() => resolveModel(catalogue, name, tinySpec.name)).toThrow(
      failsWith({
        code: 'model-not-found',
        detail: expect.stringContaining('tiny_vit_32, cold_vit_32') as string,
        faults: [{ pointer: '/model', detail: 'Unknown model.' }],
      }),
    );
  });

  test('a name with quotes and line breaks is quoted, not spread over the detail', () => {
    expect(() => resolveModel(catalogue, 'a"\r\nb', tinySpec.name)).toThrow(
      failsWith({ detail: expect.stringContaining('"a\\"\\r\\nb"') as string }),
    );
  });

  test('one that is not ready says when to come back', () => {
    expect(() => resolveModel(catalogue, 'cold_vit_32', tinySpec.name)).toThrow(
      failsWith({ code: 'model-not-ready', retryAfterSeconds: 2 }),
    );
  });
});

describe('options of a still image', () => {
  test('it is no volume', () => {
    expect(() => assertStillImageOptions({ ...options, granularity: 'volume' })).toThrow(
      failsWith({ code: 'unusable-input', faults: [expect.objectContaining({ pointer: '/granularity' })] }),
    );
  });
});
