"""What is compared: the encoder, the same network untrained, gradient histograms and raw pixels."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import interpolate

from encoder import PATCH, Encoder, Shape, normalise, shape_of
from targets import by_patch, gradient_histograms

SIDE = 224


@dataclass(frozen=True)
class Extractor:
    """`images`: RGB in [0, 1], FP32 [N, 3, S, S] -> [N, D], one vector an image. `patches`: [3, H, W] -> [P, D]."""

    name: str
    images: Callable[[Tensor], np.ndarray]
    patches: Callable[[Tensor], np.ndarray]


def of_encoder(name: str, encoder: Encoder) -> Extractor:
    """An image's vector is CLS beside the mean patch token, as in DINOv3's own linear evaluation (eval/linear.py)."""
    encoder.eval()

    def images(pixels: Tensor) -> np.ndarray:
        with torch.inference_mode():
            batches = [encoder(normalise(batch)) for batch in pixels.split(16)]
        return torch.cat([torch.cat([cls, patches.mean(dim=1)], dim=1) for cls, patches in batches]).numpy()

    def patches(pixels: Tensor) -> np.ndarray:
        with torch.inference_mode():
            return encoder(normalise(pixels[None]))[1][0].numpy()

    return Extractor(name, images, patches)


def trained(name: str, folder: Path) -> Extractor:
    """Weights as `train.py` and the hub write them; raises RuntimeError, naming them, when parameters are missing."""
    encoder = Encoder(shape_of(json.loads((folder / "config.json").read_text())))
    encoder.load_state_dict({key: value.float() for key, value in load_file(folder / "model.safetensors").items()})
    return of_encoder(name, encoder)


def untrained(seed: int = 0) -> Extractor:
    """Weights as transformers draws them: normal with a deviation of 0.02, biases 0."""
    generator = torch.Generator().manual_seed(seed)
    encoder = Encoder(Shape())
    with torch.no_grad():
        for key, value in encoder.named_parameters():
            if "norm" in key or "lambda1" in key:
                continue
            value.normal_(0, 0.02, generator=generator) if value.ndim > 1 else value.zero_()
    return of_encoder("untrained network", encoder)


def histograms() -> Extractor:
    """2 x 2 cells of 8 directions a patch of 16 pixels; a patch's vector is that of its 3 x 3 neighbourhood (without it,
    patches are hardly told apart), an image's that of all its patches at 112 pixels."""

    def patches(pixels: Tensor) -> np.ndarray:
        rows, columns = pixels.shape[1] // PATCH, pixels.shape[2] // PATCH
        maps = gradient_histograms(pixels[None]).transpose(1, 2).reshape(1, -1, rows, columns)
        return torch.nn.functional.unfold(maps, 3, padding=1)[0].T.numpy()

    def images(pixels: Tensor) -> np.ndarray:
        small = interpolate(pixels, size=(112, 112), mode="bilinear", antialias=True)
        return gradient_histograms(small).flatten(1).numpy()

    return Extractor("gradient histograms", images, patches)


def raw_pixels() -> Extractor:
    """The normalised values themselves; of an image those at 28 pixels."""

    def images(pixels: Tensor) -> np.ndarray:
        return normalise(interpolate(pixels, size=(28, 28), mode="bilinear", antialias=True)).flatten(1).numpy()

    return Extractor("raw pixels", images, lambda pixels: by_patch(normalise(pixels[None]), PATCH)[0].numpy())


BASELINES = {"histograms": histograms, "pixels": raw_pixels, "untrained": untrained}


def to_tensor(image: np.ndarray, height: int, width: int) -> Tensor:
    """UINT8 [H, W] or [H, W, 3] -> RGB in [0, 1], FP32 [3, height, width], bilinear with antialias."""
    colour = image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)
    pixels = torch.from_numpy(colour.copy()).permute(2, 0, 1)[None].float() / 255
    return interpolate(pixels, size=(height, width), mode="bilinear", antialias=True)[0].clamp(0, 1)
