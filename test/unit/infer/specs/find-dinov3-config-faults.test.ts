import { describe, expect, test } from 'vitest';
import { findDinov3ConfigFaults } from '#src/infer/specs/find-dinov3-config-faults.ts';

const config = {
  model_type: 'dinov3_vit',
  hidden_size: 384,
  num_hidden_layers: 12,
  num_attention_heads: 6,
  intermediate_size: 1536,
  use_gated_mlp: false,
  patch_size: 16,
  num_register_tokens: 4,
};
const preprocessor = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };

describe('findDinov3ConfigFaults', () => {
  test('finds none in the configuration of the variant', () => {
    expect(findDinov3ConfigFaults('dinov3_vits16', config, preprocessor)).toEqual([]);
    expect(
      findDinov3ConfigFaults('dinov3_vits16plus', { ...config, use_gated_mlp: true }, preprocessor),
    ).toEqual([]);
  });

  test('a missing use_gated_mlp is false, as transformers has it', () => {
    const bare = Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'use_gated_mlp'));
    expect(findDinov3ConfigFaults('dinov3_vits16', bare, preprocessor)).toEqual([]);
    expect(findDinov3ConfigFaults('dinov3_vits16plus', bare, preprocessor)).toEqual([
      'use_gated_mlp is false, not true',
    ]);
  });

  test.each(Object.keys(config))('names %s when it is another', (key) => {
    const faults = findDinov3ConfigFaults('dinov3_vits16', { ...config, [key]: 7 }, preprocessor);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${key} is 7, not `));
  });

  test('names the normalisation of other training data', () => {
    const satellite = { image_mean: [0.43, 0.411, 0.296], image_std: [0.213, 0.156, 0.143] };
    expect(findDinov3ConfigFaults('dinov3_vits16', config, satellite)).toHaveLength(2);
  });

  test('refuses a variant that the family does not have', () => {
    expect(() => findDinov3ConfigFaults('dinov3_vitg16', config, preprocessor)).toThrow(
      expect.objectContaining({ code: 'malformed-request' }),
    );
  });
});
