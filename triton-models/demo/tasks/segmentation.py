"""A linear layer on patch tokens: nuclei, hippocampus."""

from pathlib import Path

import nibabel
import numpy as np
from PIL import Image

from decode import stretch
from encoder import PATCH
from listing import SPLITS, list_training
from tasks.classification import some_of
from tasks.extractors import Extractor, to_tensor
from tasks.metrics import Measure, dice, iou, resample
from tasks.probes import cell_labels, fit_cells

FOLDS = 4
VOLUMES = 60
NUCLEI_SIDE = 448
# In-plane 35 x 51 voxels, enlarged about 4.5 times.
HIPPOCAMPUS_SIZE = (160, 224)


def folds(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Train and test indices; which fold a unit is in follows from a fixed shuffle."""
    order = np.random.default_rng(0).permutation(count)
    return [(np.setdiff1d(order, order[fold::FOLDS]), np.sort(order[fold::FOLDS])) for fold in range(FOLDS)]


def nuclei(data: Path, extractor: Extractor) -> list[Measure]:
    """DSB2018, the never-seen images."""
    return nuclei_of("nuclei", data, sorted(SPLITS["neverSeen"]["dsb2018_nuclei"]), extractor)


def nuclei_seen(data: Path, extractor: Extractor) -> list[Measure]:
    """The same on as many images that were trained on, with their masks: how much is memory."""
    return nuclei_of("nuclei_seen", data, some_of(list_training(data)["nuclei"], 38), extractor)


def nuclei_of(task: str, data: Path, paths: list[str], extractor: Extractor) -> list[Measure]:
    """At 448 pixels; Dice and IoU at that size, mean over images."""
    side = NUCLEI_SIDE // PATCH
    tokens, masks = [], []
    for path in paths:
        image = np.asarray(Image.open(data / path).convert("RGB"))
        tokens.append(extractor.patches(to_tensor(image, NUCLEI_SIDE, NUCLEI_SIDE)))
        instances = Image.open(data / path.replace("/images/", "/instances/"))
        foreground = Image.fromarray((np.asarray(instances) > 0).astype(np.uint8))
        masks.append(np.asarray(foreground.resize((NUCLEI_SIDE, NUCLEI_SIDE), Image.Resampling.NEAREST)))
    figures = np.zeros((len(paths), 2))
    for train, test in folds(len(paths)):
        labels = np.concatenate([cell_labels(masks[index], side, side) for index in train])
        fitted = fit_cells(np.concatenate([tokens[index] for index in train]), labels, 2)
        for index in test:
            predicted = fitted(tokens[index], side, side, NUCLEI_SIDE, NUCLEI_SIDE) == 1
            figures[index] = dice(masks[index] == 1, predicted), iou(masks[index] == 1, predicted)
    return [
        resample(f"{task}.dice", "images", len(paths), lambda index: float(figures[index, 0].mean())),
        resample(f"{task}.iou", "images", len(paths), lambda index: float(figures[index, 1].mean())),
    ]


def hippocampus(data: Path, extractor: Extractor) -> list[Measure]:
    """MSD hippocampus, every third axial slice of the first 60 volumes: Dice a volume, anterior and posterior."""
    files = sorted((data / "open/msd_hippocampus/images").glob("*.nii.gz"))[:VOLUMES]
    rows, columns = (side // PATCH for side in HIPPOCAMPUS_SIZE)
    volumes = [read_volume(file, extractor) for file in files]
    figures = np.zeros((len(files), 2))
    for train, test in folds(len(files)):
        slices = [slice_ for index in train for slice_ in volumes[index]]
        labels = np.concatenate([cell_labels(mask, rows, columns) for _, mask in slices])
        fitted = fit_cells(np.concatenate([tokens for tokens, _ in slices]), labels, 3)
        for index in test:
            truth = np.stack([mask for _, mask in volumes[index]])
            predicted = np.stack([fitted(tokens, rows, columns, *mask.shape) for tokens, mask in volumes[index]])
            figures[index] = [dice(truth == part, predicted == part) for part in (1, 2)]
    return [
        resample("hippocampus.anterior", "volumes", len(files), lambda index: float(figures[index, 0].mean())),
        resample("hippocampus.posterior", "volumes", len(files), lambda index: float(figures[index, 1].mean())),
    ]


def read_volume(file: Path, extractor: Extractor) -> list[tuple[np.ndarray, np.ndarray]]:
    """Tokens and label map (in voxels) of every third slice that shows any label."""
    volume = stretch(np.asarray(nibabel.load(file).dataobj, dtype=np.float64))
    labels = np.asarray(nibabel.load(file.parent.parent / "labels" / file.name).dataobj).astype(np.int64)
    shown = [index for index in range(labels.shape[2]) if labels[:, :, index].any()][1::3]
    return [(extractor.patches(to_tensor(volume[:, :, index], *HIPPOCAMPUS_SIZE)), labels[:, :, index]) for index in shown]
