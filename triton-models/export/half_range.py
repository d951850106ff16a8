"""Whether an FP16 engine stays within FP16. CPUs compute FP16 nodes in FP32 and may leave out the rounding between two of
them; as outputs of the graph the tensors must be FP16, and an overflow shows as infinity."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

from gates import Failure
from model_file import with_shapes
from runner import open_session


def half_tensors(path: Path) -> list[onnx.ValueInfoProto]:
    """Every intermediate FP16 tensor of the graph, in its order."""
    infos = {info.name: info for info in with_shapes(path).graph.value_info}
    names = [name for node in onnx.load(path, load_external_data=False).graph.node for name in node.output if name in infos]
    return [infos[name] for name in names if infos[name].type.tensor_type.elem_type == TensorProto.FLOAT16]


def half_range_failures(path: Path, images: np.ndarray) -> list[Failure]:
    """The first tensor that leaves FP16's range of 65504 for one of the images."""
    tensors = half_tensors(path)
    model = onnx.load(path, load_external_data=False)
    model.graph.output.extend(tensors)
    # Beside the original, since weights that lie apart are found by a relative name.
    probe = path.with_name(path.name + ".probe")
    probe.write_bytes(model.SerializeToString())
    session = open_session(probe)
    names = [tensor.name for tensor in tensors]
    try:
        for image in images:
            for name, values in zip(names, session.run(names, {"image": image[None]}), strict=True):
                if not np.isfinite(values).all():
                    return [Failure("fp16Range", f"{name} leaves the range of FP16 (65504)")]
    finally:
        probe.unlink()
    return []
