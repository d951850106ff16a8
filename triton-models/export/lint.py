"""Whether TensorRT will take a graph: `python lint.py FILE…` prints what it will not and ends with exit code 1."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import ModelProto, TensorProto, numpy_helper

from model_file import with_shapes

PUBLISHED = json.loads((Path(__file__).parent / "tensorrt-operators.json").read_text())
# On the published list, but not in our graphs: control flow makes parsers fail and engines re-plan (NVIDIA/TensorRT #4558).
CONTROL_FLOW = {"If", "Loop", "Scan"}
# The first opset with LayerNormalization as one node; taken apart, its squares overflow FP16 (NVIDIA/TensorRT #3657).
MIN_OPSET = 17


def lint(path: Path) -> list[str]:
    """One line for each fault, `rule: what`; empty for a graph that TensorRT's parser takes as it is."""
    model = onnx.load(path, load_external_data=False)
    found = [*opset_faults(model), *operator_faults(model), *norm_faults(model), *type_faults(model)]
    # Shapes cannot be inferred through operators that onnx does not know.
    return found or list(shape_faults(with_shapes(path)))


def opset_faults(model: ModelProto) -> Iterator[str]:
    greatest = PUBLISHED["opsets"]["greatest"]
    for entry in model.opset_import:
        if entry.domain in ("", "ai.onnx") and not MIN_OPSET <= entry.version <= greatest:
            yield f"opset: {entry.version} is not within {MIN_OPSET} and {greatest}"


def operator_faults(model: ModelProto) -> Iterator[str]:
    supported = set(PUBLISHED["operators"]) - CONTROL_FLOW
    for node in model.graph.node:
        if node.op_type in CONTROL_FLOW:
            yield f"control-flow: {node.op_type} {node.name!r}"
        elif node.domain not in ("", "ai.onnx") or node.op_type not in supported:
            kind = f"{node.domain or 'ai.onnx'}.{node.op_type}"
            yield f"operator: {kind} {node.name!r} is not on the list of {PUBLISHED['version']}"


def norm_faults(model: ModelProto) -> Iterator[str]:
    """A mean that is subtracted from what it was taken of is a normalisation in parts."""
    means = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "ReduceMean"}
    for node in model.graph.node:
        if node.op_type == "Sub" and means.get(node.input[1]) == node.input[0]:
            yield f"layer-norm: {node.name!r} subtracts a mean; LayerNormalization must be one node"


def type_faults(model: ModelProto) -> Iterator[str]:
    """UINT8 only as the graph's input, which a Cast takes up; zero points of Q/DQ pairs 0."""
    bytes_in = {entry.name for entry in model.graph.input if entry.type.tensor_type.elem_type == TensorProto.UINT8}
    zero = {
        tensor.name: not numpy_helper.to_array(tensor).any()
        for tensor in model.graph.initializer
        if tensor.data_type in (TensorProto.INT8, TensorProto.UINT8) and not tensor.external_data
    }
    for node in model.graph.node:
        if node.op_type != "Cast" and bytes_in & set(node.input):
            yield f"uint8: {node.op_type} {node.name!r} takes UINT8; TensorRT has it only at the border"
        if node.op_type in ("QuantizeLinear", "DequantizeLinear") and len(node.input) > 2 and not zero.get(node.input[2], False):
            yield f"zero-point: {node.name!r} has a zero point other than 0"


def shape_faults(model: ModelProto) -> Iterator[str]:
    """Every dimension but the first of inputs and outputs is a constant, and so is every one of the tensors between but one."""
    for entry in [*model.graph.input, *model.graph.output]:
        if any(not dim.HasField("dim_value") for dim in entry.type.tensor_type.shape.dim[1:]):
            yield f"dynamic-shape: {entry.name!r} has a free dimension besides the batch"
    for entry in model.graph.value_info:
        if sum(not dim.HasField("dim_value") for dim in entry.type.tensor_type.shape.dim) > 1:
            yield f"dynamic-shape: {entry.name!r} has more than one free dimension"


def main() -> None:
    found = [f"{path}: {fault}" for path in sys.argv[1:] for fault in lint(Path(path))]
    print("\n".join(found) if found else f"nothing that {PUBLISHED['version']} does not take")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
