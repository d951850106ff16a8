"""Writes PNG files of every depth, colour type and interlacing, which no common library does on request.

Written from the PNG specification (third edition): chunks (5.3), Adam7 (8.2), filters (9.2). Rows go through the five
filters in turn, so that a decoder has to undo all of them.
"""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPE = {"gray": 0, "rgb": 2, "palette": 3, "gray-alpha": 4, "rgb-alpha": 6}
# x0, y0, dx, dy of the seven passes
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def pack_row(row: np.ndarray, depth: int) -> np.ndarray:
    """Samples of one row to bytes, most significant bits first."""
    flat = row.reshape(-1)
    if depth == 16:
        return np.frombuffer(flat.astype(">u2").tobytes(), np.uint8)
    if depth == 8:
        return flat.astype(np.uint8)
    bits = ((flat[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
    return np.packbits(bits.reshape(-1))


def paeth(a: int, b: int, c: int) -> int:
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def filter_rows(samples: np.ndarray, depth: int) -> bytes:
    """samples: rows × columns × channels."""
    step = max(1, depth * samples.shape[2] // 8)
    out = bytearray()
    previous = None
    for index, row in enumerate(samples):
        line = pack_row(row, depth).astype(int)
        above = np.zeros_like(line) if previous is None else previous
        left = np.concatenate([np.zeros(step, int), line])[: len(line)]
        corner = np.concatenate([np.zeros(step, int), above])[: len(line)]
        kind = index % 5
        predicted = [
            np.zeros_like(line),
            left,
            above,
            (left + above) // 2,
            np.array([paeth(int(a), int(b), int(c)) for a, b, c in zip(left, above, corner)], int),
        ][kind]
        out.append(kind)
        out += bytes(((line - predicted) & 255).astype(np.uint8))
        previous = line
    return bytes(out)


def write_png(samples, depth, colour, interlaced=False, before=(), after=()) -> bytes:
    """samples: rows × columns (× channels); before / after: (kind, content) of chunks around IDAT."""
    if samples.ndim == 2:
        samples = samples[:, :, None]
    rows, columns, _ = samples.shape
    if interlaced:
        passes = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in ADAM7]
        raw = b"".join(filter_rows(part, depth) for part in passes if part.size)
    else:
        raw = filter_rows(samples, depth)
    header = struct.pack(">IIBBBBB", columns, rows, depth, COLOUR_TYPE[colour], 0, 0, int(interlaced))
    packed = zlib.compress(raw, 9)
    half = len(packed) // 2
    parts = [chunk(b"IHDR", header)]
    parts += [chunk(kind, content) for kind, content in before]
    parts += [chunk(b"IDAT", packed[:half]), chunk(b"IDAT", packed[half:])]
    parts += [chunk(kind, content) for kind, content in after]
    return SIGNATURE + b"".join(parts) + chunk(b"IEND", b"")
