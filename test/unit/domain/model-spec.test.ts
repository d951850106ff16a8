import { expect, test } from 'vitest';
import { patchGrid } from '#src/domain/model-spec.ts';
import { tinySpec } from '#test/http/tiny-model.ts';
import { withoutPatches } from '#test/support/without-patches.ts';

test('the patch grid has a row per patch of height and a column per patch of width', () => {
  const input = { ...tinySpec.input, height: 32, width: 64 };
  expect(patchGrid({ ...tinySpec, input })).toEqual({ rows: 2, columns: 4 });
});

test('a model without patches has an empty grid', () => {
  expect(patchGrid(withoutPatches(tinySpec))).toEqual({ rows: 0, columns: 0 });
});
