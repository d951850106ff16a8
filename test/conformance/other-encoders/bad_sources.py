"""Small graphs that cannot be wrapped, each with a recipe and the words of the refusal."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from encoders import IMAGENET, recipe
from onnx import ModelProto, TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
GRAY = {"mean": [0.5], "std": [0.25]}
POOLED = {"output": "y"}


def graph_of(
    shape: list, nodes: list | None = None, constants: dict | None = None, kind: int = FLOAT, opset: int = 17, more=()
) -> ModelProto:
    """x -> y: unless told otherwise the means of the channels, [N,C,1,1]."""
    graph = helper.make_graph(
        nodes or [helper.make_node("GlobalAveragePool", ["x"], ["y"])],
        "bad",
        [helper.make_tensor_value_info("x", kind, shape), *more],
        [helper.make_tensor_value_info("y", kind, None)],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


RGB = ["N", 3, 32, 32]


def second_input() -> ModelProto:
    return graph_of(RGB, more=[helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["N", 77])])


def fixed_inside() -> ModelProto:
    """A reshape to one row, as exporters write it when the batch was not declared dynamic."""
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["p"]), helper.make_node("Reshape", ["p", "shape"], ["y"])]
    return graph_of([1, 3, 32, 32], nodes, {"shape": np.array([1, 3], np.int64)})


def merged_batch() -> ModelProto:
    """The same with a free length: two images become one answer of twice the length."""
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["p"]), helper.make_node("Reshape", ["p", "shape"], ["y"])]
    return graph_of([1, 3, 32, 32], nodes, {"shape": np.array([1, -1], np.int64)})


def other_size_inside() -> ModelProto:
    """Sides that are declared free, though the weights are of one size."""
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weight"], ["y"]),
    ]
    return graph_of(["N", 3, "H", "W"], nodes, {"weight": np.ones((3 * 16 * 16, 4), np.float32)})


def blind() -> ModelProto:
    """The same vector for every image."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["p"]),
        helper.make_node("Mul", ["p", "zero"], ["z"]),
        helper.make_node("Add", ["z", "one"], ["y"]),
    ]
    return graph_of(RGB, nodes, {"zero": np.float32(0).reshape(()), "one": np.float32(1).reshape(())})


def of(pixels: dict = IMAGENET, pooled: dict = POOLED, tokens: dict | None = None, **more) -> dict:
    return recipe("bad_random", pixels, pooled, tokens, **more)


# What it is, the graph, the recipe, and words that the error must hold.
BAD_SOURCES: list[tuple[str, Callable[[], ModelProto], dict, str]] = [
    ("a text encoder comes along", second_input, of(), "has 2 inputs ('x', 'input_ids'); export the image encoder alone"),
    ("whole numbers in", lambda: graph_of(RGB, kind=TensorProto.INT32), of(), "'x' is INT32, not a float image"),
    ("rank 3", lambda: graph_of(["N", 3, 1024]), of(), "has rank 3, not the 4 of NCHW"),
    ("channels last, recipe says first", lambda: graph_of(["N", 32, 32, 3]), of(), "takes 32 channels in NCHW"),
    ("a grey graph with means of colours", lambda: graph_of(["N", 1, 32, 32]), of(), "has 3 numbers, the graph takes 1 channels"),
    ("free sides, not said", lambda: graph_of(["N", 3, "H", "W"]), of(), "leaves its height open; say it in the recipe"),
    (
        "fixed to another size",
        lambda: graph_of(RGB),
        of(IMAGENET | {"height": 64, "width": 64}),
        "is 64, the graph is fixed to 32",
    ),
    (
        "declared free, but of one size inside",
        other_size_inside,
        of(IMAGENET | {"height": 32, "width": 32}),
        "does not run at 32 x 32 pixels",
    ),
    ("a batch fixed inside", fixed_inside, of(), "export it with a dynamic batch axis"),
    ("images of a batch run together", merged_batch, of(), "export it with a dynamic batch axis"),
    ("an opset of old", lambda: graph_of(RGB, opset=9), of(), "is of opset 9; export it with 11 or later"),
    ("no such output", lambda: graph_of(RGB), of(pooled={"output": "embedding"}), "no output 'embedding'; it has 'y'"),
    ("no such input", lambda: graph_of(RGB), of(IMAGENET | {"name": "image"}), "is 'image', the graph's input is 'x'"),
    ("a map whose first token is wanted", lambda: graph_of(RGB), of(pooled=POOLED | {"take": "first"}), "take must be 'mean'"),
    (
        "tokens without a word on how to pool",
        lambda: graph_of(RGB, [helper.make_node("Reshape", ["x", "s"], ["y"])], {"s": np.array([0, 16, 192], np.int64)}),
        of(),
        "take must be 'first' or 'mean'",
    ),
    (
        "tokens that are no grid",
        lambda: graph_of(RGB, [helper.make_node("Reshape", ["x", "s"], ["y"])], {"s": np.array([0, 16, 192], np.int64)}),
        of(pooled=POOLED | {"take": "first"}, tokens={"output": "y", "prefixTokens": 1}),
        "15 tokens are no grid of square patches of 32 x 32 pixels",
    ),
    (
        "tokens as wide as another vector",
        lambda: graph_of(
            RGB,
            [
                helper.make_node("Reshape", ["x", "s"], ["tokens"]),
                helper.make_node("GlobalAveragePool", ["x"], ["y"]),
            ],
            {"s": np.array([0, 16, 192], np.int64)},
        ),
        of(tokens={"output": "tokens"}),
        "have 192 values, the pooled output 3",
    ),
]


def write_graph(name: str, make: Callable[[], ModelProto], folder: Path) -> Path:
    model = make()
    if name.startswith("tokens as wide"):
        model.graph.output.append(helper.make_tensor_value_info("tokens", FLOAT, None))
    path = folder / "source.onnx"
    onnx.save(model, path)
    return path


# A change of a right recipe, and words that the error must hold.
BAD_RECIPES: list[tuple[dict, str]] = [
    ({"variant": "Bad-Name"}, "/variant must hold only a-z, 0-9 and _"),
    ({"input": {"mean": [0.5], "std": [0]}}, "each above 0"),
    ({"input": {"mean": [0.5, 0.5, 0.5], "std": [0.5]}}, "as many std as mean"),
    ({"input": IMAGENET | {"scale": float("nan")}}, "a scale above 0"),
    ({"input": IMAGENET | {"heigth": 224}}, "/input/heigth is not known"),
    ({"input": IMAGENET | {"height": 10**9}}, "/input/height must be from 1 to 4096"),
    ({"input": IMAGENET | {"layout": "CHWN"}}, "/input/layout must be one of NCHW, NHWC"),
    ({"pooled": "y"}, "/pooled must be dict"),
    ({"pooled": {"output": "y", "prefixTokens": True}}, "/pooled/prefixTokens must be int"),
    ({"licence": {"name": "MIT", "url": "beside it"}}, "/licence/url must be an http or https address"),
    ({"advisories": [{"code": "Not Kebab", "level": "info", "message": "x"}]}, "/advisories/0/code must be kebab-case"),
]


def write_recipe(document: dict, folder: Path) -> Path:
    path = folder / "recipe.json"
    path.write_text(json.dumps(document))
    return path
