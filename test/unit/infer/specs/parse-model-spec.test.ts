import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { parseModelSpec } from '#src/infer/specs/parse-model-spec.ts';
import { withoutPatches } from '#test/support/without-patches.ts';

const committed = JSON.parse(readFileSync('triton-models/demo_vit_224/spec.json', 'utf8')) as Record<
  string,
  unknown
> & { input: Record<string, unknown>; advisories: Record<string, unknown>[] };

const withInput = (change: Record<string, unknown>) => ({
  ...committed,
  input: { ...committed.input, ...change },
});
const without = (key: string) =>
  Object.fromEntries(Object.entries(committed).filter(([name]) => name !== key));

function faultsOf(json: unknown): readonly { pointer: string; detail: string }[] {
  try {
    parseModelSpec(json);
  } catch (err) {
    expect(err).toBeInstanceOf(AppError);
    const { code, faults, detail } = err as AppError;
    expect(code).toBe('malformed-request');
    for (const fault of faults) expect(detail).toContain(fault.detail);
    return faults;
  }
  throw new Error('the spec was accepted');
}
const pointersOf = (json: unknown) => faultsOf(json).map((fault) => fault.pointer);

describe('parseModelSpec', () => {
  test('a committed spec comes back as it was written; what it gives, where it does not say, is all three', () => {
    expect(committed).not.toHaveProperty('outputs');
    const outputs = ['cls', 'patch_mean', 'patch_tokens'];
    expect(parseModelSpec(committed)).toEqual({ ...committed, outputs });
    expect(parseModelSpec({ ...committed, outputs })).toEqual({ ...committed, outputs });
  });

  test('an encoder without patches has any size, and no patch size and registers to state', () => {
    const { input } = withInput({ height: 229, width: 229 });
    const rest = withoutPatches(without('registerTokens'));
    const spec = parseModelSpec({ ...rest, input, name: 'demo_vit_229', outputs: ['cls'] });
    expect(spec).toMatchObject({ outputs: ['cls'], registerTokens: 0 });
    expect(spec.patchSize).toBeUndefined();
  });

  test('evidence of an advisory may be absent', () => {
    const advisories = [{ code: 'demo-weights', level: 'warning', message: 'Demo.' }];
    expect(parseModelSpec({ ...committed, advisories }).advisories).toEqual(advisories);
  });

  test('a non-square model is named by height and width', () => {
    const spec = { ...withInput({ height: 224, width: 448 }), name: 'demo_vit_224x448' };
    expect(parseModelSpec(spec).name).toBe('demo_vit_224x448');
  });

  test.each([
    ['a name that does not say the size', { ...committed, name: 'demo_vit_448' }, '/name'],
    ['a name with a path in it', { ...committed, name: '../x' }, '/name'],
    ['a version that is not a decimal integer', { ...committed, version: '1.0' }, '/version'],
    ['version 0', { ...committed, version: '0' }, '/version'],
    ['a missing key', without('dimension'), '/dimension'],
    ['a width that is cut off by the patch size', withInput({ width: 230 }), '/input/width'],
    ['no pooled output', { ...committed, outputs: ['patch_tokens'] }, '/outputs'],
    ['no outputs', { ...committed, outputs: [] }, '/outputs'],
    ['an output twice', { ...committed, outputs: ['cls', 'patch_mean', 'cls'] }, '/outputs'],
    ['an output that nobody knows', { ...committed, outputs: ['cls', 'attention'] }, '/outputs/1'],
    ['patch tokens without the size of a patch', without('patchSize'), '/patchSize'],
    ['too few mean values', withInput({ mean: [0.5] }), '/input/mean'],
    ['a standard deviation of 0', withInput({ std: [0.2, 0, 0.2] }), '/input/std/1'],
    ['two channels', withInput({ channels: 2 }), '/input/channels'],
    ['a digest in upper case', { ...committed, weightsDigest: 'A'.repeat(64) }, '/weightsDigest'],
    ['a short digest', { ...committed, weightsDigest: 'ab' }, '/weightsDigest'],
    ['an unknown precision', { ...committed, precision: 'fp8' }, '/precision'],
    ['a batch of 0', { ...committed, maxBatchSize: 0 }, '/maxBatchSize'],
    ['a licence without a URL', { ...committed, licence: { name: 'MIT', url: 'no' } }, '/licence/url'],
    [
      'an advisory of an unknown level',
      { ...committed, advisories: [{ code: 'a', level: 'error', message: 'x' }] },
      '/advisories/0/level',
    ],
  ])('%s is refused at its JSON pointer', (_what, json, pointer) => {
    expect(pointersOf(json)).toContain(pointer);
  });

  test('a height that is no multiple of the patch size says both numbers', () => {
    const spec = { ...withInput({ height: 230, width: 230 }), name: 'demo_vit_230' };
    expect(faultsOf(spec)[0]).toEqual({
      pointer: '/input/height',
      detail: '230 is not a multiple of the patch size 16',
    });
  });

  test('an unknown key is refused, at the top and inside', () => {
    expect(faultsOf({ ...committed, colour: 1 })[0]?.detail).toContain('colour');
    expect(pointersOf(withInput({ colour: 1 }))).toEqual(['/input']);
  });

  test.each([[null], [[]], ['spec'], [3]])('%j is refused at the root', (json) => {
    expect(pointersOf(json)).toEqual(['']);
  });
});
