"""Makes the golden vectors of decoding and preprocessing: inputs, expected samples, golden.json.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python make_golden.py

The references are Pillow (decoding at 8 bits, EXIF, CMYK, resampling), numpy (16-bit mapping, with its own formula) and
imagecodecs (writing lossless and 12-bit JPEG). What Pillow cannot read without loss (16-bit colour) is compared with the
array the file was written from. Running it again must change nothing (test pictures are arithmetic).
"""

import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import PIL
from PIL import Image, ImageOps

from patterns import pattern8, pattern16
from png_writer import write_png

HERE = Path(__file__).parent
INPUTS = HERE / "inputs"
EXPECTED = HERE / "expected"


def store(samples: np.ndarray, keep_pixels: bool) -> dict:
    """sha256 of the little-endian samples; where a tolerance needs them, the samples too, deflated, named by their hash."""
    raw = np.ascontiguousarray(samples).astype(samples.dtype.newbyteorder("<")).tobytes()
    digest = hashlib.sha256(raw).hexdigest()
    if keep_pixels:
        (EXPECTED / f"{digest[:16]}.zz").write_bytes(zlib.compress(raw, 9))
    return {"sha256": digest}


# --- decoding ---------------------------------------------------------------------------------------------------


def exif_block(orientation: int, order: str = "<") -> bytes:
    """A TIFF header with one directory entry: Orientation, SHORT, 1."""
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", 1) + entry + struct.pack(order + "I", 0)


def decoded(samples: np.ndarray, bits: int, notes=(), orientation=1) -> dict:
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    return {
        "rows": samples.shape[0],
        "columns": samples.shape[1],
        "samplesPerPixel": channels,
        "bitsStored": bits,
        "exifOrientation": orientation,
        "notes": " ".join(notes),
    }


def check_against_pillow(name: str, content: bytes, samples: np.ndarray) -> None:
    """The array the file was written from must be what Pillow reads, wherever Pillow reads without loss."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    mode = "L" if samples.ndim == 2 else "RGB"
    if mode == "L" and image.mode == "1":
        image = image.convert("L")
    if image.mode in ("I;16", "I"):
        read = np.asarray(image).astype(np.uint16)
    elif samples.dtype == np.uint16:
        return
    else:
        read = np.asarray(image.convert("RGBA").convert(mode) if image.mode == "P" else image.convert(mode))
    assert read.shape == samples.shape and (read == samples).all(), name


def png_cases():
    gray = pattern8("waves", 21, 27, 1)[:, :, 0]
    rgb = pattern8("waves", 21, 27, 3)
    alpha = pattern8("noise", 21, 27, 1)
    gray16 = pattern16("noise", 13, 11, 1, 16)[:, :, 0]
    rgb16 = pattern16("noise", 13, 11, 3, 16)
    alpha16 = pattern16("noise", 11, 13, 1, 16).reshape(13, 11, 1)
    palette = pattern8("noise", 256, 1, 3).reshape(256, 3)
    plte = (b"PLTE", palette.tobytes())
    yield "gray8", write_png(gray, 8, "gray"), gray, 8, []
    yield "gray8-interlaced", write_png(gray, 8, "gray", True), gray, 8, []
    for depth in (1, 2, 4):
        low = gray >> (8 - depth)
        spread = (low.astype(int) * 255 // (2**depth - 1)).astype(np.uint8)
        yield f"gray{depth}", write_png(low, depth, "gray"), spread, 8, []
        yield f"gray{depth}-interlaced", write_png(low, depth, "gray", True), spread, 8, []
    yield "gray16", write_png(gray16, 16, "gray"), gray16, 16, []
    yield "gray16-interlaced", write_png(gray16, 16, "gray", True), gray16, 16, []
    sbit = write_png(gray16 & 0xFFF0, 16, "gray", before=[(b"sBIT", b"\x0c")])
    yield "gray16-sbit12", sbit, gray16 & 0xFFF0, 16, ["significant-bits-12"]
    dropped = ["alpha-dropped"]
    yield "gray-alpha8", write_png(np.dstack([gray, alpha]), 8, "gray-alpha"), gray, 8, dropped
    yield "gray-alpha16", write_png(np.dstack([gray16, alpha16]), 16, "gray-alpha"), gray16, 16, dropped
    yield "gray8-trns", write_png(gray, 8, "gray", before=[(b"tRNS", b"\0\x10")]), gray, 8, dropped
    yield "rgb8", write_png(rgb, 8, "rgb"), rgb, 8, []
    yield "rgb8-interlaced", write_png(rgb, 8, "rgb", True), rgb, 8, []
    yield "rgb8-trns", write_png(rgb, 8, "rgb", before=[(b"tRNS", b"\0\x10\0\x20\0\x30")]), rgb, 8, dropped
    yield "rgb16", write_png(rgb16, 16, "rgb"), rgb16, 16, []
    yield "rgb-alpha8", write_png(np.dstack([rgb, alpha]), 8, "rgb-alpha"), rgb, 8, dropped
    both16 = np.dstack([rgb16, alpha16])
    yield "rgb-alpha16-interlaced", write_png(both16, 16, "rgb-alpha", True), rgb16, 16, dropped
    for depth in (1, 2, 4, 8):
        index = gray >> (8 - depth)
        used = (b"PLTE", palette[: 2**depth].tobytes())
        content = write_png(index, depth, "palette", depth == 2, before=[used])
        yield f"palette{depth}", content, palette[index], 8, ["palette-expanded"]
    content = write_png(gray, 8, "palette", before=[plte, (b"tRNS", bytes(range(0, 256, 2)))])
    yield "palette8-trns", content, palette[gray], 8, ["palette-expanded", "alpha-dropped"]
    iccp = (b"iCCP", b"test\0\0" + zlib.compress((INPUTS / "swapped.icc").read_bytes(), 9))
    yield "rgb8-icc", write_png(rgb, 8, "rgb", before=[iccp]), rgb, 8, ["icc-profile-ignored"]
    gama = (b"gAMA", struct.pack(">I", 100000))
    yield "rgb8-gamma", write_png(rgb, 8, "rgb", before=[gama]), rgb, 8, []
    actl = (b"acTL", struct.pack(">II", 3, 0))
    yield "rgb8-apng", write_png(rgb, 8, "rgb", before=[actl]), rgb, 8, ["first-frame-of-3"]
    for shape in ((1, 40), (40, 1), (1, 1)):
        line = pattern8("waves", *shape, 1)[:, :, 0]
        yield f"gray8-{shape[0]}x{shape[1]}", write_png(line, 8, "gray"), line, 8, []


def make_profile() -> None:
    """An RGB profile whose red and green primaries are exchanged: applying it would be seen in every pixel."""
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
    count = struct.unpack(">I", profile[128:132])[0]
    offsets = [132 + 12 * i for i in range(count)]
    entries = {bytes(profile[at : at + 4]): at for at in offsets}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    profile[84:100] = bytes(16)
    (INPUTS / "swapped.icc").write_bytes(bytes(profile))


def orientation_cases():
    gray = pattern8("noise", 6, 9, 1)[:, :, 0]
    rgb = pattern8("noise", 6, 9, 3)
    gray16 = pattern16("noise", 6, 9, 1, 16)[:, :, 0]
    for orientation in range(1, 9):
        order = "<" if orientation % 2 else ">"
        exif = (b"eXIf", exif_block(orientation, order))
        place = {"before": [exif]} if orientation % 3 else {"after": [exif]}
        content = write_png(rgb, 8, "rgb", **place)
        turned = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
        yield f"exif{orientation}", content, turned, 8, orientation
    exif = (b"eXIf", exif_block(6))
    turn = lambda a: np.rot90(a, -1)
    yield "exif6-gray8", write_png(gray, 8, "gray", before=[exif]), turn(gray), 8, 6
    yield "exif6-gray16", write_png(gray16, 16, "gray", before=[exif]), turn(gray16), 16, 6


def jpeg_bytes(image: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def without_segment(content: bytes, marker: int) -> bytes:
    at = content.index(bytes([0xFF, marker]))
    length = struct.unpack(">H", content[at + 2 : at + 4])[0]
    return content[:at] + content[at + 2 + length :]


def jpeg_cases():
    rgb = Image.fromarray(np.dstack([pattern8("waves", 45, 61, 1)[:, :, 0], *(pattern8("waves", 61, 45, 2).T)]))
    gray = Image.fromarray(pattern8("waves", 45, 61, 1)[:, :, 0])
    yield "gray", jpeg_bytes(gray, quality=90), []
    yield "gray-progressive", jpeg_bytes(gray, quality=90, progressive=True), []
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        yield f"ycc{name}", jpeg_bytes(rgb, quality=90, subsampling=subsampling), []
    yield "ycc420-progressive", jpeg_bytes(rgb, quality=85, progressive=True), []
    yield "ycc420-restarts", jpeg_bytes(rgb, quality=85, restart_marker_blocks=3), []
    yield "ycc420-q30", jpeg_bytes(rgb, quality=30), []
    yield "rgb-adobe", jpeg_bytes(rgb, quality=90, keep_rgb=True), []
    icc = (INPUTS / "swapped.icc").read_bytes()
    yield "ycc420-icc", jpeg_bytes(rgb, quality=90, icc_profile=icc), ["icc-profile-ignored"]
    cmyk = Image.fromarray(pattern8("waves", 30, 41, 4), "CMYK")
    converted = ["cmyk-converted"]
    adobe = jpeg_bytes(cmyk, quality=95)
    yield "cmyk", adobe, converted
    yield "cmyk-no-adobe", without_segment(adobe, 0xEE), converted
    # The same samples read as YCCK: byte 11 of the Adobe segment says how.
    at = adobe.index(b"Adobe") + 11
    yield "ycck", adobe[:at] + b"\x02" + adobe[at + 1 :], converted
    for shape in ((1, 40), (40, 1), (1, 1)):
        yield f"gray-{shape[0]}x{shape[1]}", jpeg_bytes(Image.fromarray(pattern8("waves", *shape, 1)[:, :, 0])), []
    exif = b"Exif\0\0" + exif_block(8, ">")
    yield "ycc-exif8", jpeg_bytes(rgb, quality=90, exif=exif), ["exif-orientation-applied"]


def lossless_cases():
    gray8 = pattern8("waves", 17, 23, 1)[:, :, 0]
    rgb8 = pattern8("waves", 17, 23, 3)
    for predictor in range(1, 8):
        gray16 = pattern16("noise", 9, 13, 1, 16)[:, :, 0]
        for name, samples, bits in (("gray8", gray8, 8), ("gray16", gray16, 16), ("rgb8", rgb8, 8)):
            content = imagecodecs.jpeg8_encode(samples, lossless=True, bitspersample=bits, predictor=predictor)
            assert (imagecodecs.jpeg8_decode(content) == samples).all()
            yield f"lossless-{name}-p{predictor}", content, samples, bits
    for bits in (10, 12):
        samples = pattern16("waves", 17, 23, 1, bits)[:, :, 0]
        content = imagecodecs.jpeg8_encode(samples, lossless=True, bitspersample=bits, predictor=1)
        yield f"lossless-gray{bits}", content, samples, bits


def make_decoding() -> list:
    cases = []

    def add(name, suffix, content, entry):
        (INPUTS / f"{name}.{suffix}").write_bytes(content)
        cases.append({"file": f"{name}.{suffix}", **entry})

    for name, content, samples, bits, notes in png_cases():
        check_against_pillow(name, content, samples)
        add(name, "png", content, {**decoded(samples, bits, notes), **store(samples, False)})
    for name, content, samples, bits, orientation in orientation_cases():
        notes = ["exif-orientation-applied"] if orientation != 1 else []
        entry = decoded(samples, bits, notes, orientation)
        add(name, "png", content, {**entry, **store(samples, False)})
    for name, content, samples, bits in lossless_cases():
        add(name, "jpg", content, {**decoded(samples, bits), **store(samples, False)})
    for name, content, notes in jpeg_cases():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        samples = np.asarray(image if image.mode == "L" else image.convert("RGB"))
        orientation = 8 if "exif-orientation-applied" in notes else 1
        entry = decoded(samples, 8, notes, orientation)
        add(f"jpeg-{name}", "jpg", content, {**entry, **store(samples, False)})
    return cases


# --- preprocessing ----------------------------------------------------------------------------------------------


def half_up(value: float) -> int:
    return int(np.floor(value + 0.5))


def to_levels(samples: np.ndarray, bits: int, window) -> np.ndarray:
    """The declared mapping, in exact rational arithmetic on int64 where it is linear, as doubles for the DICOM window."""
    v = samples.astype(np.int64)
    if window in ("full", "auto"):
        low, high = (0, 2**bits - 1) if window == "full" else (int(v.min()), int(v.max()))
        if high <= low:
            return np.zeros(v.shape, np.uint8)
        return np.clip((2 * 255 * (v - low) + (high - low)) // (2 * (high - low)), 0, 255).astype(np.uint8)
    center, width = window
    x = v.astype(np.float64)
    inside = np.floor(((x - (center - 0.5)) / max(width - 1, 1e-9) + 0.5) * 255 + 0.5)
    low, high = center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
    return np.where(x <= low, 0, np.where(x > high, 255, inside)).astype(np.uint8)


def resize_stretch(image, height, width):
    return image.resize((width, height), Image.Resampling.BILINEAR)


def resize_crop(image, height, width):
    """Largest centred box of the target's aspect, handed to Pillow's resampler."""
    scale = max(width / image.width, height / image.height)
    w, h = min(image.width, width / scale), min(image.height, height / scale)
    left, top = (image.width - w) / 2, (image.height - h) / 2
    box = (left, top, min(image.width, left + w), min(image.height, top + h))
    return image.resize((width, height), Image.Resampling.BILINEAR, box=box)


def resize_fit(image, height, width):
    scale = min(width / image.width, height / image.height)
    w, h = max(1, half_up(image.width * scale)), max(1, half_up(image.height * scale))
    canvas = Image.new(image.mode, (width, height), 0)
    canvas.paste(resize_stretch(image, h, w), ((width - w) // 2, (height - h) // 2))
    return canvas


RESIZE = {"stretch": resize_stretch, "crop": resize_crop, "fit": resize_fit}

# pattern, rows, columns, channels, bits, window, target height, target width
PREPROCESSING = [
    ("noise", 28, 28, 1, 8, "full", 112, 112),
    ("waves", 28, 28, 1, 8, "full", 224, 224),
    ("noise", 37, 29, 3, 8, "full", 64, 48),
    ("noise", 29, 37, 1, 8, "full", 48, 64),
    ("noise", 65, 63, 1, 8, "full", 64, 64),
    ("noise", 63, 65, 3, 8, "full", 64, 64),
    ("noise", 1, 57, 1, 8, "full", 32, 32),
    ("noise", 57, 1, 3, 8, "full", 32, 32),
    ("noise", 1, 1, 3, 8, "full", 16, 16),
    ("noise", 2, 3, 1, 8, "full", 48, 48),
    ("noise", 64, 64, 3, 8, "full", 64, 64),
    ("noise", 64, 200, 1, 8, "full", 64, 64),
    ("noise", 200, 64, 1, 8, "full", 64, 64),
    ("noise", 1024, 1024, 1, 8, "full", 64, 64),
    ("noise", 1000, 701, 3, 8, "full", 48, 64),
    ("waves", 1531, 2047, 1, 8, "full", 64, 64),
    ("noise", 5, 5000, 1, 8, "full", 32, 64),
    ("noise", 3000, 7, 1, 8, "full", 64, 32),
    ("noise", 301, 299, 1, 16, "full", 64, 64),
    ("waves", 301, 299, 1, 12, "full", 64, 64),
    ("noise", 120, 90, 3, 16, "full", 48, 48),
    ("waves", 120, 90, 1, 16, "auto", 48, 48),
    ("noise", 120, 90, 1, 12, "auto", 48, 48),
    ("noise", 120, 90, 1, 12, (2000, 1500), 48, 48),
    ("noise", 120, 90, 1, 16, (40000.5, 12345.25), 48, 48),
    ("noise", 120, 90, 3, 8, (100, 80), 48, 48),
    ("noise", 90, 120, 1, 8, (128, 1), 48, 48),
]


def make_preprocessing() -> list:
    cases = []
    for number, (name, rows, columns, channels, bits, window, height, width) in enumerate(PREPROCESSING):
        stored = pattern8(name, rows, columns, channels) if bits == 8 else pattern16(name, rows, columns, channels, bits)
        levels = to_levels(stored, bits, window)
        image = Image.fromarray(levels[:, :, 0] if channels == 1 else levels)
        for mode, resize in RESIZE.items():
            case = f"{number:02d}-{mode}"
            samples = np.asarray(resize(image, height, width))
            cases.append(
                {
                    "name": case,
                    "pattern": name,
                    "rows": rows,
                    "columns": columns,
                    "channels": channels,
                    "bits": bits,
                    "window": window if isinstance(window, str) else f"{window[0]},{window[1]}",
                    "resize": mode,
                    "height": height,
                    "width": width,
                    **store(samples, True),
                }
            )
    return cases


def main() -> None:
    INPUTS.mkdir(exist_ok=True)
    EXPECTED.mkdir(exist_ok=True)
    make_profile()
    extended = imagecodecs.jpeg8_encode(pattern16("waves", 17, 23, 1, 12)[:, :, 0], level=90, bitspersample=12)
    (INPUTS / "unsupported-jpeg-12bit.jpg").write_bytes(extended)
    golden = {
        "madeWith": {"pillow": PIL.__version__, "numpy": np.__version__, "imagecodecs": imagecodecs.__version__},
        "decoding": make_decoding(),
        "preprocessing": make_preprocessing(),
    }
    (HERE / "golden.json").write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    main()
