"""How a view's values are shown: windows for Hounsfield units, then changes of light, colour, focus and noise."""

import numpy as np
import torch
from torch import Tensor

# Centre and width in Hounsfield units: lung, soft tissue, bone, brain, everything.
WINDOWS = ((-500.0, 1500.0), (40.0, 400.0), (400.0, 1800.0), (40.0, 120.0), (300.0, 2600.0))


def draw_window(rng: np.random.Generator) -> tuple[float, float]:
    centre, width = WINDOWS[rng.integers(len(WINDOWS))]
    return centre + rng.normal() * 0.08 * width, width * float(np.exp(rng.normal() * 0.15))


def show(values: Tensor, hounsfield: bool, window: tuple[float, float]) -> Tensor:
    """Sampled stored values [1 or 3, s, s] -> RGB in [0, 1], [3, s, s]."""
    scaled = (values - window[0]) / window[1] + 0.5 if hounsfield else values / 255.0
    return scaled.clamp(0, 1).expand(3, -1, -1)


def change(image: Tensor, rng: np.random.Generator, colour: bool) -> Tensor:
    """RGB in [0, 1] -> the same scene otherwise lit. Only grey pictures stay grey."""
    image = image.clamp(1e-4, 1) ** float(np.exp(rng.normal() * 0.2))
    image = (image - 0.5) * float(np.exp(rng.normal() * 0.2)) + 0.5 + float(rng.normal() * 0.08)
    if colour:
        image = image * torch.from_numpy(np.exp(rng.normal(size=(3, 1, 1)) * 0.1)).float()
        if rng.random() < 0.15:
            image = image.mean(dim=0, keepdim=True).expand(3, -1, -1)
    if rng.random() < 0.2:
        image = torch.nn.functional.avg_pool2d(image[None], 3, stride=1, padding=1, count_include_pad=False)[0]
    if rng.random() < 0.4:
        shape = image.shape if colour else (1, *image.shape[1:])
        image = image + torch.from_numpy(rng.normal(size=shape) * rng.uniform(0, 0.04)).float()
    return image.clamp(0, 1)
