"""Writes inputs/*.tif and golden.json (versions: ../preprocess/requirements.txt): python make_golden.py

tifffile and Pillow (libtiff) write the files. The expected samples are the arrays the files were written from; both
libraries must read them back wherever they can, which is asserted here. Lossy JPEG: what Pillow reads. Running it again must
change nothing.
"""

import hashlib
import io
import json
import struct
from pathlib import Path

import numpy as np
import PIL
import tifffile
from PIL import Image, ImageOps

HERE = Path(__file__).parent
INPUTS = HERE / "inputs"
ROWS, COLUMNS = 19, 23
TILE = (16, 16)


def samples(dtype: str, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Waves with noise over the range of the type; integer arithmetic, so that it is the same everywhere."""
    y, x, c = np.mgrid[0:ROWS, 0:COLUMNS, 0:channels].astype(np.int64)
    noise = ((y * 7919 + x * 104729 + c * 1299709 + seed * 15485863) * 2654435761 % 2**32) >> 11
    ramp = (x * 37 + y * 91 + c * 53) * 977 + noise % 4096
    kind = np.dtype(dtype)
    if kind.kind == "f":
        values = ((ramp % 8192) - 4096).astype(kind) / kind.type(32)
    else:
        bits = 8 * kind.itemsize
        spread = (ramp * 2654435761 if bits > 16 else ramp) % 2**bits
        values = (spread - (2 ** (bits - 1) if kind.kind == "i" else 0)).astype(kind)
    return values[:, :, 0] if channels == 1 else values


def write(array: np.ndarray, **options) -> bytes:
    out = io.BytesIO()
    options = {"photometric": "rgb" if array.ndim == 3 else "minisblack", "metadata": None, "software": False} | options
    order = {"byteorder": options.pop("byteorder", "<"), "bigtiff": options.pop("bigtiff", False)}
    with tifffile.TiffWriter(out, **order) as tif:
        tif.write(array, **options)
    return out.getvalue()


def packed(bits: int, array: np.ndarray, tags: dict[int, tuple] | None = None) -> bytes:
    """A one-strip TIFF with samples of any depth, rows padded to whole bytes: what tifffile does not write."""
    rows, columns = array.shape
    lines = [np.unpackbits(row.astype(">u2").view(np.uint8)).reshape(columns, 16)[:, 16 - bits :] for row in array]
    pixels = b"".join(np.packbits(line.reshape(-1)).tobytes() for line in lines)
    entries = {256: (3, (columns,)), 257: (3, (rows,)), 258: (3, (bits,)), 259: (3, (1,)), 262: (3, (1,)),
               277: (3, (1,)), 278: (3, (rows,)), 279: (4, (len(pixels),))} | (tags or {})
    body = b"II*\0" + struct.pack("<I", 8)
    place = 8 + 2 + 12 * (len(entries) + 1) + 4
    entries[273] = (4, (place,))
    long_values, late = b"", place + len(pixels)
    body += struct.pack("<H", len(entries))
    for tag, (kind, values) in sorted(entries.items()):
        raw = b"".join(struct.pack({3: "<H", 4: "<I"}[kind], value) for value in values)
        if len(raw) > 4:
            long_values, raw = long_values + raw, struct.pack("<I", late + len(long_values))
        body += struct.pack("<HHI", tag, kind, len(values)) + raw.ljust(4, b"\0")
    return body + struct.pack("<I", 0) + pixels + long_values


def pillow_bytes(image: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, "TIFF", **options)
    return out.getvalue()


def spread(array: np.ndarray, bits: int) -> np.ndarray:
    return (array.astype(int) * 255 // (2**bits - 1)).astype(np.uint8)


def add_depths(add) -> None:
    for dtype in ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float16", "float32", "float64"):
        array = samples(dtype)
        for name, order in (("le", "<"), ("be", ">")):
            add(f"{dtype}-{name}", write(array, byteorder=order, rowsperstrip=5), array)
        add(f"{dtype}-tiles-deflate", write(array, tile=TILE, compression="zlib", predictor=True), array)
    for dtype in ("uint8", "uint16", "int16", "float32"):
        rgb = samples(dtype, 3)
        add(f"{dtype}-rgb", write(rgb), rgb)
        add(f"{dtype}-rgb-planar", write(rgb.transpose(2, 0, 1), planarconfig="separate", rowsperstrip=4), rgb)
        add(f"{dtype}-rgb-planar-tiles", write(rgb.transpose(2, 0, 1), planarconfig="separate", tile=TILE), rgb)
        add(f"{dtype}-rgb-bigtiff-be", write(rgb, bigtiff=True, byteorder=">", compression="lzw", predictor=True), rgb)
    bilevel = samples("uint8") > 127
    add("uint1", write(bilevel), np.where(bilevel, 255, 0).astype(np.uint8))
    for bits in (2, 4):
        low = samples("uint8") >> (8 - bits)
        add(f"uint{bits}", packed(bits, low), spread(low, bits))
    for bits in (10, 12, 14):
        low = samples("uint16") >> (16 - bits)
        add(f"uint{bits}", packed(bits, low), low, bits=bits)


def add_codings(add) -> None:
    for dtype in ("uint8", "uint16", "int32", "float32", "float64"):
        array = samples(dtype)
        for coding in ("lzw", "zlib", "packbits", "zstd"):
            if coding == "packbits" and array.dtype.itemsize > 2:
                continue
            for predictor in (False, True) if coding != "packbits" else (False,):
                name = f"{dtype}-{coding}" + ("-predictor" if predictor else "")
                add(name, write(array, compression=coding, predictor=predictor, rowsperstrip=7), array)
    for dtype in ("uint16", "float32"):
        for order in "<>":
            rgb = samples(dtype, 3)
            name = f"{dtype}-rgb-tiles-predictor-{'le' if order == '<' else 'be'}"
            add(name, write(rgb, compression="zlib", predictor=True, tile=TILE, byteorder=order), rgb)
    # Long enough for codes of 9 to 12 bits and a full table.
    large = np.tile(samples("uint8", 3), (6, 5, 1))
    add("uint8-lzw-full-table", write(large, compression="lzw"), large)
    add("uint16-deflate-old-code", write(samples("uint16"), compression=32946), samples("uint16"))


def add_colours(add) -> None:
    gray, rgb = samples("uint8"), samples("uint8", 3)
    alpha = samples("uint8", seed=3)
    white = {"photometricInterpretation": "MONOCHROME1"}
    add("uint8-miniswhite", write(gray, photometric="miniswhite"), gray, **white)
    add("uint16-miniswhite", write(samples("uint16"), photometric="miniswhite"), samples("uint16"), **white)
    add("uint1-miniswhite", pillow_bytes(Image.fromarray(gray > 127), tiffinfo={262: 0}), None, **white)
    dropped = {"notes": ["alpha-dropped"]}
    add("rgba8", write(np.dstack([rgb, alpha]), extrasamples=["unassalpha"]), rgb, **dropped)
    add("rgba8-associated", write(np.dstack([rgb, alpha]), extrasamples=["assocalpha"]), rgb, **dropped)
    add("gray-alpha8", write(np.dstack([gray, alpha]), photometric="minisblack", planarconfig="contig",
                             extrasamples=["unassalpha"]), gray, **dropped)
    rgba16 = samples("uint16", 4)
    add("rgba16-planar", write(rgba16.transpose(2, 0, 1), planarconfig="separate", extrasamples=["unassalpha"],
                               compression="zlib"), rgba16[:, :, :3], **dropped)
    five = samples("uint16", 5)
    extra = {"notes": ["extra-samples-dropped"]}
    add("gray16-five-samples", write(five, photometric="minisblack", planarconfig="contig"), five[:, :, 0], **extra)
    colours = samples("uint16", 3).reshape(-1, 3)[:256].T
    for bits in (8, 4):
        index = gray >> (8 - bits)
        colormap = np.ascontiguousarray(colours[:, : 2**bits])
        table = (colormap >> 8).astype(np.uint8).T
        content = (write(index, photometric="palette", colormap=colormap) if bits == 8 else
                   packed(bits, index, {262: (3, (3,)), 320: (3, tuple(int(v) for v in colormap.reshape(-1)))}))
        add(f"palette{bits}", content, table[index], notes=["palette-expanded"])
    cmyk = samples("uint8", 4)
    as_rgb = np.asarray(Image.fromarray(cmyk, "CMYK").convert("RGB"))
    add("cmyk8", write(cmyk, photometric="separated"), as_rgb, notes=["cmyk-converted"])
    icc = (HERE.parent / "preprocess/inputs/swapped.icc").read_bytes()
    add("rgb8-icc", write(rgb, iccprofile=icc), rgb, notes=["icc-profile-ignored"])
    for orientation in range(1, 9):
        content = write(samples("int16"), extratags=[(274, 3, 1, orientation, True)])
        turned = turn(samples("int16"), orientation)
        add(f"orientation{orientation}", content, turned, orientation=orientation)


def turn(array: np.ndarray, orientation: int) -> np.ndarray:
    """Pillow turns an 8-bit image of indexes, which then select the samples."""
    index = np.arange(array.size, dtype=np.int32).reshape(array.shape)
    operation = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    image = Image.fromarray(index)
    return array.reshape(-1)[np.asarray(image if operation is None else image.transpose(Image.Transpose(operation)))]


def add_jpeg(add) -> None:
    rgb, gray = Image.fromarray(np.tile(samples("uint8", 3), (2, 2, 1))), Image.fromarray(samples("uint8"))
    for name, image in (("ycbcr", rgb), ("gray", gray)):
        add(f"jpeg-{name}", pillow_bytes(image, compression="jpeg", quality=90), None)
    strips = pillow_bytes(rgb, compression="jpeg", quality=80, strip_size=rgb.width * 3 * 16)
    add("jpeg-ycbcr-strips", strips, None)
    array = np.asarray(rgb)
    tiles = {"compression": "jpeg", "tile": TILE}
    add("jpeg-rgb-tiles", write(array, photometric="rgb", **tiles), None)
    add("jpeg-ycbcr-tiles", write(array, photometric="ycbcr", subsampling=(2, 2), **tiles), None)


def add_pages(add) -> None:
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as tif:
        thumbnail = samples("uint8")[::4, ::4]
        for page in range(3):
            tif.write(samples("uint16", seed=page), photometric="minisblack", metadata=None, software=False)
            tif.write(thumbnail, photometric="minisblack", metadata=None, software=False, subfiletype=1)
    pages = [samples("uint16", seed=page) for page in range(3)]
    add("pages3", out.getvalue(), pages[0], notes=["first-page-of-3"], pages=[digest(page) for page in pages])
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=True, byteorder=">") as tif:
        tif.write(samples("uint8"), photometric="minisblack", metadata=None, software=False)
        tif.write(samples("float32", 3), photometric="rgb", metadata=None, software=False)
    mixed = [samples("uint8"), samples("float32", 3)]
    add("pages-mixed-bigtiff", out.getvalue(), mixed[0], notes=["first-page-of-2"], pages=[digest(p) for p in mixed])


# File, window (stored values), target height and width.
PREPARED = [
    ("uint8-le", "full", 32, 48), ("uint8-le", "full", 8, 16), ("uint8-rgb-planar", "full", 16, 16),
    ("uint8-miniswhite", "full", 32, 32), ("uint16-be", "full", 32, 32), ("uint16-be", "auto", 16, 32),
    ("uint16-miniswhite", "full", 32, 32), ("uint16-rgb", "full", 16, 32), ("uint12", "full", 32, 32),
    ("int16-le", "full", 32, 32), ("int16-le", "auto", 16, 16), ("int16-le", (-600, 15000), 32, 32),
    ("int32-lzw", "full", 32, 32), ("int8-be", "full", 32, 32), ("float32-le", "full", 32, 32),
    ("float32-be", "auto", 16, 48), ("float32-le", (10.5, 100.25), 32, 32), ("float16-le", "full", 32, 32),
    ("float64-zlib-predictor", "full", 16, 16), ("float32-rgb", "full", 32, 32), ("orientation6", "auto", 32, 32),
]


def to_levels(stored: np.ndarray, bits: int, window) -> np.ndarray:
    """The declared mapping (docs/concepts/preprocessing.md), written again with numpy's doubles."""
    v = stored.astype(np.float64)
    kind = stored.dtype.kind
    if isinstance(window, tuple):
        center, width = window
        shift, length = (0.0, width) if kind == "f" else (0.5, width - 1)
        level = np.floor(((v - (center - shift)) / length + 0.5) * 255 + 0.5)
        low = center - shift - length / 2
        return np.where(v <= low, 0, np.where(v > low + length, 255, level)).astype(np.uint8)
    low, high = v.min(), v.max()
    if window == "full" and kind != "f":
        low = -(2.0 ** (bits - 1)) if kind == "i" else 0.0
        high = low + 2.0**bits - 1
    return np.clip(np.floor((v - low) * 255 / (high - low) + 0.5), 0, 255).astype(np.uint8)


def prepare(stored: np.ndarray, case: dict, window, height: int, width: int) -> str:
    levels = to_levels(stored, case["bitsStored"], window)
    if case["photometricInterpretation"] == "MONOCHROME1":
        levels = 255 - levels
    return digest(np.asarray(Image.fromarray(levels).resize((width, height), Image.Resampling.BILINEAR)))


def digest(array: np.ndarray) -> str:
    widened = array.astype(np.float32) if array.dtype == np.float16 else array
    return hashlib.sha256(np.ascontiguousarray(widened).astype(widened.dtype.newbyteorder("<")).tobytes()).hexdigest()


def check_with_readers(name: str, content: bytes, expected: np.ndarray, fields: dict) -> list[str]:
    """Which of the two libraries read exactly the expected samples; what one reads otherwise must be a known difference."""
    agreed = []
    notes = fields.get("notes", [])
    image = Image.open(io.BytesIO(content)) if opens(content) else None
    if image is not None:
        read = np.asarray(ImageOps.exif_transpose(image))
        if image.mode in ("P", "PA", "CMYK", "RGBA", "RGBX", "LA"):
            read = np.asarray(image.convert("L" if image.mode == "LA" else "RGB"))
        if image.mode == "1":
            read = read.astype(np.uint8) * 255
        if fields.get("photometricInterpretation") == "MONOCHROME1" and image.mode in ("1", "L"):
            read = 255 - read
        if read.shape == expected.shape and (read == expected).all():
            agreed.append("pillow")
    if "cmyk-converted" not in notes and "palette-expanded" not in notes and "orientation" not in fields:
        try:
            read = tifffile.imread(io.BytesIO(content), key=0)
        except ValueError:
            read = np.zeros(0)
        if name.startswith(("rgba16-planar",)) or "planar" in name:
            read = read.transpose(1, 2, 0)
        wanted = expected.shape
        if read.ndim == 3 and read.shape[2] > (1 if len(wanted) == 2 else wanted[2]):
            read = read[:, :, 0] if len(wanted) == 2 else read[:, :, : wanted[2]]
        if read.dtype == bool:
            read = read.astype(np.uint8) * 255
        if name in ("uint2", "uint4"):
            read = spread(read, int(name[4:]))
        if read.shape == wanted and np.array_equal(read, expected):
            agreed.append("tifffile")
    return agreed


def opens(content: bytes) -> bool:
    try:
        Image.open(io.BytesIO(content)).load()
        return True
    except (OSError, ValueError, SyntaxError, KeyError):
        return False


def representation(dtype: np.dtype) -> str:
    return {"u": "unsigned", "i": "signed", "f": "float"}[dtype.kind]


def main() -> None:
    INPUTS.mkdir(exist_ok=True)
    cases, stored = [], {}

    def add(name, content, expected, *, bits=None, orientation=1, notes=(), pages=None, **fields):
        (INPUTS / f"{name}.tif").write_bytes(content)
        if expected is None:
            image = Image.open(io.BytesIO(content))
            expected = np.asarray(image)
            if image.mode == "1":
                # Pillow shows white as 255; stored, it is 0 here.
                expected = 255 - expected.astype(np.uint8) * 255
        known = {"notes": list(notes), **fields} | ({} if orientation == 1 else {"orientation": orientation})
        readers = check_with_readers(name, content, expected, known)
        assert readers or "jpeg" in name or orientation != 1, name
        stored[name] = expected
        cases.append({
            "file": f"{name}.tif",
            "rows": expected.shape[0],
            "columns": expected.shape[1],
            "samplesPerPixel": 1 if expected.ndim == 2 else 3,
            "bitsStored": bits or 8 * expected.dtype.itemsize,
            "pixelRepresentation": representation(expected.dtype),
            "photometricInterpretation": fields.get("photometricInterpretation", "MONOCHROME2" if expected.ndim == 2 else "RGB"),
            "exifOrientation": orientation,
            "notes": " ".join([*notes, *([] if orientation == 1 else ["exif-orientation-applied"])]),
            "sha256": digest(expected),
            **({} if pages is None else {"pages": pages}),
            "readBy": " ".join(readers),
        })

    for group in (add_depths, add_codings, add_colours, add_jpeg, add_pages):
        group(add)
    unsupported = Image.fromarray(samples("uint8") > 127)
    (INPUTS / "unsupported-group4.tif").write_bytes(pillow_bytes(unsupported, compression="group4"))
    (INPUTS / "unsupported-uint64.tif").write_bytes(write(samples("uint32").astype(np.uint64)))
    (INPUTS / "unsupported-lzma.tif").write_bytes(write(samples("uint8"), compression="lzma"))
    by_file = {case["file"]: case for case in cases}
    prepared = [
        {"file": f"{name}.tif", "window": window if isinstance(window, str) else f"{window[0]},{window[1]}", "height": height,
         "width": width, "sha256": prepare(stored[name], by_file[f"{name}.tif"], window, height, width)}
        for name, window, height, width in PREPARED
    ]
    made = {"tifffile": tifffile.__version__, "pillow": PIL.__version__, "numpy": np.__version__}
    (HERE / "golden.json").write_text(json.dumps({"madeWith": made, "cases": cases, "prepared": prepared}, indent=2) + "\n")


if __name__ == "__main__":
    main()
