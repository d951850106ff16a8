"""The batch of a step, which follows from seed and step alone: a resumed run draws the same ones."""

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from encoder import PATCH
from photometric import change, draw_window, show
from pictures import DOMAINS, Picture
from views import correspondences, draw_pair, pick_level, warp

# Parts of 36: chest X-ray, ultrasound, blood, nuclei, CT, MR, other.
SHARES = (6, 6, 5, 6, 5, 4, 4)
CELLS = 4  # segmentation labels a patch and axis
CLASSES = 5


@dataclass(frozen=True)
class Batch:
    """Views [2 N, 3, S, S], all first ones before all second ones; correspondences in both directions."""

    clean: Tensor
    changed: Tensor
    weights: Tensor
    valid: Tensor
    masked: Tensor
    domains: Tensor
    chest: Tensor
    tumour: Tensor
    cells: Tensor
    rescale: float

    def to(self, device: torch.device) -> "Batch":
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Batch(**{name: value.to(device) if isinstance(value, Tensor) else value for name, value in values.items()})


def counts(images: int, shares: tuple[int, ...] = SHARES) -> list[int]:
    """`images` split by the shares, the rest to those with the largest remainder."""
    exact = np.array(shares) * images / sum(shares)
    whole = np.floor(exact).astype(int)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: images - whole.sum()]] += 1
    return whole.tolist()


def draw_size(rng: np.random.Generator, progress: float, images: int) -> tuple[int, int]:
    """Side of the views, and how many pictures: the same number of tokens a step at every size."""
    if progress < 0.7:
        side = int(rng.choice([112, 96, 144], p=[0.7, 0.15, 0.15]))
    else:
        side = int(rng.choice([224, 112, 160, 352, 448], p=[0.6, 0.1, 0.1, 0.1, 0.1]))
    return side, max(round(images * (112 / side) ** 2 * (1.35 if side > 144 else 1)), 2)


def draw_batch(pictures: dict[str, list[Picture]], seed: int, step: int, progress: float, images: int) -> Batch:
    rng = np.random.default_rng([seed, step])
    side, number = draw_size(rng, progress, images)
    present = [domain for domain in DOMAINS if pictures[domain]]
    shares = tuple(share for domain, share in zip(DOMAINS, SHARES, strict=True) if domain in present)
    # Few pictures: which domains get one is drawn too, or the small shares would never come up.
    drawn = counts(number, shares) if number >= 24 else rng.multinomial(number, np.array(shares) / sum(shares)).tolist()
    chosen = [
        pictures[domain][rng.integers(len(pictures[domain]))]
        for domain, count in zip(present, drawn, strict=True)
        for _ in range(count)
    ]
    return assemble([draw_views(rng, picture, side) for picture in chosen], chosen, rng, side)


def draw_views(rng: np.random.Generator, picture: Picture, side: int) -> dict[str, list[Tensor]]:
    pair, window = draw_pair(rng, picture), draw_window(rng)
    patches = side // PATCH
    views: dict[str, list[Tensor]] = {"clean": [], "changed": [], "cells": [], "weights": [], "valid": []}
    for homography in (pair.first, pair.second):
        level = pick_level(picture, homography, side)
        sampled = warp(picture.levels[level], homography, side, 2**level)
        clean = show(sampled, picture.hounsfield, window)
        views["clean"].append(clean)
        views["changed"].append(change(clean, rng, picture.colour))
        if picture.mask is None:
            views["cells"].append(torch.full((patches * CELLS, patches * CELLS), -1))
        else:
            # Shifted by one, so that the 0 of places outside of the picture becomes "not labelled".
            labels = warp(picture.mask + 1, homography, patches * CELLS, 1, "nearest")[0]
            views["cells"].append(labels.round().long() - 1)
    for between in (pair.between, np.linalg.inv(pair.between)):
        weights, valid = correspondences(between, patches)
        views["weights"].append(weights)
        views["valid"].append(valid)
    return views


def assemble(views: list[dict[str, list[Tensor]]], chosen: list[Picture], rng: np.random.Generator, side: int) -> Batch:
    def both(name: str) -> Tensor:
        return torch.stack([view[name][0] for view in views] + [view[name][1] for view in views])

    patches, number = (side // PATCH) ** 2, len(chosen)
    masked = torch.zeros(2 * number, patches, dtype=torch.bool)
    # 40 % of the patches of every second picture's first view.
    for index in range(0, number, 2):
        masked[index, torch.from_numpy(rng.permutation(patches)[: round(0.4 * patches)])] = True
    cells = torch.nn.functional.unfold(both("cells")[:, None].float(), CELLS, stride=CELLS).transpose(1, 2).long()
    labels = {name: [p.label if p.domain == name else -1 for p in chosen] * 2 for name in ("chest", "ultrasound")}
    return Batch(
        clean=both("clean"),
        changed=both("changed"),
        weights=both("weights"),
        valid=both("valid"),
        masked=masked,
        domains=torch.tensor([DOMAINS.index(picture.domain) for picture in chosen] * 2),
        chest=torch.tensor(labels["chest"]),
        tumour=torch.tensor(labels["ultrasound"]),
        cells=cells,
        rescale=float(np.exp(rng.uniform(-1, 1) * np.log(2.0))),
    )
