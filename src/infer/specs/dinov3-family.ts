/** One checkpoint of the DINOv3 ViT family; widths and depths are those of facebookresearch/dinov3 (`dinov3/hub/backbones.py`). */
export interface Dinov3Member {
  /** First part of the model's name: `<variant>_<size>`. */
  readonly variant: string;
  readonly title: string;
  readonly dimension: number;
  readonly depth: number;
  readonly heads: number;
  /** `swiglu` is a gated MLP with SiLU, `mlp` two layers with GELU between. */
  readonly feedForward: 'mlp' | 'swiglu';
  /** Width of the hidden layer of the feed-forward part. */
  readonly hiddenDimension: number;
  readonly trainingData: 'lvd1689m' | 'sat493m';
  /** Name of the (gated) Hugging Face repository. */
  readonly repository: string;
}

/** Side lengths for which specs are made, in pixels; all are multiples of the patch size. */
export const dinov3Sizes: readonly number[] = [224, 256, 384, 448, 512, 768, 1024];

export const dinov3PatchSize = 16;
export const dinov3RegisterTokens = 4;

/** Of RGB samples in [0, 1] (facebookresearch/dinov3, README: image transforms). */
export const dinov3Normalisation = {
  lvd1689m: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  sat493m: { mean: [0.43, 0.411, 0.296], std: [0.213, 0.156, 0.143] },
} as const;

/** The agreement under which Meta's weights and everything derived from them, engines included, may be used. */
export const dinov3Licence = {
  name: 'DINOv3 License',
  url: 'https://github.com/facebookresearch/dinov3/blob/main/LICENSE.md',
} as const;

type Architecture = Pick<Dinov3Member, 'dimension' | 'depth' | 'heads' | 'feedForward' | 'hiddenDimension'>;

const architectures = {
  vits16: architecture(384, 12, 6, 'mlp', 1536),
  vits16plus: architecture(384, 12, 6, 'swiglu', 1536),
  vitb16: architecture(768, 12, 12, 'mlp', 3072),
  vitl16: architecture(1024, 24, 16, 'mlp', 4096),
  vith16plus: architecture(1280, 32, 20, 'swiglu', 5120),
  vit7b16: architecture(4096, 40, 32, 'swiglu', 8192),
} as const;

/** The checkpoints that Meta publishes for Hugging Face transformers, in order of size; SAT-493M has two. */
export const dinov3Family: readonly Dinov3Member[] = [
  member('vits16', 'ViT-S/16', 'lvd1689m'),
  member('vits16plus', 'ViT-S+/16', 'lvd1689m'),
  member('vitb16', 'ViT-B/16', 'lvd1689m'),
  member('vitl16', 'ViT-L/16', 'lvd1689m'),
  member('vith16plus', 'ViT-H+/16', 'lvd1689m'),
  member('vit7b16', 'ViT-7B/16', 'lvd1689m'),
  member('vitl16', 'ViT-L/16', 'sat493m'),
  member('vit7b16', 'ViT-7B/16', 'sat493m'),
];

function architecture(
  dimension: number,
  depth: number,
  heads: number,
  feedForward: Dinov3Member['feedForward'],
  hiddenDimension: number,
): Architecture {
  return { dimension, depth, heads, feedForward, hiddenDimension };
}

function member(
  key: keyof typeof architectures,
  title: string,
  trainingData: Dinov3Member['trainingData'],
): Dinov3Member {
  const variant = trainingData === 'lvd1689m' ? `dinov3_${key}` : `dinov3_${key}_${trainingData}`;
  const repository = `facebook/dinov3-${key}-pretrain-${trainingData}`;
  return { variant, title, ...architectures[key], trainingData, repository };
}
