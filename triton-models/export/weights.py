"""Reads a weights folder: `model.safetensors` (transformers names), `config.json`, `preprocessor_config.json`."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


@dataclass(frozen=True)
class Weights:
    """Tensors as FP32 by transformers name, the model's configuration, and what identifies them."""

    tensors: dict[str, np.ndarray]
    config: dict
    mean: tuple[float, ...]
    std: tuple[float, ...]
    digest: str


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_weights(folder: Path) -> Weights:
    """Raises ValueError for a configuration whose graph this exporter cannot draw."""
    config = json.loads((folder / "config.json").read_text())
    preprocessor = json.loads((folder / "preprocessor_config.json").read_text())
    if config["model_type"] != "dinov3_vit":
        raise ValueError(f"model_type {config['model_type']!r} is not dinov3_vit")
    if config["use_gated_mlp"]:
        raise ValueError("gated MLP variants are not drawn by this exporter")
    if config["hidden_act"] != "gelu":
        raise ValueError(f"hidden_act {config['hidden_act']!r} is not gelu")
    if not preprocessor["do_rescale"] or not preprocessor["do_normalize"]:
        raise ValueError("the graph rescales and normalises, the preprocessor does not")
    path = folder / "model.safetensors"
    tensors = {name: value.astype(np.float32) for name, value in load_file(path).items()}
    return Weights(
        tensors=tensors,
        config=config,
        mean=tuple(preprocessor["image_mean"]),
        std=tuple(preprocessor["image_std"]),
        digest=sha256_of(path),
    )
