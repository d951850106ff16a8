"""Two views of one picture under known homographies.

A view's own coordinates are u = (x, y) in [-1, 1]^2, y downwards. A homography is FP64 [3, 3] and maps them to pixels of the
picture; `between` maps those of the first view to those of the second.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pictures import Picture

FREE = {"nuclei", "blood"}  # microscopy has no upright: any angle


@dataclass(frozen=True)
class Pair:
    first: np.ndarray
    second: np.ndarray
    between: np.ndarray


def similarity(angle: float, scale: float, shift: np.ndarray) -> np.ndarray:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]], [0.0, 0.0, 1.0]])


def apply(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    """[n, 2] -> [n, 2]."""
    mapped = points @ homography[:, :2].T + homography[:, 2]
    return mapped[:, :2] / mapped[:, 2:]


def draw_pair(rng: np.random.Generator, picture: Picture) -> Pair:
    """A view of a part of the picture, and one turned, scaled, shifted and tilted against it."""
    rows, columns = picture.levels[0].shape[1:]
    least = 0.6 if picture.domain == "chest" else 0.3
    zoom = np.exp(rng.uniform(np.log(least), np.log(1.05)))
    half = zoom * min(rows, columns) / 2
    room = np.maximum(np.array([columns, rows]) / 2 - half, 0)
    centre = np.array([columns, rows]) / 2 + rng.uniform(-1, 1, 2) * room
    turn = rng.uniform(-np.pi, np.pi) if picture.domain in FREE else np.deg2rad(rng.uniform(-15, 15))
    flip = np.diag([rng.choice([-1.0, 1.0]) if picture.domain != "chest" else 1.0, 1.0, 1.0])
    first = similarity(turn, half, centre) @ flip
    change = similarity(np.deg2rad(rng.uniform(-30, 30)), np.exp(rng.uniform(-1, 1) * np.log(1.6)), rng.uniform(-0.5, 0.5, 2))
    tilt = np.eye(3)
    tilt[2, :2] = rng.uniform(-0.12, 0.12, 2)
    mirror = np.diag([-1.0 if rng.random() < 0.25 else 1.0, 1.0, 1.0])
    # second = first . inner, so a point u of the second view lies at inner(u) in the first.
    inner = change @ tilt @ mirror
    return Pair(first, first @ inner, np.linalg.inv(inner))


def grid(size: int) -> np.ndarray:
    """Centres of size x size cells in view coordinates, row by row, [size * size, 2]."""
    line = (2 * np.arange(size) + 1) / size - 1
    y, x = np.meshgrid(line, line, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


def warp(level: Tensor, homography: np.ndarray, size: int, shrink: int, mode: str = "bilinear") -> Tensor:
    """Samples [C, H, W], `shrink` times smaller than the picture, into FP32 [C, size, size]; black outside."""
    rows, columns = level.shape[1:]
    points = apply(homography, grid(size)) / shrink
    # grid_sample with align_corners=False: -1 and 1 are the outer edges of the outer pixels.
    places = torch.from_numpy((2 * points / np.array([columns, rows]) - 1).reshape(1, size, size, 2)).float()
    return torch.nn.functional.grid_sample(level[None].float(), places, mode=mode, align_corners=False)[0]


def pick_level(picture: Picture, homography: np.ndarray, size: int) -> int:
    """The coarsest level that still has a pixel for each of the view's, so that nothing aliases."""
    corners = apply(homography, np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]))
    side = np.sqrt(np.linalg.norm(corners[1] - corners[0]) * np.linalg.norm(corners[3] - corners[0]))
    return int(np.clip(np.floor(np.log2(max(side / size, 1.0)) + 0.3), 0, len(picture.levels) - 1))


def correspondences(between: np.ndarray, patches: int) -> tuple[Tensor, Tensor]:
    """Where the first view's patches lie among the second's: weights FP32 [P, P], of the four nearest centres (bilinear),
    and which patches have a place there at all, BOOL [P]."""
    places = (apply(between, grid(patches)) + 1) / 2 * patches - 0.5
    inside = ((places > -0.5) & (places < patches - 0.5)).all(axis=1)
    places = np.clip(places, 0, patches - 1)
    low = np.minimum(np.floor(places).astype(int), patches - 2)
    part = places - low
    weights = np.zeros((patches * patches, patches * patches), np.float32)
    index = np.arange(len(places))
    for dy in (0, 1):
        for dx in (0, 1):
            share = (part[:, 0] if dx else 1 - part[:, 0]) * (part[:, 1] if dy else 1 - part[:, 1])
            weights[index, (low[:, 1] + dy) * patches + low[:, 0] + dx] += share
    return torch.from_numpy(weights), torch.from_numpy(inside)
