"""What is known of each patch of a clean view [N, 3, S, S], RGB in [0, 1]."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from encoder import PATCH

BINS = 8
COLOUR_WEIGHT = 0.45  # makes 48 colours count about as much as the 32 histogram bins
TARGETS = 4 * BINS + 48


def by_patch(maps: Tensor, cells: int) -> Tensor:
    """[N, C, rows * cells, columns * cells] -> [N, patches, C * cells * cells]."""
    return torch.nn.functional.unfold(maps, cells, stride=cells).transpose(1, 2)


def gradient_histograms(images: Tensor) -> Tensor:
    """[N, P, 32]: 2 x 2 cells a patch, 8 directions without sign, length 1 (after Dalal and Triggs 2005)."""
    grey = torch.nn.functional.pad(images.mean(dim=1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    dx = grey[:, :, 1:-1, 2:] - grey[:, :, 1:-1, :-2]
    dy = grey[:, :, 2:, 1:-1] - grey[:, :, :-2, 1:-1]
    place = torch.atan2(dy, dx) / torch.pi % 1.0 * BINS
    low = place.floor()
    share = place - low
    length = (dx.square() + dy.square()).sqrt()
    index = torch.cat([low, low + 1], dim=1).long() % BINS
    amounts = torch.cat([length * (1 - share), length * share], dim=1)
    maps = torch.zeros(len(images), BINS, *grey.shape[2:], device=images.device)[:, :, 1:-1, 1:-1].contiguous()
    maps.scatter_add_(1, index, amounts)
    histograms = by_patch(avg_pool2d(maps, PATCH // 2), 2)
    # The constant keeps noise in flat patches from looking like structure.
    return histograms / (histograms.norm(dim=-1, keepdim=True) + 0.01)


def colours(images: Tensor) -> Tensor:
    """[N, P, 48]: the mean colours of 4 x 4 cells a patch."""
    return by_patch(avg_pool2d(images, PATCH // 4), 4)


def regression_targets(images: Tensor) -> Tensor:
    """[N, P, TARGETS]."""
    return torch.cat([gradient_histograms(images), (colours(images) - 0.5) * COLOUR_WEIGHT], dim=-1)


def patch_colours(images: Tensor) -> Tensor:
    """Mean colour of a patch, [N, P, 3]."""
    return by_patch(avg_pool2d(images, PATCH), 1)


def patch_deviation(images: Tensor) -> Tensor:
    """Standard deviation within a patch, the largest of the channels, [N, P]."""
    variance = avg_pool2d(images.square(), PATCH) - avg_pool2d(images, PATCH).square()
    return by_patch(variance.clamp(min=0).sqrt().amax(dim=1, keepdim=True), 1)[:, :, 0]
