"""Proof that nothing that is evaluated was trained on, by the content of files and of images."""

import hashlib
from pathlib import Path

import numpy as np

from decode import decode_dicom
from listing import SPLITS, list_training

CT_SERIES = "open/ct_series_siemens_j2k"
# Folders of which training has nothing at all.
EVALUATED = ("research_only", "open/msd_hippocampus", CT_SERIES)


def assert_unseen(data: Path) -> int:
    """The number of evaluated files; raises ValueError, naming it, for one whose bytes, near-duplicate or pixels training
    has."""
    training = {path for paths in list_training(data).values() for path in paths}
    by_digest = {digest(path_bytes(data, path)): path for path in training}
    evaluated = [path for entry in SPLITS["neverSeen"].values() for path in entry if (data / path).is_file()]
    evaluated += [
        p.relative_to(data).as_posix() for folder in EVALUATED for p in sorted((data / folder).rglob("*")) if p.is_file()
    ]
    for path in evaluated:
        twin = by_digest.get(digest(path_bytes(data, path)))
        if twin is not None:
            raise ValueError(f"{path} is trained on as {twin}")
    assert_groups_whole(training)
    assert_slices_unseen(data, training)
    assert_chest_unseen(data)
    return len(evaluated)


def path_bytes(data: Path, path: str) -> bytes:
    return (data / path).read_bytes()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def assert_groups_whole(training: set[str]) -> None:
    """No group of near-duplicates lies on both sides."""
    kept_away = set(SPLITS["neverSeen"]["busi_256"])
    for group in SPLITS["nearDuplicates"]:
        if kept_away.intersection(group) and training.intersection(group):
            raise ValueError(f"a group of near-duplicates is split: {sorted(group)}")


def assert_slices_unseen(data: Path, training: set[str]) -> None:
    """A DICOM slice may come in several encodings: its decoded pixels count."""
    dicom = sorted(path for path in training if path.startswith(("open/dicom_files", "open/ct_series", "open/mr_series")))
    seen = {digest(s.values.tobytes()): path for path in dicom for s in decode_dicom(path_bytes(data, path))}
    series = [path.relative_to(data).as_posix() for path in sorted((data / CT_SERIES).glob("*"))]
    for path in (*series, *SPLITS["neverSeen"]["mr_series"]):
        for slice_ in decode_dicom(path_bytes(data, path)) if (data / path).is_file() else []:
            if digest(slice_.values.tobytes()) in seen:
                raise ValueError(f"the pixels of {path} are trained on as {seen[digest(slice_.values.tobytes())]}")


def assert_chest_unseen(data: Path) -> None:
    for file in sorted((data / "open/pneumoniamnist").glob("*.npz")):
        archive = np.load(file, allow_pickle=False)
        kept_away = set(SPLITS["chestLikeValidation"])
        train = {digest(image.tobytes()) for image in archive["train_images"]} - kept_away
        if train.intersection(digest(image.tobytes()) for image in archive["val_images"]):
            raise ValueError(f"{file.name}: an image of the validation split is trained on")
