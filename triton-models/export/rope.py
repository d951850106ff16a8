"""DINOv3's axial rotary position tables, baked for one input size."""

import numpy as np


def rope_tables(
    rows: int, columns: int, head_dim: int, theta: float, prefix_tokens: int
) -> tuple[np.ndarray, np.ndarray]:
    """cos and signed sin, FP32, each [1, 1, prefix + rows * columns, head_dim].

    Patch (r, c) has the coordinates 2 (r + 1/2) / rows - 1 and 2 (c + 1/2) / columns - 1; its angles are
    2 pi * coordinate * theta^(-4 i / head_dim) for i in 0 .. head_dim / 4 - 1, all of y, then all of x, this half twice
    (facebookresearch/dinov3, layers/rope_position_encoding.py; transformers recomputes the periods in FP32, the original
    checkpoints hold BF16-rounded ones: we follow transformers).

    Computed in FP64 and rounded once, so the bytes do not depend on a machine's FP32 sine.
    Prefix tokens (CLS and registers) are not rotated: cos 1, sin 0, exact in floating point.
    The rotation is x * cos + swap(x) * signed_sin, where swap exchanges the halves: the minus sign of "rotate half"
    lies in the table.
    """
    y = 2.0 * (np.arange(rows) + 0.5) / rows - 1.0
    x = 2.0 * (np.arange(columns) + 0.5) / columns - 1.0
    coordinates = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(rows * columns, 2)
    frequencies = theta ** -(np.arange(head_dim // 4) * 4.0 / head_dim)
    half = (2.0 * np.pi * coordinates[:, :, None] * frequencies).reshape(rows * columns, head_dim // 2)
    cos = np.ones((prefix_tokens + rows * columns, head_dim))
    sin = np.zeros_like(cos)
    cos[prefix_tokens:] = np.cos(np.concatenate([half, half], axis=1))
    sin[prefix_tokens:] = np.sin(np.concatenate([-half, half], axis=1))
    return cos.astype(np.float32)[None, None], sin.astype(np.float32)[None, None]
