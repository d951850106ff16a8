"""Small graphs, each with one thing that TensorRT does not take."""

from collections.abc import Callable

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def graph_of(nodes: list, shape: list, constants: dict | None = None, opset: int = 17, kind: int = FLOAT) -> ModelProto:
    """x -> y, both of the shape."""
    graph = helper.make_graph(
        nodes,
        "bad",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, shape)],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.example", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def branch() -> ModelProto:
    one, two = (
        helper.make_graph(
            [helper.make_node(kind, ["x"], [kind])], kind, [], [helper.make_tensor_value_info(kind, FLOAT, ["N", 4])]
        )
        for kind in ("Relu", "Neg")
    )
    node = helper.make_node("If", ["yes"], ["y"], name="if", then_branch=one, else_branch=two)
    return graph_of([node], ["N", 4], {"yes": np.array(True)})


def loop() -> ModelProto:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Relu", ["state"], ["next"])],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", FLOAT, ["N", 4]),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("next", FLOAT, ["N", 4])],
    )
    node = helper.make_node("Loop", ["times", "", "x"], ["y"], name="loop", body=body)
    return graph_of([node], ["N", 4], {"times": np.array(2, np.int64)})


def old_opset() -> ModelProto:
    return graph_of([helper.make_node("Relu", ["x"], ["y"])], ["N", 4], opset=16)


def unlisted_operator() -> ModelProto:
    return graph_of([helper.make_node("Shrink", ["x"], ["z"]), helper.make_node("Det", ["z"], ["y"])], ["N", 4, 4])


def foreign_operator() -> ModelProto:
    return graph_of([helper.make_node("Relu", ["x"], ["y"], domain="com.example")], ["N", 4])


def free_height() -> ModelProto:
    return graph_of([helper.make_node("Relu", ["x"], ["y"])], ["N", 3, "H", 32])


def free_inside() -> ModelProto:
    """A tensor whose length depends on the values, besides the batch."""
    nodes = [
        helper.make_node("NonZero", ["x"], ["places"], name="places"),
        helper.make_node("Cast", ["places"], ["float"], to=FLOAT),
        helper.make_node("Reshape", ["float", "shape"], ["column"], name="column"),
        helper.make_node("Reshape", ["x", "flat"], ["rows"], name="rows"),
        helper.make_node("MatMul", ["rows", "ones"], ["sums"]),
        helper.make_node("Transpose", ["column"], ["row"], name="row", perm=[1, 0]),
        helper.make_node("MatMul", ["sums", "row"], ["square"], name="square"),
        helper.make_node("ReduceSum", ["square"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    constants = {"shape": np.array([-1, 1], np.int64), "flat": np.array([0, 4], np.int64), "ones": np.ones((4, 1), np.float32)}
    return graph_of(nodes, ["N", 4], constants)


def norm_in_parts() -> ModelProto:
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[-1]),
        helper.make_node("Sub", ["x", "mean"], ["centred"], name="centred"),
        helper.make_node("Mul", ["centred", "centred"], ["square"]),
        helper.make_node("ReduceMean", ["square"], ["variance"], axes=[-1]),
        helper.make_node("Sqrt", ["variance"], ["std"]),
        helper.make_node("Div", ["centred", "std"], ["y"]),
    ]
    return graph_of(nodes, ["N", 4])


def bytes_inside() -> ModelProto:
    return graph_of([helper.make_node("Add", ["x", "x"], ["y"])], ["N", 4], kind=TensorProto.UINT8)


def shifted_zero() -> ModelProto:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"], name="quantise"),
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["y"], name="dequantise"),
    ]
    return graph_of(nodes, ["N", 4], {"scale": np.float32(0.1).reshape(()), "zero": np.array(7, np.int8)})


# The rule that must name the fault, and the graph.
BAD_GRAPHS: list[tuple[str, Callable[[], ModelProto]]] = [
    ("control-flow", branch),
    ("control-flow", loop),
    ("opset", old_opset),
    ("operator", unlisted_operator),
    ("operator", foreign_operator),
    ("dynamic-shape", free_height),
    ("dynamic-shape", free_inside),
    ("layer-norm", norm_in_parts),
    ("uint8", bytes_inside),
    ("zero-point", shifted_zero),
]
