import { describe, expect, test } from 'vitest';
import type { OutputName } from '#src/domain/encoder-output.ts';
import { offeredPoolings, poolings, requiredOutputs, type Pooling } from '#src/domain/pooling.ts';

test('a pooling asks for what it reads and nothing else', () => {
  expect(poolings.map((pooling) => [pooling, requiredOutputs(pooling)])).toEqual([
    ['cls', ['cls']],
    ['patch_mean', ['patch_mean']],
    ['cls_patch_mean', ['cls', 'patch_mean']],
  ]);
});

describe('a model offers the poolings whose outputs it has', () => {
  test.each<[OutputName[], Pooling[]]>([
    [['cls'], ['cls']],
    [['cls', 'patch_tokens'], ['cls']],
    [
      ['patch_mean', 'cls'],
      ['cls', 'patch_mean', 'cls_patch_mean'],
    ],
    [['patch_mean'], ['patch_mean']],
  ])('%j: %j', (outputs, expected) => {
    expect(offeredPoolings(outputs)).toEqual(expected);
  });
});
