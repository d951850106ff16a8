"""A data folder in the layout of training, of drawn shapes: every domain, and files that must never be opened."""

import json
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

SPLITS = json.loads((Path(__file__).resolve().parents[3] / "triton-models/demo/splits.json").read_text())
# Of each set with never-seen files, this many are laid beside the others.
KEPT_AWAY = 2


def blobs(rng: np.random.Generator, side: int) -> tuple[np.ndarray, np.ndarray]:
    """UINT8 [side, side, 3] with bright discs on noise, and the number of the disc at each pixel."""
    image = rng.integers(0, 60, (side, side, 3))
    instances = np.zeros((side, side), np.uint16)
    y, x = np.mgrid[:side, :side]
    for number in range(1, 6):
        centre, radius = rng.uniform(0, side, 2), rng.uniform(side / 16, side / 6)
        inside = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2
        image[inside] = rng.integers(100, 255, 3)
        instances[inside] = number
    return image.astype(np.uint8), instances


def write_image(path: Path, rng: np.random.Generator, side: int) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    image, instances = blobs(rng, side)
    Image.fromarray(image).save(path)
    return instances


def write_dicom(path: Path, rng: np.random.Generator, modality: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = (blobs(rng, 96)[0].mean(axis=2) * 4).astype(np.int16)
    file = Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file.file_meta.MediaStorageSOPClassUID = file.SOPClassUID = generate_uid(entropy_srcs=["class"])
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID = generate_uid(entropy_srcs=[str(path.name)])
    file.Modality, file.PhotometricInterpretation, file.SamplesPerPixel = modality, "MONOCHROME2", 1
    file.Rows, file.Columns = pixels.shape
    file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 16, 16, 15, 1
    file.RescaleSlope, file.RescaleIntercept = 1, -300
    file.PixelData = pixels.tobytes()
    file.save_as(path, enforce_file_format=True)


def write_data(folder: Path) -> Path:
    """Also share-alike, research-only and never-seen files, which training must leave alone."""
    rng = np.random.default_rng(0)
    open_sets = folder / "open"
    for kind in ("benign", "malignant", "normal"):
        write_image(open_sets / f"busi_256/{kind}/{kind}_(90{kind.count('n')}).png", rng, 128)
    for index in range(3):
        write_image(open_sets / f"bccd/images/BloodImage_9000{index}.jpg", rng, 160)
        box = "<bndbox><xmin>20</xmin><ymin>30</ymin><xmax>80</xmax><ymax>90</ymax></bndbox>"
        xml = f"<annotation><object><name>RBC</name>{box}</object></annotation>"
        (open_sets / "bccd/annotations").mkdir(exist_ok=True)
        (open_sets / f"bccd/annotations/BloodImage_9000{index}.xml").write_text(xml)
        instances = write_image(open_sets / f"dsb2018_nuclei/images/900{index}.png", rng, 128)
        (open_sets / "dsb2018_nuclei/instances").mkdir(exist_ok=True)
        Image.fromarray(instances).save(open_sets / f"dsb2018_nuclei/instances/900{index}.png")
        write_dicom(open_sets / f"ct_series_ge_tilt_varspacing/{index}.dcm", rng, "CT")
        write_dicom(open_sets / f"mr_series_udacity_study2/14-T1post-22014/9000{index}.dcm", rng, "MR")
        write_dicom(open_sets / f"dicom_files/some/{index}.dcm", rng, "OT")
    (open_sets / "dicom_files/some/broken.dcm").write_bytes(b"DICM, but not really")
    (open_sets / "pneumoniamnist").mkdir()
    images, labels = rng.integers(0, 255, (6, 28, 28)).astype(np.uint8), np.arange(6)[:, None] % 2
    np.savez_compressed(open_sets / "pneumoniamnist/some.npz", train_images=images, train_labels=labels, val_images=images[:0])
    (open_sets / "ct_nifti_totalseg").mkdir()
    volume = (rng.normal(size=(48, 48, 6)).cumsum(axis=0) * 100).astype(np.float32)
    nibabel.Nifti1Image(volume, np.eye(4)).to_filename(open_sets / "ct_nifti_totalseg/example_ct.nii.gz")
    write_forbidden(folder, rng)
    return folder


def write_forbidden(folder: Path, rng: np.random.Generator) -> None:
    for entry in SPLITS["neverSeen"].values():
        for path in sorted(entry)[:KEPT_AWAY]:
            if path.endswith(".dcm"):
                write_dicom(folder / path, rng, "MR")
            else:
                write_image(folder / path, rng, 64)
    write_image(folder / "research_only/ph2/images/IMD000.png", rng, 64)
    write_image(folder / "open/msd_hippocampus/images/slice.png", rng, 64)
    write_dicom(folder / "open/ct_series_siemens_j2k/one", rng, "CT")


def forbidden(path: str) -> bool:
    """Whether training may not open a file with this path relative to the data folder."""
    if path.startswith(("research_only", "open/msd_hippocampus", "open/ct_series_siemens_j2k")):
        return True
    return any(path in entry for entry in SPLITS["neverSeen"].values())
