"""Writes golden.json: few-shot classification, its check and areas under the curve as scikit-learn, SciPy and NumPy give them.

    python3 -m venv .venv && .venv/bin/pip install -r test/golden/few-shot/requirements.txt
    .venv/bin/python test/golden/few-shot/make-golden.py && npx prettier --write test/golden/few-shot/golden.json

The vectors are random float32 with a weak class structure, so that methods disagree now and then and no two similarities are
equal. They are stored, so the TypeScript side needs no random generator of NumPy's.
"""

import json
import pathlib
import sys

import numpy as np
import scipy
import sklearn
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import LeaveOneOut
from sklearn.neighbors import KNeighborsClassifier

TEMPERATURE = 0.07
K = 10
DIMENSION = 24
CLASS_SIZES = {"normal": 11, "pneumonia": 8, "effusion": 5}
QUERIES = 16


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def softmax(values):
    weights = np.exp(values - values.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def neighbour_weights(distances):
    """Cosine distance to DINO's vote: softmax over the neighbours of similarity / T."""
    return softmax((1.0 - distances) / TEMPERATURE)


def knn(k):
    return KNeighborsClassifier(n_neighbors=k, metric="cosine", algorithm="brute", weights=neighbour_weights)


def prototype_similarities(train, labels, classes, queries):
    means = np.stack([unit(train[labels == name]).mean(axis=0) for name in classes])
    return unit(queries) @ unit(means).T


def leave_one_out(vectors, labels, predict):
    correct = 0
    for kept, left in LeaveOneOut().split(vectors):
        correct += int(predict(vectors[kept], labels[kept], vectors[left])[0] == labels[left][0])
    return correct


def main():
    random = np.random.default_rng(20260101)
    classes = sorted(CLASS_SIZES)
    centres = {name: random.normal(size=DIMENSION) for name in classes}
    labels = np.array([name for name, size in CLASS_SIZES.items() for _ in range(size)])
    # Lengths differ from vector to vector: normalisation must not be forgotten.
    def draw(name):
        return ((0.45 * centres[name] + random.normal(size=DIMENSION)) * random.uniform(0.5, 4.0)).astype(np.float32)

    train32 = np.stack([draw(name) for name in labels])
    query32 = np.stack([draw(classes[i % len(classes)]) for i in range(QUERIES)])
    train, queries = train32.astype(np.float64), query32.astype(np.float64)

    similarities = prototype_similarities(train, labels, classes, queries)
    neighbours = {k: knn(k).fit(train, labels) for k in (1, 5, K, len(labels))}

    def by_prototypes(x, y, q):
        return [classes[i] for i in prototype_similarities(x, y, classes, q).argmax(axis=1)]

    def by_neighbours(x, y, q):
        return knn(K).fit(x, y).predict(q)

    loo = {
        "prototypes": leave_one_out(train, labels, by_prototypes),
        "knn": leave_one_out(train, labels, by_neighbours),
    }

    curves = []
    for name, scores, positives in [
        ("continuous", random.normal(size=200), None),
        ("many ties", random.integers(0, 5, size=120).astype(float), None),
        ("few items", np.array([0.1, 0.4, 0.35, 0.8]), [False, False, True, True]),
    ]:
        truth = np.array(positives) if positives else random.random(len(scores)) < 0.4
        scores = scores + 0.5 * truth if positives is None and name != "many ties" else scores
        curve = {"name": name, "scores": scores.tolist(), "isPositive": truth.tolist(),
                 "area": float(roc_auc_score(truth, scores))}
        if len(scores) >= 100:
            up, down = np.flatnonzero(truth), np.flatnonzero(~truth)
            areas = []
            for _ in range(20_000):
                drawn = np.concatenate([random.choice(up, len(up)), random.choice(down, len(down))])
                areas.append(roc_auc_score(truth[drawn], scores[drawn]))
            curve["bootstrap95"] = np.quantile(areas, [0.025, 0.975]).tolist()
        curves.append(curve)

    wilson = []
    for successes, trials in [(0, 5), (5, 5), (7, 10), (13, 20), (97, 100), (1, 1000)]:
        interval = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
        wilson.append([successes, trials, float(interval.low), float(interval.high)])

    golden = {
        "madeWith": {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__,
                     "scikit-learn": sklearn.__version__},
        "temperature": TEMPERATURE,
        "k": K,
        "labels": labels.tolist(),
        "examples": train32.tolist(),
        "queries": query32.tolist(),
        "classes": classes,
        "prototypes": {"similarities": similarities.tolist(),
                       "probabilities": softmax(similarities / TEMPERATURE).tolist()},
        "knn": {str(k): model.predict_proba(queries).tolist() for k, model in neighbours.items()},
        "leaveOneOutCorrect": loo,
        "wilson": wilson,
        "curves": curves,
    }
    out = pathlib.Path(__file__).with_name("golden.json")
    out.write_text(json.dumps(golden, indent=None) + "\n")
    print(out.name, golden["madeWith"], loo, [(c["name"], c["area"], c.get("bootstrap95")) for c in curves])


if __name__ == "__main__":
    main()
