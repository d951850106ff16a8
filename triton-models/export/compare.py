"""Figures that say how near two sets of outputs are."""

import numpy as np


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Cosine along the last axis, in FP64."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    norms = np.linalg.norm(left, axis=-1) * np.linalg.norm(right, axis=-1)
    return (left * right).sum(axis=-1) / norms


def figures(outputs: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> dict:
    """Per output the least cosine of all vectors, the relative Frobenius distance and the largest absolute difference."""
    result = {}
    for name, expected in reference.items():
        actual = outputs[name].astype(np.float64)
        difference = actual - expected.astype(np.float64)
        result[name] = {
            "cosineMin": float(cosines(actual, expected).min()),
            "relativeFrobenius": float(np.linalg.norm(difference) / np.linalg.norm(expected)),
            "maxAbsoluteDifference": float(np.abs(difference).max()),
            "allFinite": bool(np.isfinite(actual).all()),
        }
    return result
