"""Figures and how sure they are. Every measure comes with bootstrap replicates, drawn alike for every encoder, so that two
encoders can be compared pair by pair."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

REPLICATES = 400
SEED = 20240


@dataclass(frozen=True)
class Measure:
    """`units` is what was resampled (images, volumes, pairs), `count` how many there were."""

    task: str
    value: float
    replicates: np.ndarray
    units: str
    count: int


def auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve by ranks, ties counted half (Mann-Whitney); 0.5 when a class is missing."""
    positive = positive.astype(bool)
    count = int(positive.sum())
    if count in (0, len(positive)):
        return 0.5
    _, inverse, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[inverse]
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(positive) - count)))


def balanced_accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean recall of the classes that occur."""
    return float(np.mean([(predicted[truth == kind] == kind).mean() for kind in np.unique(truth)]))


def dice(truth: np.ndarray, predicted: np.ndarray) -> float:
    """2 |A and B| / (|A| + |B|); 1 when both are empty."""
    total = int(truth.sum()) + int(predicted.sum())
    return 1.0 if total == 0 else float(2 * (truth & predicted).sum() / total)


def iou(truth: np.ndarray, predicted: np.ndarray) -> float:
    """|A and B| / |A or B|; 1 when both are empty."""
    union = int((truth | predicted).sum())
    return 1.0 if union == 0 else float((truth & predicted).sum() / union)


def resample(task: str, units: str, count: int, figure: Callable[[np.ndarray], float]) -> Measure:
    """The figure of all units, and of REPLICATES draws of as many with replacement."""
    rng = np.random.default_rng(SEED)
    draws = [figure(rng.integers(0, count, count)) for _ in range(REPLICATES)]
    return Measure(task, figure(np.arange(count)), np.array(draws), units, count)


def share(task: str, units: str, hits: np.ndarray, trials: np.ndarray) -> Measure:
    """Hits over trials, each summed over the units; 0 without a trial."""
    return resample(task, units, len(hits), lambda index: float(hits[index].sum() / max(trials[index].sum(), 1)))


def interval(measure: Measure) -> tuple[float, float]:
    """95 %, by percentiles."""
    low, high = np.percentile(measure.replicates, (2.5, 97.5))
    return float(low), float(high)
