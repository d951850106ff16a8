"""The part of a vector that `golden.json` keeps."""

import numpy as np

# Sixteen values and a norm catch a wrong layout, order or constant; whole vectors would only make the file larger.
KEPT_VALUES = 16


def excerpt(vector: np.ndarray) -> dict:
    """First values and Euclidean norm; six digits, since the tolerance is 1e-3."""
    norm = float(np.linalg.norm(vector.astype(np.float64)))
    return {"first": [round(float(value), 6) for value in vector[:KEPT_VALUES]], "norm": round(norm, 6)}
