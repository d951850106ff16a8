"""Reads a Hugging Face DINOv3ViT folder: `config.json`, `preprocessor_config.json` and the weights, in one safetensors file
or in shards (`model-00001-of-0000N.safetensors`)."""

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
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def weight_files(folder: Path) -> list[Path]:
    """`model.safetensors`, or all shards in the order of their names; raises ValueError when a shard is missing."""
    single = folder / "model.safetensors"
    if single.exists():
        return [single]
    shards = sorted(folder.glob("model-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9].safetensors"))
    if not shards:
        raise ValueError("the folder holds no model.safetensors and no shards")
    total = int(shards[0].stem.rsplit("-", 1)[1])
    if [int(path.stem.split("-")[1]) for path in shards] != list(range(1, total + 1)):
        raise ValueError(f"of {total} shards only {len(shards)} are there")
    return shards


def weights_digest(folder: Path) -> str:
    """sha256 of the single file; of shards, that of the lines `sha256sum` prints for them (as src/infer/specs does)."""
    files = weight_files(folder)
    if len(files) == 1 and files[0].name == "model.safetensors":
        return sha256_of(files[0])
    lines = "".join(f"{sha256_of(path)}  {path.name}\n" for path in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def load_weights(folder: Path) -> Weights:
    """Raises ValueError for a configuration whose graph this exporter cannot draw."""
    config = json.loads((folder / "config.json").read_text())
    preprocessor = json.loads((folder / "preprocessor_config.json").read_text())
    if config["model_type"] != "dinov3_vit":
        raise ValueError(f"model_type {config['model_type']!r} is not dinov3_vit")
    if config["hidden_act"] not in ("gelu", "silu"):
        raise ValueError(f"hidden_act {config['hidden_act']!r} is neither gelu nor silu")
    if config["hidden_size"] % config["num_attention_heads"] or config["hidden_size"] // config["num_attention_heads"] % 4:
        raise ValueError("the width of a head must be a multiple of 4: rotary angles come in four parts")
    if not preprocessor["do_rescale"] or not preprocessor["do_normalize"]:
        raise ValueError("the graph rescales and normalises, the preprocessor does not")
    tensors = {}
    for path in weight_files(folder):
        tensors |= {name: value.astype(np.float32) for name, value in load_file(path).items()}
    return Weights(
        tensors=tensors,
        config=config,
        mean=tuple(preprocessor["image_mean"]),
        std=tuple(preprocessor["image_std"]),
        digest=weights_digest(folder),
    )
