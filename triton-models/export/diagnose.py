"""Why an engine misses its gates: the reference is spoiled in the ways in which exports usually go wrong, and the engine
compared with each. The one it equals names the fault."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import DINOv3ViTModel

from gates import output_failures, parity_figures, shape_failures
from reference import normalise, open_reference, run_model
from weights import Weights, load_weights

Spoiled = Callable[[DINOv3ViTModel, Weights, np.ndarray], dict[str, np.ndarray]]


def swapped_channels(model: DINOv3ViTModel, weights: Weights, images: np.ndarray) -> dict[str, np.ndarray]:
    pixels = normalise(images[:, ::-1].copy(), weights)
    return run_model(model, pixels, weights.config["num_register_tokens"])


def only_rescaled(model: DINOv3ViTModel, weights: Weights, images: np.ndarray) -> dict[str, np.ndarray]:
    return run_model(model, torch.from_numpy(images).float() / 255.0, weights.config["num_register_tokens"])


def not_normalised(model: DINOv3ViTModel, weights: Weights, images: np.ndarray) -> dict[str, np.ndarray]:
    return run_model(model, torch.from_numpy(images).float(), weights.config["num_register_tokens"])


def without_rotation(model: DINOv3ViTModel, weights: Weights, images: np.ndarray) -> dict[str, np.ndarray]:
    rotate_with(model, lambda cos, sin: (torch.ones_like(cos), torch.zeros_like(sin)))
    return run_model(model, normalise(images, weights), weights.config["num_register_tokens"])


def exchanged_axes(model: DINOv3ViTModel, weights: Weights, images: np.ndarray) -> dict[str, np.ndarray]:
    # The angles of y and of x are quarters of the table, this half twice.
    def exchange(table: torch.Tensor) -> torch.Tensor:
        return table.unflatten(-1, (2, 2, -1)).flip(-2).flatten(-3)

    rotate_with(model, lambda cos, sin: (exchange(cos), exchange(sin)))
    return run_model(model, normalise(images, weights), weights.config["num_register_tokens"])


def without_registers(model: DINOv3ViTModel, weights: Weights, images: np.ndarray) -> dict[str, np.ndarray]:
    model.embeddings.register_tokens = torch.nn.Parameter(model.embeddings.register_tokens[:, :0])
    return run_model(model, normalise(images, weights), 0)


def rotate_with(model: DINOv3ViTModel, change: Callable) -> None:
    original = model.rope_embeddings.forward
    model.rope_embeddings.forward = lambda pixel_values: change(*original(pixel_values))


HYPOTHESES: dict[str, Spoiled] = {
    "the colour channels are swapped (BGR for RGB)": swapped_channels,
    "the normalisation by mean and std is missing": only_rescaled,
    "the rescaling and the normalisation are missing": not_normalised,
    "the rotary positions (RoPE) are missing": without_rotation,
    "the axes of the rotary positions (RoPE) are exchanged": exchanged_axes,
    "the register tokens are dropped": without_registers,
}


def diagnose(weights_folder: Path, images: np.ndarray, outputs: dict[str, np.ndarray], precision: str) -> str | None:
    """The fault whose spoiled reference the outputs equal within the gates of the precision; None when none does."""
    weights = load_weights(weights_folder)
    for reason, spoiled in HYPOTHESES.items():
        reference = spoiled(open_reference(weights_folder), weights, images)
        if shape_failures(outputs, reference):
            continue
        if not output_failures(parity_figures(outputs, reference), precision):
            return reason
    return None
