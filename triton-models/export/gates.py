"""The parity gates: what an engine must reach against the FP32 reference before it is written. One table, one function."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compare import cosines, figures

# One file for Python and for `tessera models verify`. Per precision the figures that are gated: those of cosines are least
# values, that of the relative Frobenius distance a largest. FP32: every vector, the FP16 patch tokens included: rounding to FP16
# costs a cosine about 1e-7, and the distance 2e-4 (at most 2^-11).
SHARED = json.loads(Path(__file__).with_name("parity-limits.json").read_text())
LIMITS: dict[str, dict[str, dict[str, float]]] = SHARED["outputs"]
# One image alone or within a batch, in every precision.
MIN_BATCH_COSINE: float = SHARED["aloneAgainstBatchCosineMin"]
# How much less AUC a linear head may reach on an engine's vectors than on those of FP32; asked where labelled images are given.
MAX_HEAD_AUC_LOSS: float = SHARED["headAucLossMax"]


@dataclass(frozen=True)
class Failure:
    """A gate that was missed, by name, and the figure that missed it."""

    gate: str
    figure: str

    def __str__(self) -> str:
        return f"{self.gate}: {self.figure}"


def shape_failures(outputs: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> list[Failure]:
    """Outputs whose shape is not the reference's; the other figures cannot be taken then."""
    return [
        Failure(f"tokenCount.{name}", f"shape {list(outputs[name].shape)}, not {list(expected.shape)}")
        for name, expected in reference.items()
        if outputs[name].shape != expected.shape
    ]


def parity_figures(outputs: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> dict:
    """`figures`, and for the patch tokens the 1st percentile of their cosines."""
    result = figures(outputs, reference)
    percentile = np.percentile(cosines(outputs["patch_tokens"], reference["patch_tokens"]), 1)
    result["patch_tokens"]["cosineP01"] = float(percentile)
    return result


def output_failures(measured: dict, precision: str) -> list[Failure]:
    """Written so that NaN fails."""
    found = [Failure(f"finite.{name}", "holds NaN or infinity") for name, entry in measured.items() if not entry["allFinite"]]
    for name, limits in LIMITS[precision].items():
        for figure, limit in limits.items():
            value = measured[name][figure]
            if figure.startswith("cosine") and not value >= limit:
                found.append(Failure(f"{figure}.{name}", f"{value:.7f} < {limit}"))
            if figure == "relativeFrobenius" and not value <= limit:
                found.append(Failure(f"{figure}.{name}", f"{value:.7f} > {limit}"))
    return found


def tried_batch(max_batch_size: int, images: int) -> int:
    """How many images are tried in one batch: all that a model takes, up to 8; two at least, since the graph itself has no limit."""
    return max(2, min(SHARED["largestTriedBatch"], max_batch_size, images))


def batch_failures(cosine: float) -> list[Failure]:
    return [] if cosine >= MIN_BATCH_COSINE else [Failure("aloneAgainstBatch", f"{cosine:.7f} < {MIN_BATCH_COSINE}")]


def head_failures(figures: dict) -> list[Failure]:
    """`figures` of `head.head_figures`; NaN fails. A limit that is met exactly is met, whatever FP64 makes of the difference."""
    reference, figure = figures["aucReference"], figures["auc"]
    if reference - figure <= MAX_HEAD_AUC_LOSS + 1e-9:
        return []
    return [Failure("headAuc", f"{figure:.4f}, more than {MAX_HEAD_AUC_LOSS} below {reference:.4f} of FP32")]
