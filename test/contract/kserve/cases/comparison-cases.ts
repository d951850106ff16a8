import { describe, expect, test } from 'vitest';
import { rowCosines } from '../client/cosine.ts';
import { inferImages } from '../client/infer-images.ts';
import { imageNames, randomImages, syntheticImage } from '../client/synthetic-images.ts';
import { differences } from '../differences.ts';
import { flatten, observe } from '../observations.ts';
import type { KserveTarget } from '../servers/kserve-target.ts';

/** The contract of two FP32 engines: CLS and mean at least this near, and the 1st percentile of patch tokens. */
const minCosine = 0.9999;
const minPatchCosinePercentile = 0.999;

/** What both servers say and compute, side by side. */
export function defineComparisonCases(embedded: () => KserveTarget, triton: () => KserveTarget): void {
  test('they differ exactly where differences.ts says so, each place with a reason', async () => {
    const left = flatten(await observe(embedded()));
    const right = flatten(await observe(triton()));
    const paths = [...new Set([...left.keys(), ...right.keys()])].sort();
    const found = paths.filter((path) => left.get(path) !== right.get(path));
    const listed = new Set(differences.map((entry) => entry.path));
    const unlisted = found
      .filter((path) => !listed.has(path))
      .map((path) => `${path}: embedded ${left.get(path) ?? '—'}, Triton ${right.get(path) ?? '—'}`);
    const stale = [...listed].filter((path) => !found.includes(path));
    expect({ unlisted, stale }).toEqual({ unlisted: [], stale: [] });
    expect(differences).toHaveLength(listed.size);
    for (const { reason } of differences) expect(reason).not.toBe('');
  });

  describe.each([
    ['demo_vit_224', 224],
    ['demo_vit_448', 448],
  ] as const)('%s', (model, size) => {
    const images = [...imageNames.map((name) => syntheticImage(name, size)), ...randomImages(3, size, 5)];

    test('the same images give the same embeddings through both', async () => {
      const left = await inferImages(embedded().client, model, images, size);
      const right = await inferImages(triton().client, model, images, size);
      const cosines = (name: string) => rowCosines(left.get(name)!.values, right.get(name)!.values, 192);
      const sorted = [...cosines('patch_tokens')].sort((a, b) => a - b);
      expect(sorted).toHaveLength(images.length * (size / 16) ** 2);
      expect(Math.min(...cosines('cls'))).toBeGreaterThanOrEqual(minCosine);
      expect(Math.min(...cosines('patch_mean'))).toBeGreaterThanOrEqual(minCosine);
      expect(sorted[Math.floor(sorted.length * 0.01)]).toBeGreaterThanOrEqual(minPatchCosinePercentile);
    });

    test('different images give different embeddings: the comparison can fail', async () => {
      const left = await inferImages(embedded().client, model, images.slice(0, 1), size, ['cls']);
      const right = await inferImages(triton().client, model, images.slice(1, 2), size, ['cls']);
      const [distant] = rowCosines(left.get('cls')!.values, right.get('cls')!.values, 192);
      expect(distant).toBeLessThan(0.99);
    });
  });
}
