"""Runs an exported ONNX file as the embedded encoder does: CPU, one thread."""

from pathlib import Path

import numpy as np
import onnxruntime as ort

OUTPUTS = ["cls", "patch_mean", "patch_tokens"]


def open_session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_batch(session: ort.InferenceSession, images: np.ndarray) -> dict[str, np.ndarray]:
    """UINT8 [N,3,H,W] -> the three outputs by name, in their own types."""
    return dict(zip(OUTPUTS, session.run(OUTPUTS, {"image": images}), strict=True))
