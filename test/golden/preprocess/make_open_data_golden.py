"""Digests of what Pillow makes of real images: every tenth PNG and JPEG of an open data folder.

    .venv/bin/python make_open_data_golden.py ../../../../shared/data/open

Only digests are kept, so nothing of the data enters the repository. The test skips where the folder is absent.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps


def digest(samples: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(samples).tobytes()).hexdigest()


def describe(path: Path, root: Path) -> dict:
    image = ImageOps.exif_transpose(Image.open(path))
    entry = {"file": str(path.relative_to(root)), "mode": image.mode}
    if image.mode == "I;16":
        stored = np.asarray(image).astype("<u2")
        levels = ((stored.astype(np.int64) * 510 + 65535) // 131070).astype(np.uint8)
        image, entry["decoded"] = Image.fromarray(levels), digest(stored)
    else:
        image = image.convert("L" if image.mode in ("1", "L", "LA") else "RGB")
        entry["decoded"] = digest(np.asarray(image))
    small = image.resize((224, 224), Image.Resampling.BILINEAR)
    planes = np.stack([np.asarray(small)] * 3) if small.mode == "L" else np.asarray(small).transpose(2, 0, 1)
    return {**entry, "stretch224": digest(planes)}


def main() -> None:
    root = Path(sys.argv[1])
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in (".png", ".jpg", ".jpeg"))
    images = [describe(path, root) for path in files[::10]]
    content = {"madeWith": {"pillow": PIL.__version__}, "images": images}
    (Path(__file__).parent / "open-data.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
