"""Files to arrays of stored values, with what a picture needs to know about them."""

import gzip
import io
import warnings
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

import nibabel
import numpy as np
import pydicom
from PIL import Image, ImageDraw

# Classes of the sub-patch segmentation; -1: not labelled.
CELLS = {"RBC": 2, "WBC": 3, "Platelets": 4}


@dataclass(frozen=True)
class Slice:
    """[H, W] or [H, W, 3]; Hounsfield units as INT16, anything else as UINT8."""

    values: np.ndarray
    modality: str


def decode_image(content: bytes) -> np.ndarray:
    """UINT8 [H, W, 3]."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def stretch(values: np.ndarray) -> np.ndarray:
    """UINT8 between the 0.5th and 99.5th percentile."""
    low, high = np.percentile(values, (0.5, 99.5))
    return (np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255).round().astype(np.uint8)


def decode_dicom(content: bytes) -> list[Slice]:
    """The frames of one file; none when it is not an image, is smaller than 48 pixels or cannot be decoded here.

    The sample sets hold broken files on purpose, so a failure of any kind only means that there is nothing to train on.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = pydicom.dcmread(io.BytesIO(content), force=True)
            modality = str(file.get("Modality", "OT"))
            if modality in ("SEG", "RTDOSE") or "PhotometricInterpretation" not in file:
                return []
            pixels = pydicom.pixels.pixel_array(file)
            if "PALETTE" in file.PhotometricInterpretation:
                pixels = pydicom.pixels.apply_color_lut(pixels, file)
    except Exception:  # noqa: BLE001 - see above
        return []
    colour = file.get("SamplesPerPixel", 1) == 3 or "PALETTE" in file.PhotometricInterpretation
    frames = pixels if pixels.ndim == 3 + colour else pixels[None]
    return [slice_ for frame in frames[:16] if (slice_ := to_slice(frame, modality, colour, file)) is not None]


def to_slice(frame: np.ndarray, modality: str, colour: bool, file: pydicom.Dataset) -> Slice | None:
    if min(frame.shape[:2]) < 48 or frame.min() == frame.max():
        return None
    if colour:
        eight = (
            frame if frame.dtype == np.uint8 else (frame.astype(np.float64) / np.iinfo(frame.dtype).max * 255).astype(np.uint8)
        )
        return Slice(eight, modality)
    if modality == "CT" and frame.dtype != np.uint8:
        units = frame.astype(np.float64) * float(file.get("RescaleSlope", 1)) + float(file.get("RescaleIntercept", 0))
        return Slice(np.clip(units, -1500, 3000).astype(np.int16), modality)
    inverted = file.PhotometricInterpretation == "MONOCHROME1"
    shown = stretch(frame.astype(np.float64))
    return Slice(255 - shown if inverted else shown, modality)


def decode_nifti(content: bytes) -> list[Slice]:
    """Hounsfield slices along all three axes of a CT volume, every second one, as [superior to inferior or anterior to
    posterior, left to right] of the canonical orientation."""
    image = nibabel.as_closest_canonical(nibabel.Nifti1Image.from_bytes(content_of(content)))
    volume = np.clip(np.asarray(image.dataobj, dtype=np.float64), -1500, 3000).astype(np.int16)
    slices = [np.take(volume, index, axis).T[::-1] for axis in range(3) for index in range(0, volume.shape[axis], 2)]
    # Near the ends of a volume there is only air.
    return [Slice(values.copy(), "CT") for values in slices if min(values.shape) >= 48 and values.std() > 100]


def content_of(compressed: bytes) -> bytes:
    return gzip.decompress(compressed) if compressed[:2] == b"\x1f\x8b" else compressed


def cell_mask(annotation: bytes, size: tuple[int, int]) -> np.ndarray:
    """Boxes of a VOC file, drawn as ellipses over background: INT8 [H, W]. Platelets last: they lie on top."""
    root = ElementTree.fromstring(annotation)
    mask = Image.new("L", size, 0)
    boxes = [(CELLS[str(item.findtext("name"))], item.find("bndbox")) for item in root.iter("object")]
    for kind, box in sorted(boxes, key=lambda entry: entry[0]):
        edges = [float(box.findtext(edge)) for edge in ("xmin", "ymin", "xmax", "ymax")] if box is not None else []
        if len(edges) == 4 and edges[2] > edges[0] and edges[3] > edges[1]:
            ImageDraw.Draw(mask).ellipse(edges, fill=kind)
    return np.asarray(mask).astype(np.int8)


def nuclei_mask(content: bytes) -> np.ndarray:
    """Instance numbers -> 1 in a nucleus, 0 elsewhere, INT8 [H, W]."""
    return (np.asarray(Image.open(io.BytesIO(content))) > 0).astype(np.int8)
