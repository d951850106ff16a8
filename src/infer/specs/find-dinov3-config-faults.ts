import { AppError } from '#src/domain/app-error.ts';
import { dinov3Family, dinov3Normalisation, dinov3PatchSize, dinov3RegisterTokens } from './dinov3-family.ts';

/**
 * What a weights folder's `config.json` and `preprocessor_config.json` (Hugging Face names) say that is not so for the
 * variant, one sentence each; empty when the folder holds that variant.
 * Throws AppError `malformed-request` for a variant that the family does not have.
 */
export function findDinov3ConfigFaults(
  variant: string,
  config: Readonly<Record<string, unknown>>,
  preprocessor: Readonly<Record<string, unknown>>,
): readonly string[] {
  const member = dinov3Family.find((entry) => entry.variant === variant);
  if (member === undefined)
    throw new AppError('malformed-request', `${variant} is not in the DINOv3 family.`);
  const { mean, std } = dinov3Normalisation[member.trainingData];
  const expected: readonly (readonly [key: string, actual: unknown, value: unknown])[] = [
    ['model_type', config['model_type'], 'dinov3_vit'],
    ['hidden_size', config['hidden_size'], member.dimension],
    ['num_hidden_layers', config['num_hidden_layers'], member.depth],
    ['num_attention_heads', config['num_attention_heads'], member.heads],
    ['intermediate_size', config['intermediate_size'], member.hiddenDimension],
    ['use_gated_mlp', config['use_gated_mlp'] ?? false, member.feedForward === 'swiglu'],
    ['patch_size', config['patch_size'], dinov3PatchSize],
    ['num_register_tokens', config['num_register_tokens'], dinov3RegisterTokens],
    ['image_mean', preprocessor['image_mean'], mean],
    ['image_std', preprocessor['image_std'], std],
  ];
  return expected
    .filter(([, actual, value]) => JSON.stringify(actual) !== JSON.stringify(value))
    .map(([key, actual, value]) => `${key} is ${JSON.stringify(actual)}, not ${JSON.stringify(value)}`);
}
