"""Test pictures as arithmetic, so that the tests in TypeScript compute the same samples without a file.

The same formulas: test/unit/preprocess/pattern.ts.
"""

import numpy as np


def noise(rows: int, columns: int, channels: int) -> np.ndarray:
    """Uniform-looking 32-bit hashes of (x, y, channel)."""
    y, x, c = np.meshgrid(np.arange(rows), np.arange(columns), np.arange(channels), indexing="ij")
    mask = 0xFFFFFFFF
    h = (x * 73856093 & mask) ^ (y * 19349663 & mask) ^ (c * 83492791 & mask)
    h ^= h >> 13
    h = h * 1274126177 & mask
    return h ^ (h >> 16)


def waves(rows: int, columns: int, channels: int) -> np.ndarray:
    """Sawtooth 0…255 with a slope per channel."""
    y, x, c = np.meshgrid(np.arange(rows), np.arange(columns), np.arange(channels), indexing="ij")
    return (x * 3 + y * 5 + x * y // 16 + c * 40) & 255


def pattern8(name: str, rows: int, columns: int, channels: int) -> np.ndarray:
    if name == "noise":
        return (noise(rows, columns, channels) & 255).astype(np.uint8)
    return waves(rows, columns, channels).astype(np.uint8)


def pattern16(name: str, rows: int, columns: int, channels: int, bits: int) -> np.ndarray:
    """The same with `bits` bits: noise takes more bits of the hash, waves are stretched."""
    if name == "noise":
        return (noise(rows, columns, channels) & (2**bits - 1)).astype(np.uint16)
    return (waves(rows, columns, channels) * (2**bits - 1) // 255).astype(np.uint16)
