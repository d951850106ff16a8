"""Whole images: chest X-ray, breast ultrasound, dermoscopy."""

import csv
import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from listing import SPLITS, list_training
from pictures import TUMOURS
from tasks.extractors import SIDE, Extractor, to_tensor
from tasks.metrics import Measure, auc, balanced_accuracy, resample
from tasks.probes import fit_head, head

DRAWS = 20
SHOTS = 10


def vectors_of(extractor: Extractor, images: list[np.ndarray]) -> np.ndarray:
    parts = [images[start : start + 256] for start in range(0, len(images), 256)]
    return np.concatenate([extractor.images(torch.stack([to_tensor(i, SIDE, SIDE) for i in part])) for part in parts])


def chest(data: Path, extractor: Extractor) -> list[Measure]:
    """PneumoniaMNIST: head on the train split, AUC on the validation split; once with all labels, once with 10 a class."""
    archive = np.load(data / "open/pneumoniamnist/pneumoniamnist_dev.npz", allow_pickle=False)
    train = vectors_of(extractor, list(archive["train_images"]))
    test = vectors_of(extractor, list(archive["val_images"]))
    labels, truth = archive["train_labels"].ravel(), archive["val_labels"].ravel()
    scores = fit_head(train, labels).predict_proba(test)[:, 1]
    few = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(draw)
        chosen = np.concatenate([rng.permutation(np.flatnonzero(labels == kind))[:SHOTS] for kind in (0, 1)])
        few.append(head(0.01).fit(train[chosen], labels[chosen]).predict_proba(test)[:, 1])
    return [
        resample("chest.all", "images", len(truth), lambda index: auc(truth[index], scores[index])),
        resample("chest.ten", "images", len(truth), lambda index: float(np.mean([auc(truth[index], s[index]) for s in few]))),
    ]


def ultrasound(data: Path, extractor: Extractor) -> list[Measure]:
    """BUSI, the never-seen third: 5 folds, near-duplicates in one fold."""
    return tumours("ultrasound", data, sorted(SPLITS["neverSeen"]["busi_256"]), extractor)


def ultrasound_seen(data: Path, extractor: Extractor) -> list[Measure]:
    """The same on as many images that were trained on, with their labels: how much is memory."""
    return tumours("ultrasound_seen", data, some_of(list_training(data)["ultrasound"], 148), extractor)


def some_of(paths: list[str], count: int) -> list[str]:
    """A fixed random choice, sorted."""
    order = np.random.default_rng(0).permutation(len(paths))[:count]
    return sorted(paths[index] for index in order)


def tumours(task: str, data: Path, paths: list[str], extractor: Extractor) -> list[Measure]:
    group = {path: index for index, members in enumerate(SPLITS["nearDuplicates"]) for path in members}
    groups = np.array([group.get(path, len(group) + index) for index, path in enumerate(paths)])
    labels = np.array([TUMOURS.index(Path(path).parent.name) for path in paths])
    vectors = vectors_of(extractor, [np.asarray(Image.open(data / path).convert("RGB")) for path in paths])
    probabilities = np.zeros((len(paths), 3))
    for repeat in range(3):
        splits = StratifiedGroupKFold(5, shuffle=True, random_state=repeat).split(vectors, labels, groups)
        for train, test in splits:
            probabilities[test] += fit_head(vectors[train], labels[train]).predict_proba(vectors[test])
    return three_classes(task, labels, probabilities, positive=TUMOURS.index("malignant"))


def skin(data: Path, extractor: Extractor) -> list[Measure]:
    """PH2: 40 images of a domain that training never had; 5 folds, five times, probabilities added up."""
    rows = list(csv.DictReader(io.StringIO((data / "research_only/ph2/labels.csv").read_text())))
    kinds = sorted({row["diagnosis"] for row in rows})
    labels = np.array([kinds.index(row["diagnosis"]) for row in rows])
    files = [data / f"research_only/ph2/images/{row['image']}.jpg" for row in rows]
    vectors = vectors_of(extractor, [np.asarray(Image.open(file).convert("RGB")) for file in files])
    probabilities = np.zeros((len(rows), len(kinds)))
    for repeat in range(5):
        for train, test in StratifiedKFold(5, shuffle=True, random_state=repeat).split(vectors, labels):
            probabilities[test] += fit_head(vectors[train], labels[train]).predict_proba(vectors[test])
    return three_classes("skin", labels, probabilities, positive=kinds.index("Melanoma"))


def three_classes(task: str, labels: np.ndarray, probabilities: np.ndarray, positive: int) -> list[Measure]:
    predicted, scores = probabilities.argmax(axis=1), probabilities[:, positive]
    return [
        resample(f"{task}.accuracy", "images", len(labels), lambda i: balanced_accuracy(labels[i], predicted[i])),
        resample(f"{task}.auc", "images", len(labels), lambda i: auc(labels[i] == positive, scores[i])),
    ]
