"""Hugging Face DINOv3ViT folders with random weights, the same for a seed."""

import json
from pathlib import Path

import numpy as np
import torch
from transformers import DINOv3ViTConfig, DINOv3ViTModel

# What the released checkpoints have in common (their config.json).
COMMON = {"patch_size": 16, "num_register_tokens": 4, "rope_theta": 100.0, "layer_norm_eps": 1e-5, "key_bias": False}
S = COMMON | {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6, "intermediate_size": 1536}
GATED = {"use_gated_mlp": True, "hidden_act": "silu"}
# Two layers and few heads, but the head's width, the flags and the ratios of the variants.
TINY = {
    "vits16": COMMON | {"hidden_size": 128, "num_attention_heads": 2, "intermediate_size": 512},
    "vits16plus": COMMON | GATED | {"hidden_size": 128, "num_attention_heads": 2, "intermediate_size": 512},
    "vitb16": COMMON | {"hidden_size": 192, "num_attention_heads": 3, "intermediate_size": 768},
    "vitl16": COMMON | {"hidden_size": 256, "num_attention_heads": 4, "intermediate_size": 1024},
    "vith16plus": COMMON | GATED | {"hidden_size": 320, "num_attention_heads": 5, "intermediate_size": 1280},
    "vit7b16": COMMON
    | GATED
    | {"hidden_size": 256, "num_attention_heads": 2, "intermediate_size": 512, "query_bias": False, "value_bias": False},
}
TINY = {name: config | {"num_hidden_layers": 2} for name, config in TINY.items()}
LVD = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
SAT = ([0.43, 0.411, 0.296], [0.213, 0.156, 0.143])


def write_random_weights(
    folder: Path, config: dict, seed: int = 0, shard_size: str | None = None, normalisation=LVD, gain: dict | None = None
) -> Path:
    """Every layer matters to the output: matrices keep the variance, so that attention is far from uniform and a wrong
    position, channel or register is seen (with transformers' own start, 0.02, attention is flat).

    `gain` multiplies tensors by the end of their name."""
    generator = torch.Generator().manual_seed(seed)
    model = DINOv3ViTModel(DINOv3ViTConfig(**config))
    tensors = {}
    for name, value in model.state_dict().items():
        noise = torch.randn(value.shape, generator=generator)
        if value.ndim >= 2 and "token" not in name:
            tensors[name] = noise / np.sqrt(value[0].numel())
        elif name.endswith(("norm.weight", "norm1.weight", "norm2.weight", "lambda1")):
            tensors[name] = 1 + 0.1 * noise
        else:
            tensors[name] = noise if "token" in name else 0.1 * noise
    for ending, factor in (gain or {}).items():
        tensors |= {name: factor * value for name, value in tensors.items() if name.endswith(ending)}
    model.load_state_dict(tensors)
    # transformers writes the names, the shards and the configuration as the hub has them.
    model.save_pretrained(folder, max_shard_size="10GB" if shard_size is None else shard_size)
    mean, std = normalisation
    preprocessor = {"do_rescale": True, "do_normalize": True, "image_mean": mean, "image_std": std}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return folder
