"""Which files training may open: only `open/`, nothing share-alike, and none of the never-seen ones of `splits.json`."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

SPLITS = json.loads((Path(__file__).parent / "splits.json").read_text())

# Domain -> glob patterns in the data folder. msd_hippocampus (CC BY-SA) and research_only are named by none. The hippocampus
# crop of the MR study is cut from slices that are kept away, so it is not named either.
PATTERNS: dict[str, tuple[str, ...]] = {
    "chest": ("open/pneumoniamnist/*.npz",),
    "ultrasound": ("open/busi_256/*/*.png",),
    "blood": ("open/bccd/images/*.jpg",),
    "nuclei": ("open/dsb2018_nuclei/images/*.png",),
    "ct": ("open/ct_series_ge_tilt_varspacing/*.dcm", "open/ct_nifti_totalseg/example_ct*.nii.gz"),
    "mr": ("open/mr_series_udacity_study2/14-T1post-22014/*.dcm",),
    # Sample files of every kind; each goes to the domain that its header names.
    "other": ("open/dicom_files/**/*",),
}


@dataclass(frozen=True)
class NeverSeen:
    """Files kept away from training, by path and by the sha256 of their bytes, whatever they are called."""

    paths: frozenset[str]
    digests: frozenset[str]


def never_seen() -> NeverSeen:
    files = {path: digest for entry in SPLITS["neverSeen"].values() for path, digest in entry.items()}
    return NeverSeen(frozenset(files), frozenset(files.values()))


def list_training(data: Path) -> dict[str, list[str]]:
    """Domain -> paths relative to `data`, sorted; raises FileNotFoundError when there are none at all."""
    kept_away = never_seen().paths
    listed: dict[str, list[str]] = {}
    for domain, patterns in PATTERNS.items():
        found = {path.relative_to(data).as_posix() for pattern in patterns for path in data.glob(pattern) if path.is_file()}
        listed[domain] = sorted(found - kept_away)
    if not any(listed.values()):
        raise FileNotFoundError(f"no training files in {data}: expected folders such as open/busi_256 (see README.md)")
    return listed


def read_allowed(data: Path, path: str) -> bytes:
    """The bytes of a listed file; raises PermissionError for a never-seen one, also under another name."""
    kept_away = never_seen()
    if path in kept_away.paths:
        raise PermissionError(f"{path} is kept away from training by its name")
    content = (data / path).read_bytes()
    if hashlib.sha256(content).hexdigest() in kept_away.digests:
        raise PermissionError(f"{path} is kept away from training by its content")
    return content


def listing_digest(listed: dict[str, list[str]]) -> str:
    """Says whether two runs list the same files."""
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()
