"""INT8 by ONNX Runtime's static quantisation."""

from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from model_file import model_files


class ArrayReader(CalibrationDataReader):
    """Feeds images one by one."""

    def __init__(self, images: np.ndarray) -> None:
        self.remaining = iter(images)

    def get_next(self) -> dict[str, np.ndarray] | None:
        image = next(self.remaining, None)
        return None if image is None else {"image": image[None]}


def quantise(source: Path, target: Path, calibration: np.ndarray) -> None:
    """Quantises the linear layers of an FP32 file; attention products, norms and the patch embedding stay FP32.

    Symmetric in weights (per channel) and activations (per tensor), since TensorRT wants zero points of 0, as Q/DQ pairs,
    which both engines read.
    """
    model = onnx.load(source, load_external_data=False)
    constants = {tensor.name for tensor in model.graph.initializer}
    linear = [node.name for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in constants]
    quantize_static(
        source,
        target,
        ArrayReader(calibration),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        nodes_to_quantize=linear,
        calibrate_method=CalibrationMethod.MinMax,
        # Weights that lie apart stay apart: beyond 2 GiB one file cannot hold them.
        use_external_data_format=len(model_files(source)) > 1,
        extra_options={"ActivationSymmetric": True, "WeightSymmetric": True},
    )
