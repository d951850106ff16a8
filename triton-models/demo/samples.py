"""Photographs that come with the scikit-image wheel and are CC0 or in the public domain; nothing is downloaded."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

# By the docstrings of `skimage.data`: astronaut and Hubble are NASA's and in the public domain, the others CC0. Images
# without such a statement are left out.
NAMES = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "coffee.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "retina.jpg",
    "rocket.jpg",
)


def sample_images() -> list[np.ndarray]:
    """UINT8 [H, W, 3], in the order of NAMES; raises FileNotFoundError where the package is not installed or lacks one."""
    found = find_spec("skimage")
    if found is None or found.origin is None:
        raise FileNotFoundError("scikit-image is not installed: install requirements.txt or leave out --samples")
    folder = Path(found.origin).parent / "data"
    return [np.asarray(Image.open(folder / name).convert("RGB")) for name in NAMES]
