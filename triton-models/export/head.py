"""What an engine costs a linear head: the AUC on labelled images with its vectors and with those of the FP32 reference."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from reference import normalise, open_reference, run_model
from runner import open_session, run_batch
from weights import load_weights

MIN_IMAGES_PER_LABEL = 20
SUFFIXES = {".png", ".jpg", ".jpeg"}
BATCH = 16


@dataclass(frozen=True)
class Labelled:
    """`images` UINT8 [N, 3, H, W] as the model takes them, `labels` the numbers of the names."""

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


def load_labelled(folder: Path, height: int, width: int) -> Labelled:
    """PNG and JPEG files, a folder per label, stretched to the model's size (bilinear, antialiased).

    Raises ValueError, saying what is missing, for fewer than two labels or too few images of one.
    """
    # Here, so that an export without labelled images needs no Pillow.
    from PIL import Image

    if not folder.is_dir():
        raise ValueError("head data: there is no such folder")
    names = tuple(sorted(path.name for path in folder.iterdir() if path.is_dir()))
    if len(names) < 2:
        raise ValueError(f"head data: a folder per label is needed, two at least; found {len(names)}")
    images, labels = [], []
    for number, name in enumerate(names):
        files = sorted(path for path in (folder / name).iterdir() if path.suffix.lower() in SUFFIXES)
        if len(files) < MIN_IMAGES_PER_LABEL:
            raise ValueError(f"head data: {len(files)} PNG or JPEG images of {name!r}, {MIN_IMAGES_PER_LABEL} are needed")
        for file in files:
            with Image.open(file) as image:
                resized = image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
            images.append(np.asarray(resized).transpose(2, 0, 1))
            labels.append(number)
    return Labelled(np.stack(images), np.array(labels), names)


def auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve by ranks, ties counted half (Mann-Whitney)."""
    _, inverse, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[inverse]
    count = int(positive.sum())
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(positive) - count)))


def ridge_scores(train: np.ndarray, labels: np.ndarray, test: np.ndarray, count: int) -> np.ndarray:
    """A linear head by ridge regression onto one-hot labels, on standardised vectors, in FP64: [n, count].

    The penalty of a tenth of the images keeps it solvable with fewer images than dimensions.
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0) + 1e-6
    inputs = (train - mean) / deviation
    targets = np.eye(count)[labels]
    gram = inputs.T @ inputs + 0.1 * len(inputs) * np.eye(inputs.shape[1])
    matrix = np.linalg.solve(gram, inputs.T @ (targets - targets.mean(axis=0)))
    return (test - mean) / deviation @ matrix


def head_auc(vectors: np.ndarray, labels: np.ndarray) -> float:
    """Trained on one half and asked about the other, both ways; mean over labels (one against the rest) and halves.

    Every second image of a label, after a fixed shuffle, is in the first half: both encoders are asked about the same.
    """
    vectors, count = vectors.astype(np.float64), int(labels.max()) + 1
    first = np.zeros(len(labels), bool)
    for label in range(count):
        first[np.random.default_rng(label).permutation(np.flatnonzero(labels == label))[::2]] = True
    figures = []
    for train, test in ((first, ~first), (~first, first)):
        scores = ridge_scores(vectors[train], labels[train], vectors[test], count)
        figures += [auc(labels[test] == label, scores[:, label]) for label in range(count)]
    return float(np.mean(figures))


def head_figures(weights_folder: Path, path: Path, labelled: Labelled) -> dict:
    """Each encoder gets a head of its own: an INT8 engine is never asked with a head of FP32 vectors."""
    session, reference, weights = open_session(path), open_reference(weights_folder), load_weights(weights_folder)
    registers = weights.config["num_register_tokens"]
    batches = [labelled.images[start : start + BATCH] for start in range(0, len(labelled.images), BATCH)]
    with torch.no_grad():
        expected = [run_model(reference, normalise(batch, weights), registers)["cls"] for batch in batches]
    actual = [run_batch(session, batch)["cls"] for batch in batches]
    figure, of_reference = (head_auc(np.concatenate(part), labelled.labels) for part in (actual, expected))
    return {
        "images": len(labelled.images),
        "labels": list(labelled.names),
        "head": "ridge regression on cls, two halves both ways, mean over labels",
        "aucReference": of_reference,
        "auc": figure,
    }
