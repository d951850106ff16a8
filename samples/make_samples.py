"""Makes the sample images of this folder from the open data sets, the same bytes every time.

    python samples/make_samples.py [--data DIR] [--check]

DIR holds pneumoniamnist/, busi_256/, bccd/, dsb2018_nuclei/, ct_series_siemens_j2k/ and dicom_files/ (default:
../shared/data/open beside the repository). With --check nothing is written; the exit code is 1 when a file differs. Needs
numpy 2.4.6, Pillow 13.0.0, pydicom 3.0.2, pylibjpeg 2.1.0 and pylibjpeg-openjpeg 2.6.0.

The images are the first ones of each class in the order of the data set, not chosen for looking good. Query images come from
the validation split and are not in the training split, so that they are no examples in disguise. The slices are windowed to
8 bits and hold pixels only: nothing of a DICOM header travels.
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image

HERE = Path(__file__).resolve().parent
CLASSES = {"normal": 0, "pneumonia": 1}
EXAMPLES_PER_CLASS = 5
QUERIES_PER_CLASS = 2
# None of these was used to train the demo encoder.
COPIES = {
    "ultrasound/ultrasound.png": "busi_256/benign/benign_(103).png",
    "blood-smear/blood-smear.jpg": "bccd/images/BloodImage_00012.jpg",
    "nuclei/nuclei.png": "dsb2018_nuclei/images/072ff14c1d3245bf.png",
}
# The files of a series, of which the middle one is taken, then centre and width of the window in the unit of the rescaled values:
# soft tissue in Hounsfield units, and the range in which this MR slice has its tissues. The demo encoder has never seen the CT
# series; the MR slice it has.
SLICES = {
    "ct/ct-abdomen.png": ("ct_series_siemens_j2k/CT.*", 40, 400),
    "mr/mr-abdomen.png": ("dicom_files/pydicom_wheel/examples_overlay.dcm", 410, 820),
}


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def chest_xrays(npz_path: Path) -> dict[str, bytes]:
    data = np.load(npz_path)
    train, train_labels = data["train_images"], data["train_labels"].ravel()
    seen = {image.tobytes() for image in train}
    fresh = np.array([image.tobytes() not in seen for image in data["val_images"]])
    val, val_labels = data["val_images"][fresh], data["val_labels"].ravel()[fresh]
    files = {}
    for name, label in CLASSES.items():
        examples = train[train_labels == label][:EXAMPLES_PER_CLASS]
        queries = val[val_labels == label][:QUERIES_PER_CLASS]
        for number, pixels in enumerate(examples, start=1):
            files[f"chest-xray/examples/{name}-{number}.png"] = png(pixels)
        for number, pixels in enumerate(queries, start=1):
            files[f"chest-xray/queries/{name}-{number}.png"] = png(pixels)
    return files


def windowed_slice(data: Path, pattern: str, center: float, width: float) -> bytes:
    """Levels by DICOM PS3.3 C.11.2.1.3.2 (linear exact): ((value - center) / width + 1/2) * 255, clipped and rounded."""
    files = sorted(data.glob(pattern))
    dataset = pydicom.dcmread(files[len(files) // 2])
    values = dataset.pixel_array * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))
    levels = np.clip(((values - center) / width + 0.5) * 255 + 0.5, 0, 255)
    return png(levels.astype(np.uint8))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared/data/open")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    files = chest_xrays(options.data / "pneumoniamnist/pneumoniamnist_dev.npz")
    files |= {target: (options.data / source).read_bytes() for target, source in COPIES.items()}
    files |= {target: windowed_slice(options.data, *of) for target, of in SLICES.items()}
    differing = [name for name, content in files.items() if not same(HERE / name, content)]
    if options.check:
        print("\n".join(f"{name} differs" for name in differing) or f"{len(files)} files agree")
        return 1 if differing else 0
    for name in differing:
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_bytes(files[name])
    print(f"{len(differing)} of {len(files)} files written, {sum(map(len, files.values()))} bytes in all")
    return 0


def same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


if __name__ == "__main__":
    sys.exit(main())
