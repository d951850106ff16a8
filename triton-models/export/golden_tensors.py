"""Whole outputs of the reference for the images by formula: `golden.safetensors`, which `tessera models verify` compares with."""

import numpy as np
from safetensors.numpy import save

GOLDEN_TENSORS = "golden.safetensors"
# Of as many images as fit, one at least: a single image of a large model at 1024 x 1024 takes up to 33 MB.
MAX_BYTES = 1_000_000
TYPES = {"cls": np.float32, "patch_mean": np.float32, "patch_tokens": np.float16}


def golden_tensors(names: list[str], outputs: dict[str, np.ndarray]) -> bytes:
    """`outputs`: FP32 [N, ...] of the images `names`. The patch tokens are kept as FP16, in which every encoder answers.

    The names of the images that are kept stand in the metadata, under one key: with several the order of the bytes would vary.
    ValueError when a value is not finite, or not in FP16.
    """
    stored = {name: np.ascontiguousarray(values, TYPES[name]) for name, values in outputs.items()}
    for name, values in stored.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{name} of the reference holds values that {values.dtype} cannot")
    image_bytes = sum(values.nbytes for values in stored.values()) // len(names)
    kept = max(1, min(len(names), MAX_BYTES // image_bytes))
    return save({name: values[:kept].copy() for name, values in stored.items()}, {"cases": ",".join(names[:kept])})
