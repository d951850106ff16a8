"""Writes inputs/*.bmp, inputs/*.gif and golden.json (versions: ../preprocess/requirements.txt): python make_golden.py

BMP files are written here byte by byte, since Pillow writes few of the forms; GIF files by Pillow. The expected samples are what
Pillow reads; where it cannot or reads a form otherwise, that is said beside the case and the array written is expected.
"""

import hashlib
import io
import json
import struct
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageSequence

HERE = Path(__file__).parent
INPUTS = HERE / "inputs"
ROWS, COLUMNS = 13, 19

y, x = np.mgrid[0:ROWS, 0:COLUMNS]
NOISE = (y * 7919 + x * 104729) * 2654435761 % 2**32 >> 11
INDEX = (NOISE % 256).astype(np.uint8)
COLOURS = ((np.arange(256 * 3).reshape(256, 3) * 37 + np.array([11, 83, 151])) % 256).astype(np.uint8)
GRAYS = np.repeat(np.arange(255, -1, -1, dtype=np.uint8)[:, None], 3, 1)
RGB = COLOURS[INDEX]


def bmp(pixels: bytes, bits: int, *, palette=None, compression=0, header=40, masks=b"", height=ROWS, core=False, used=0) -> bytes:
    """A BMP file; `masks` follow a header of 40 bytes, and lie inside a longer one."""
    table = b"" if palette is None else b"".join(bytes(entry[::-1]) + (b"" if core else b"\0") for entry in palette)
    if core:
        info = struct.pack("<IHHHH", 12, COLUMNS, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, COLUMNS, height, 1, bits, compression, len(pixels), 2835, 2835, used, 0)
        info = (info + masks).ljust(max(header, 40 + len(masks)), b"\0")
    offset = 14 + len(info) + len(table)
    return struct.pack("<2sIHHI", b"BM", offset + len(pixels), 0, 0, offset) + info + table + pixels


def lines(words: np.ndarray, top_down=False) -> bytes:
    """Rows of bytes, padded to 32 bits, the lowest first."""
    padded = [row.tobytes() + b"\0" * (-len(row.tobytes()) % 4) for row in words]
    return b"".join(padded if top_down else padded[::-1])


def nibbles(index: np.ndarray, bits: int) -> np.ndarray:
    planes = np.unpackbits(index[:, :, None], axis=2)[:, :, 8 - bits :]
    return np.packbits(planes.reshape(index.shape[0], -1), axis=1)


def packed16(rgb: np.ndarray, widths: tuple[int, int, int]) -> np.ndarray:
    r, g, b = ((rgb[:, :, c].astype(np.uint16) >> (8 - widths[c])) for c in range(3))
    return (r << (widths[1] + widths[2]) | g << widths[2] | b).astype("<u2").view(np.uint8)


def rle8(index: np.ndarray) -> bytes:
    """Runs, plain pieces and, in the middle, a jump over pixels which stay at index 0."""
    out = b""
    for row in index[::-1]:
        out += bytes([5, int(row[0]), 0, 5]) + row[5:10].tobytes() + b"\0"
        out += bytes([0, 2, 3, 0]) + bytes([0, 6]) + row[13:19].tobytes() + b"\0\0"
    return out + b"\0\1"


def rle8_pixels(index: np.ndarray) -> np.ndarray:
    copy = index.copy()
    copy[:, :5] = copy[:, :1]
    copy[:, 10:13] = 0
    return copy


def rle4(index: np.ndarray) -> bytes:
    out = b""
    for row in index[::-1]:
        pair = int(row[0]) << 4 | int(row[1])
        plain = nibbles(row[None, 7:19], 4)[0].tobytes()
        out += bytes([7, pair, 0, 12]) + plain + b"\0\0"
    return out + b"\0\1"


def rle4_pixels(index: np.ndarray) -> np.ndarray:
    copy = index.copy()
    for column in range(7):
        copy[:, column] = index[:, column % 2]
    return copy


def bmp_cases():
    """Name, file, samples that were written (None: Pillow's word alone), notes."""
    expanded = ["palette-expanded"]
    for bits in (1, 4, 8):
        low = INDEX >> (8 - bits)
        table = COLOURS[: 2**bits]
        yield f"palette{bits}", bmp(lines(nibbles(low, bits)), bits, palette=table), table[low], expanded
        yield f"os2-palette{bits}", bmp(lines(nibbles(low, bits)), bits, palette=table, core=True), table[low], expanded
        grays = GRAYS[:: 255 // (2**bits - 1)]
        yield f"gray{bits}", bmp(lines(nibbles(low, bits)), bits, palette=grays), grays[low][:, :, 0], []
    short = INDEX % 100
    yield "palette8-used100", bmp(lines(short), 8, palette=COLOURS[:100], used=100), COLOURS[short], expanded
    yield "palette8-top-down", bmp(lines(INDEX, True), 8, palette=COLOURS, height=-ROWS), RGB, expanded
    bgr = RGB[:, :, ::-1].reshape(ROWS, -1)
    yield "rgb24", bmp(lines(bgr), 24), RGB, []
    yield "rgb24-top-down", bmp(lines(bgr, True), 24, height=-ROWS), RGB, []
    yield "os2-rgb24", bmp(lines(bgr), 24, core=True), RGB, []
    bgrx = np.dstack([RGB[:, :, ::-1], INDEX]).reshape(ROWS, -1)
    yield "rgb32", bmp(lines(bgrx), 32), RGB, []
    masks = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
    yield "rgb32-masks", bmp(lines(bgrx), 32, compression=3, masks=masks), RGB, []
    alpha = masks + struct.pack("<I", 0xFF000000)
    yield "rgba32-v4", bmp(lines(bgrx), 32, compression=3, header=108, masks=alpha), RGB, ["alpha-dropped"]
    rgbx = np.dstack([INDEX, RGB]).reshape(ROWS, -1)
    order = struct.pack("<IIII", 0xFF00, 0xFF0000, 0xFF000000, 0xFF)
    yield "rgba32-v5-other-order", bmp(lines(rgbx), 32, compression=3, header=124, masks=order), RGB, ["alpha-dropped"]
    down = {5: (RGB >> 3).astype(int) * 255 // 31, 6: (RGB >> 2).astype(int) * 255 // 63}
    yield "rgb555", bmp(lines(packed16(RGB, (5, 5, 5))), 16), down[5].astype(np.uint8), []
    mixed = np.dstack([down[5][:, :, 0], down[6][:, :, 1], down[5][:, :, 2]]).astype(np.uint8)
    masks565 = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    yield "rgb565", bmp(lines(packed16(RGB, (5, 6, 5))), 16, compression=3, masks=masks565), mixed, []
    index4 = INDEX >> 4
    yield "rle8", bmp(rle8(INDEX), 8, palette=COLOURS, compression=1), COLOURS[rle8_pixels(INDEX)], expanded
    yield "rle4", bmp(rle4(index4), 4, palette=COLOURS[:16], compression=2), COLOURS[rle4_pixels(index4)], expanded


def gif(frames: list, **options) -> bytes:
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=len(frames) > 1, append_images=frames[1:], **options)
    return out.getvalue()


def indexed(index: np.ndarray, colours: np.ndarray) -> Image.Image:
    image = Image.fromarray(index, "P")
    image.putpalette(colours.tobytes())
    return image


def gif_cases():
    expanded = ["palette-expanded"]
    picture = indexed(INDEX, COLOURS)
    yield "palette", gif([picture], optimize=False), RGB, expanded
    yield "interlaced", gif([picture], interlace=1, optimize=False), RGB, expanded
    yield "not-interlaced", gif([picture], interlace=0, optimize=False), RGB, expanded
    yield "gray", gif([Image.fromarray(INDEX)]), INDEX, []
    two = (INDEX > 127).astype(np.uint8)
    yield "two-colours", gif([indexed(two, COLOURS[:2])], optimize=False), COLOURS[two], expanded
    large = np.tile(INDEX, (12, 14))
    yield "full-table", gif([indexed(large, COLOURS)], optimize=False), COLOURS[large], expanded
    clear = gif([picture], transparency=int(INDEX[0, 0]), optimize=False)
    yield "transparent", clear, RGB, [*expanded, "alpha-dropped"]
    others = [indexed(np.roll(INDEX, step, 0), COLOURS) for step in (1, 2)]
    yield "animated", gif([picture, *others], optimize=False, duration=50), RGB, [*expanded, "first-frame-of-3"]
    # The first frame does not cover the canvas: four columns and two rows more, of the background's colour.
    part = bytearray(gif([picture], optimize=False, background=7))
    part[6:10] = struct.pack("<HH", COLUMNS + 4, ROWS + 2)
    place = part.index(b"," + struct.pack("<HHHH", 0, 0, COLUMNS, ROWS))
    part[place + 1 : place + 5] = struct.pack("<HH", 3, 1)
    part[11] = 7
    canvas = np.broadcast_to(COLOURS[7], (ROWS + 2, COLUMNS + 4, 3)).copy()
    canvas[1 : ROWS + 1, 3 : COLUMNS + 3] = RGB
    yield "part-of-canvas", bytes(part), canvas, expanded


def read_by_pillow(content: bytes) -> np.ndarray | None:
    try:
        image = next(ImageSequence.Iterator(Image.open(io.BytesIO(content))))
        return np.asarray(image.convert("RGB"))
    except (OSError, ValueError):
        return None


def main() -> None:
    INPUTS.mkdir(exist_ok=True)
    cases = []
    for suffix, group in (("bmp", bmp_cases()), ("gif", gif_cases())):
        for name, content, expected, notes in group:
            (INPUTS / f"{name}.{suffix}").write_bytes(content)
            read = read_by_pillow(content)
            colour = np.dstack([expected] * 3) if expected.ndim == 2 else expected
            is_same = read is not None and read.shape == colour.shape and bool((read == colour).all())
            cases.append({
                "file": f"{name}.{suffix}",
                "rows": expected.shape[0],
                "columns": expected.shape[1],
                "samplesPerPixel": 1 if expected.ndim == 2 else 3,
                "notes": " ".join(notes),
                "sha256": hashlib.sha256(np.ascontiguousarray(expected).tobytes()).hexdigest(),
                "isReadByPillow": is_same,
            })
    (HERE / "golden.json").write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=2) + "\n")


if __name__ == "__main__":
    main()
