"""The encoder with the heads of training, and the loss of a batch."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from batches import CELLS, CLASSES, Batch
from encoder import Encoder, Shape, normalise
from losses import FLAT, dense_info_nce, labelled_entropy, masked_regression, nt_xent, pull_flat
from pictures import DOMAINS, TUMOURS
from targets import TARGETS, patch_colours, patch_deviation, regression_targets


@dataclass(frozen=True)
class LossWeights:
    dense: float = 1.5
    flat: float = 0.5
    image: float = 0.3
    masked: float = 1.0
    labels: float = 1.0
    cells: float = 1.0


class Student(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.encoder = Encoder(shape)
        self.projector = nn.Sequential(nn.Linear(shape.width, 2 * shape.width), nn.GELU(), nn.Linear(2 * shape.width, 128))
        self.regression = nn.Linear(shape.width, TARGETS)
        self.cells = nn.Linear(shape.width, CELLS * CELLS * CLASSES)
        self.chest = nn.Linear(2 * shape.width, 2)
        self.tumour = nn.Linear(2 * shape.width, len(TUMOURS))
        self.domain = nn.Linear(2 * shape.width, len(DOMAINS))

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """The losses by name, not yet weighted."""
        images, patches = self.encoder(normalise(batch.changed), batch.masked, batch.rescale)
        both = torch.cat([images, patches.mean(dim=1)], dim=-1)
        flat = patch_deviation(batch.clean) < FLAT
        valid = batch.valid & ~flat & ~batch.masked
        first, second = patches.chunk(2)
        return {
            "dense": (
                dense_info_nce(first, second, *(part.chunk(2)[0] for part in (batch.weights, valid)))
                + dense_info_nce(second, first, *(part.chunk(2)[1] for part in (batch.weights, valid)))
            )
            / 2,
            "flat": pull_flat(patches, flat & ~batch.masked, patch_colours(batch.clean)),
            "image": nt_xent(*self.projector(images).chunk(2)),
            "masked": masked_regression(self.regression(patches), regression_targets(batch.clean), batch.masked),
            "labels": labelled_entropy(self.chest(both), batch.chest)
            + labelled_entropy(self.tumour(both), batch.tumour)
            + labelled_entropy(self.domain(both), batch.domains),
            "cells": labelled_entropy(self.cells(patches).unflatten(-1, (CELLS * CELLS, CLASSES)), batch.cells),
        }


def total(losses: dict[str, Tensor], weights: LossWeights) -> Tensor:
    return torch.stack([getattr(weights, name) * loss for name, loss in losses.items()]).sum()
