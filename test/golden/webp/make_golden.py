"""Writes inputs/*.webp and golden.json with Pillow (versions: ../preprocess/requirements.txt): python make_golden.py"""

import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

here = Path(__file__).parent
inputs = here / "inputs"
inputs.mkdir(exist_ok=True)
rng = np.random.default_rng(5)
rows, columns = 37, 29
y, x = np.mgrid[0:rows, 0:columns]
colour = np.stack([x * 8, y * 6, (x * y) % 256], -1) + rng.integers(0, 20, (rows, columns, 3))
colour = np.clip(colour, 0, 255).astype(np.uint8)
alpha = np.where(x + y > 20, 255, 90).astype(np.uint8)
rgb = Image.fromarray(colour)
rgba = Image.fromarray(np.dstack([colour, alpha]))
exif = Image.Exif()
exif[0x0112] = 6

rgb.save(inputs / "lossy.webp", quality=80)
rgb.save(inputs / "lossless.webp", lossless=True)
rgba.save(inputs / "lossy-alpha.webp", quality=80)
rgba.save(inputs / "lossless-alpha.webp", lossless=True, exact=True)
rgb.save(inputs / "turned.webp", lossless=True, exif=exif)
others = [Image.fromarray(255 - colour), Image.fromarray(colour // 2)]
rgb.save(inputs / "animated.webp", save_all=True, append_images=others, lossless=True)

cases = []
for file in sorted(inputs.glob("*.webp")):
    with Image.open(file) as image:
        orientation = image.getexif().get(0x0112, 1)
        pixels = np.asarray(image)[..., :3]
        if orientation == 6:
            pixels = np.rot90(pixels, -1)
        cases.append({
            "file": file.name,
            "rows": pixels.shape[0],
            "columns": pixels.shape[1],
            "exifOrientation": orientation,
            "sha256": hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest(),
        })
(here / "golden.json").write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=2) + "\n")
