"""Deterministic test images by formula, so that any language can make the same bytes without a file."""

import numpy as np

# The text is written into golden.json and is what other implementations follow: x is the column, y the row,
# c the channel, all from 0; integer arithmetic except in the disc's distance; the result is the UINT8 sample.
FORMULAS = {
    "ramp": "(7 x + 13 y + 29 c) mod 256",
    "disc": "10 c + 200 where hypot(x - width / 2, y - height / 2) < 60 width / 224, else 10 c",
    "quadratic": "(3 x x + 5 y y + 7 x y + 31 c) mod 256",
}


def synthetic_image(name: str, height: int, width: int) -> np.ndarray:
    """UINT8 [3, H, W]."""
    y, x = np.mgrid[0:height, 0:width]
    channels = np.arange(3)[:, None, None]
    if name == "ramp":
        samples = (7 * x + 13 * y + 29 * channels) % 256
    elif name == "disc":
        inside = np.hypot(x - width / 2, y - height / 2) < 60 * width / 224
        samples = 10 * channels + np.where(inside, 200, 0)
    elif name == "quadratic":
        samples = (3 * x * x + 5 * y * y + 7 * x * y + 31 * channels) % 256
    else:
        raise ValueError(f"no formula named {name!r}")
    return samples.astype(np.uint8)


def random_images(count: int, height: int, width: int, seed: int) -> np.ndarray:
    """UINT8 [count, 3, H, W]: smooth blobs plus noise, the same for a seed (PCG64)."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    images = np.empty((count, 3, height, width), np.uint8)
    for image in images:
        centre_y, centre_x = generator.uniform(0.2, 0.8, 2) * (height, width)
        radius = generator.uniform(0.1, 0.4) * width
        blob = np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / (2 * radius**2))
        for channel in image:
            samples = 255 * generator.uniform(0.3, 1) * blob + generator.normal(0, 12, (height, width))
            channel[:] = np.clip(samples, 0, 255)
    return images
