"""Writes golden.json: principal components as scikit-learn's exact solver gives them.

    python3 -m venv .venv && .venv/bin/pip install -r test/golden/few-shot/requirements.txt
    .venv/bin/python test/golden/principal-components/make-golden.py
    npx prettier --write test/golden/principal-components/golden.json

`tall` has more rows than columns, `wide` fewer (another way through our code), `flat` only two directions of variance. The rows
are random float32 about a mean far from zero, as patch tokens are, with spreads that differ clearly from axis to axis.
scikit-learn fixes signs so that the entry of largest magnitude of every axis is positive.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA


def rows(rng, count, dimension, spreads):
    directions = rng.normal(size=(len(spreads), dimension))
    scores = rng.normal(size=(count, len(spreads))) * spreads
    return (scores @ directions + rng.normal(size=dimension) * 3).astype(np.float32)


def case(vectors, components=3):
    pca = PCA(components, svd_solver="full").fit(vectors.astype(np.float64))
    return {
        "dimension": vectors.shape[1],
        "vectors": [float(value) for value in vectors.ravel()],
        "mean": pca.mean_.tolist(),
        "axes": pca.components_.tolist(),
        "explainedVariance": pca.explained_variance_ratio_.tolist(),
        "scores": pca.transform(vectors.astype(np.float64)).ravel().tolist(),
    }


def main():
    rng = np.random.default_rng(20261124)
    decreasing = 4.0 * 0.75 ** np.arange(12)
    golden = {
        "made by": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "tall": case(rows(rng, 40, 12, decreasing)),
        "wide": case(rows(rng, 9, 24, decreasing)),
        "flat": case(rows(rng, 20, 6, decreasing[:2]), components=2),
    }
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
