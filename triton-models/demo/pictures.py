"""The training pictures in memory: pixels at several sizes, label and mask where there are any."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from decode import Slice, cell_mask, decode_dicom, decode_image, decode_nifti, nuclei_mask
from listing import SPLITS, read_allowed
from samples import sample_images

DOMAINS = ("chest", "ultrasound", "blood", "nuclei", "ct", "mr", "other")
TUMOURS = ("benign", "malignant", "normal")


@dataclass(frozen=True)
class Picture:
    """`levels`: UINT8 or INT16 (Hounsfield units) [1 or 3, H, W], each half the size of the one before.

    `label` is -1 where there is none; `mask` INT8 [1, H, W] has the classes of `decode.py` at full size.
    """

    domain: str
    levels: tuple[Tensor, ...]
    hounsfield: bool = False
    label: int = -1
    mask: Tensor | None = None

    @property
    def colour(self) -> bool:
        return self.levels[0].shape[0] == 3


def pyramid(values: np.ndarray) -> tuple[Tensor, ...]:
    """[H, W] or [H, W, 3] -> levels down to about 96 pixels."""
    first = torch.from_numpy(np.array(values if values.ndim == 3 else values[:, :, None])).permute(2, 0, 1)
    grey = first.shape[0] == 3 and bool((first[0] == first[1]).all()) and bool((first[1] == first[2]).all())
    levels = [(first[:1] if grey else first).contiguous()]
    while min(levels[-1].shape[1:]) >= 192:
        halved = torch.nn.functional.avg_pool2d(levels[-1].float()[None], 2)[0].round()
        levels.append(halved.to(first.dtype))
    return tuple(levels)


def load_pictures(data: Path, listed: dict[str, list[str]], samples: bool) -> list[Picture]:
    """All pictures in the order of the listing; pixels that occurred before are left out."""
    pictures = [picture for domain, paths in listed.items() for path in paths for picture in load_file(data, domain, path)]
    if samples:
        pictures += [Picture("other", pyramid(values)) for values in sample_images()]
    seen: set[bytes] = set()
    kept = []
    for picture in pictures:
        digest = hashlib.sha256(picture.levels[0].numpy().tobytes()).digest()
        if digest not in seen:
            seen.add(digest)
            kept.append(picture)
    return kept


def load_file(data: Path, domain: str, path: str) -> list[Picture]:
    content = read_allowed(data, path)
    if domain == "chest":
        return load_chest(content)
    if domain == "ultrasound":
        return [Picture(domain, pyramid(decode_image(content)), label=TUMOURS.index(Path(path).parent.name))]
    if domain == "blood":
        values = decode_image(content)
        annotation = read_allowed(data, path.replace("/images/", "/annotations/").replace(".jpg", ".xml"))
        mask = cell_mask(annotation, (values.shape[1], values.shape[0]))
        return [Picture(domain, pyramid(values), mask=torch.from_numpy(mask)[None])]
    if domain == "nuclei":
        mask = nuclei_mask(read_allowed(data, path.replace("/images/", "/instances/")))
        return [Picture(domain, pyramid(decode_image(content)), mask=torch.from_numpy(mask)[None])]
    return [to_picture(slice_) for slice_ in (decode_nifti(content) if path.endswith(".nii.gz") else decode_dicom(content))]


def to_picture(slice_: Slice) -> Picture:
    domain = {"CT": "ct", "MR": "mr"}.get(slice_.modality, "other")
    return Picture(domain, pyramid(slice_.values), hounsfield=slice_.values.dtype == np.int16)


def load_chest(content: bytes) -> list[Picture]:
    """The train split, less the images that look like one of the validation split; enlarged fourfold, since they have 28 px.

    The archive's other arrays are not read: NumPy decompresses a member when it is asked for.
    """
    archive = np.load(io.BytesIO(content), allow_pickle=False)
    images, labels = archive["train_images"], archive["train_labels"].ravel()
    kept_away = set(SPLITS["chestLikeValidation"])
    return [
        Picture(
            "chest", pyramid(np.asarray(Image.fromarray(image).resize((112, 112), Image.Resampling.BICUBIC))), label=int(label)
        )
        for image, label in zip(images, labels, strict=True)
        if hashlib.sha256(image.tobytes()).hexdigest() not in kept_away
    ]
