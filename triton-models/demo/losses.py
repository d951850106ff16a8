"""What is asked of the tokens of two views; every loss is a mean, FP32."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

FLAT = 0.025  # standard deviation of the clean patch, in [0, 1]
LIKE = 0.06  # difference of mean colour


def dense_info_nce(first: Tensor, second: Tensor, weights: Tensor, valid: Tensor, temperature: float = 0.1) -> Tensor:
    """Patch tokens [N, P, D] of both views; `weights` [N, P, P] spread a first-view patch's true place over the second's
    patches, `valid` [N, P] has one at all. Negatives are the other patches of the same image."""
    logits = normalize(first.float(), dim=-1) @ normalize(second.float(), dim=-1).transpose(1, 2) / temperature
    losses = logits.logsumexp(dim=-1) - (weights * logits).sum(dim=-1)
    return (losses * valid).sum() / valid.sum().clamp(min=1)


def pull_flat(tokens: Tensor, flat: Tensor, colours: Tensor) -> Tensor:
    """1 - cosine over pairs of flat patches of like colour within an image: they show the same, wherever they lie.

    `tokens` [N, P, D], `flat` BOOL [N, P], `colours` [N, P, 3].
    """
    unit = normalize(tokens.float(), dim=-1)
    like = torch.cdist(colours, colours) < LIKE
    pairs = (flat[:, :, None] & flat[:, None, :] & like).float()
    return ((1 - unit @ unit.transpose(1, 2)) * pairs).sum() / pairs.sum().clamp(min=1)


def nt_xent(first: Tensor, second: Tensor, temperature: float = 0.2) -> Tensor:
    """[N, D] of both views: each finds its partner among all 2 N - 1 others (Chen et al. 2020, SimCLR)."""
    unit = normalize(torch.cat([first, second]).float(), dim=-1)
    logits = unit @ unit.T / temperature
    logits = logits.masked_fill(torch.eye(len(unit), dtype=torch.bool, device=unit.device), float("-inf"))
    count = len(first)
    partners = (torch.arange(2 * count, device=unit.device) + count) % (2 * count)
    return cross_entropy(logits, partners)


def labelled_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy over those with a label of 0 and more; 0, with a gradient of 0, where there is none. Classes last."""
    known = labels >= 0
    if not bool(known.any()):
        return logits.sum() * 0
    return cross_entropy(logits[known].float(), labels[known])


def masked_regression(predicted: Tensor, targets: Tensor, masked: Tensor) -> Tensor:
    """Squared error of the targets [N, P, T], summed over T, mean over the masked patches."""
    errors = (predicted.float() - targets).square().sum(dim=-1)
    return (errors * masked).sum() / masked.sum().clamp(min=1)
