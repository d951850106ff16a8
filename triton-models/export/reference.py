"""The reference: transformers' DINOv3ViTModel in FP32 with the same weights, fed by its own arithmetic."""

from pathlib import Path

import numpy as np
import torch
from transformers import DINOv3ViTModel

from weights import load_weights


def run_reference(weights_folder: Path, images: np.ndarray) -> dict[str, np.ndarray]:
    """UINT8 [N,3,H,W] -> FP32 cls [N,D], patch_mean [N,D], patch_tokens [N,P,D].

    Raises ValueError when the weights file and the architecture do not name the same parameters.
    """
    weights = load_weights(weights_folder)
    model, loading = DINOv3ViTModel.from_pretrained(
        weights_folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
    )
    if loading["missing_keys"] or loading["unexpected_keys"]:
        raise ValueError(f"parameters differ: {loading['missing_keys']} {loading['unexpected_keys']}")
    model.eval()
    mean = torch.tensor(weights.mean).view(1, -1, 1, 1)
    std = torch.tensor(weights.std).view(1, -1, 1, 1)
    with torch.no_grad():
        pixels = (torch.from_numpy(images).float() / 255.0 - mean) / std
        tokens = model(pixel_values=pixels).last_hidden_state
    patches = tokens[:, 1 + weights.config["num_register_tokens"] :]
    return {
        "cls": tokens[:, 0].numpy(),
        "patch_mean": patches.mean(dim=1).numpy(),
        "patch_tokens": patches.numpy(),
    }
