"""The reference: transformers' `DINOv3ViTModel` in FP32 with the same weights, fed by its own arithmetic."""

from pathlib import Path

import numpy as np
import torch
from transformers import DINOv3ViTModel

from weights import Weights, load_weights


def run_reference(weights_folder: Path, images: np.ndarray) -> dict[str, np.ndarray]:
    """UINT8 [N,3,H,W] -> FP32 cls [N,D], patch_mean [N,D], patch_tokens [N,P,D].

    Raises ValueError when the weights file and the architecture do not name the same parameters.
    """
    weights = load_weights(weights_folder)
    return run_model(open_reference(weights_folder), normalise(images, weights), weights.config["num_register_tokens"])


def open_reference(weights_folder: Path) -> DINOv3ViTModel:
    """The model in evaluation mode; raises ValueError as `run_reference` does."""
    model, loading = DINOv3ViTModel.from_pretrained(
        weights_folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
    )
    if loading["missing_keys"] or loading["unexpected_keys"]:
        raise ValueError(f"parameters differ: {loading['missing_keys']} {loading['unexpected_keys']}")
    return model.eval()


def normalise(images: np.ndarray, weights: Weights) -> torch.Tensor:
    mean = torch.tensor(weights.mean).view(1, -1, 1, 1)
    std = torch.tensor(weights.std).view(1, -1, 1, 1)
    return (torch.from_numpy(images).float() / 255.0 - mean) / std


def run_model(model: DINOv3ViTModel, pixels: torch.Tensor, registers: int) -> dict[str, np.ndarray]:
    """Normalised pixels -> the three outputs."""
    with torch.no_grad():
        tokens = model(pixel_values=pixels).last_hidden_state
    patches = tokens[:, 1 + registers :]
    return {
        "cls": tokens[:, 0].numpy(),
        "patch_mean": patches.mean(dim=1).numpy(),
        "patch_tokens": patches.numpy(),
    }
