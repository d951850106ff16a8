"""Draws the border of this project around a foreign graph: UINT8 NCHW in, normalised inside; `cls`, and where there are
patch tokens `patch_mean` and `patch_tokens`, out."""

from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, TensorProto, compose, helper, numpy_helper

from wrap_recipe import Recipe, Selection, WrapError
from wrap_source import Source

PREFIX = "source/"
# ReduceMean takes its axes as an input from here on.
AXES_ARE_INPUTS = 18


@dataclass(frozen=True)
class Form:
    """Shapes without the batch, found by running the graph."""

    pooled: tuple[int, ...]
    # `vector`, `mean` or `first`.
    take: str
    tokens: tuple[int, ...] | None
    dimension: int
    patches: int
    patch_size: int | None


def find_form(recipe: Recipe, source: Source, outputs: dict[str, np.ndarray]) -> Form:
    """Raises WrapError when what the recipe selects is no vector or no grid of tokens."""
    pooled = outputs[recipe.pooled.output].shape[1:]
    take = pooled_take(recipe.pooled, pooled)
    dimension = pooled[0] if len(pooled) == 1 else channels_of(pooled, recipe)
    if recipe.tokens is None:
        return Form(pooled, take, None, dimension, 0, None)
    tokens = outputs[recipe.tokens.output].shape[1:]
    if len(tokens) not in (2, 3):
        raise WrapError(f"output {recipe.tokens.output!r} has rank {len(tokens) + 1}: neither tokens (3) nor a map (4)")
    if len(tokens) == 3 and recipe.tokens.prefix_tokens:
        raise WrapError("recipe: /tokens/prefixTokens is for tokens; a map has none")
    if channels_of(tokens, recipe) != dimension:
        raise WrapError(
            f"tokens of {recipe.tokens.output!r} have {channels_of(tokens, recipe)} values, the pooled output {dimension}: "
            "select a pooled output of that width, or leave /tokens out"
        )
    patches = tokens[0] - recipe.tokens.prefix_tokens if len(tokens) == 2 else int(np.prod(tokens)) // dimension
    size = patch_size_of(source, patches)
    rows = source.height // size
    if len(tokens) == 3 and rows != tokens[1 if recipe.layout == "NCHW" else 0]:
        raise WrapError(f"the map {['N', *tokens]} is no grid of square patches of {source.height} x {source.width} pixels")
    return Form(pooled, take, tokens, dimension, patches, size)


def pooled_take(selection: Selection, shape: tuple[int, ...]) -> str:
    """How the output becomes a vector: what the recipe says, or the only way for its rank."""
    allowed = {1: ("vector",), 2: ("first", "mean"), 3: ("mean",)}.get(len(shape), ())
    if selection.take in allowed:
        return selection.take
    if selection.take is None and len(allowed) == 1:
        return allowed[0]
    what = f"output {selection.output!r} has the shape {['N', *shape]}"
    if not allowed:
        raise WrapError(f"{what}: neither a vector (rank 2), tokens (3) nor a map (4)")
    words = " or ".join(map(repr, allowed))
    raise WrapError(f"recipe: /pooled/take must be {words}: {what}")


def channels_of(shape: tuple[int, ...], recipe: Recipe) -> int:
    return shape[0] if len(shape) == 3 and recipe.layout == "NCHW" else shape[-1]


def patch_size_of(source: Source, patches: int) -> int:
    """The side of the square patches of which the image has that many; raises WrapError when there is none."""
    size = round((source.height * source.width / patches) ** 0.5) if patches > 0 else 0
    if size < 1 or source.height % size or source.width % size or source.height * source.width != patches * size * size:
        raise WrapError(
            f"{patches} tokens are no grid of square patches of {source.height} x {source.width} pixels; "
            "is /tokens/prefixTokens (CLS and registers) right?"
        )
    return size


class Writer:
    """Nodes and constants with names of their own."""

    def __init__(self, opset: int) -> None:
        self.opset, self.nodes, self.constants = opset, [], {}

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants[name] = value
        return name

    def op(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def mean(self, source: str, output: str) -> str:
        """Over axis 1, which goes."""
        if self.opset < AXES_ARE_INPUTS:
            return self.op("ReduceMean", [source], output, axes=[1], keepdims=0)
        return self.op("ReduceMean", [source, self.constant(f"{output}/axes", np.array([1], np.int64))], output, keepdims=0)


def draw_input(writer: Writer, recipe: Recipe, source: Source) -> None:
    """image UINT8 -> the graph's input."""
    std = np.array(recipe.std)
    factor = writer.constant("wrap/factor", (recipe.scale / std).astype(np.float32).reshape(1, -1, 1, 1))
    offset = writer.constant("wrap/offset", (np.array(recipe.mean) / std).astype(np.float32).reshape(1, -1, 1, 1))
    writer.op("Cast", ["image"], "wrap/float", to=TensorProto.FLOAT)
    writer.op("Mul", ["wrap/float", factor], "wrap/scaled")
    pixels = writer.op("Sub", ["wrap/scaled", offset], "wrap/normalised")
    if recipe.layout == "NHWC":
        pixels = writer.op("Transpose", [pixels], "wrap/transposed", perm=[0, 2, 3, 1])
    writer.op("Cast", [pixels], PREFIX + source.input_name, to=source.input_type)


def draw_tokens(writer: Writer, selection: Selection, shape: tuple[int, ...], recipe: Recipe, name: str) -> str:
    """Tokens without the prefix, or the places of a map row by row, as FP32 [N,P,D]."""
    tokens = writer.op("Cast", [PREFIX + selection.output], f"{name}/float", to=TensorProto.FLOAT)
    if len(shape) == 2:
        bounds = {"from": [selection.prefix_tokens], "to": [shape[0]], "axis": [1]}
        inputs = [writer.constant(f"{name}/{key}", np.array(value, np.int64)) for key, value in bounds.items()]
        return writer.op("Slice", [tokens, *inputs], name)
    if recipe.layout == "NHWC":
        target = writer.constant(f"{name}/shape", np.array([0, shape[0] * shape[1], shape[2]], np.int64))
        return writer.op("Reshape", [tokens, target], name)
    target = writer.constant(f"{name}/shape", np.array([0, shape[0], shape[1] * shape[2]], np.int64))
    writer.op("Reshape", [tokens, target], f"{name}/flat")
    return writer.op("Transpose", [f"{name}/flat"], name, perm=[0, 2, 1])


def draw_outputs(writer: Writer, recipe: Recipe, form: Form) -> None:
    pooled = PREFIX + recipe.pooled.output
    if form.take == "vector":
        writer.op("Cast", [pooled], "cls", to=TensorProto.FLOAT)
    elif form.take == "first":
        writer.op("Gather", [pooled, writer.constant("wrap/first", np.array(0, np.int64))], "wrap/cls", axis=1)
        writer.op("Cast", ["wrap/cls"], "cls", to=TensorProto.FLOAT)
    else:
        writer.mean(draw_tokens(writer, recipe.pooled, form.pooled, recipe, "wrap/pooled"), "cls")
    if form.tokens is not None:
        tokens = draw_tokens(writer, recipe.tokens, form.tokens, recipe, "wrap/tokens")
        writer.mean(tokens, "patch_mean")
        writer.op("Cast", [tokens], "patch_tokens", to=TensorProto.FLOAT16)


def draw_wrapped(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    """The wrapped graph: static height and width, free batch, whatever the source said of its batch."""
    inner = compose.add_prefix(source.model, PREFIX)
    before, after = Writer(source.opset), Writer(source.opset)
    draw_input(before, recipe, source)
    draw_outputs(after, recipe, form)
    graph = inner.graph
    nodes = [*before.nodes, *graph.node, *after.nodes]
    constants = [numpy_helper.from_array(value, name) for name, value in (before.constants | after.constants).items()]
    constants += graph.initializer
    image = ["N", source.channels, source.height, source.width]
    outputs = [helper.make_tensor_value_info("cls", TensorProto.FLOAT, ["N", form.dimension])]
    if form.tokens is not None:
        outputs.append(helper.make_tensor_value_info("patch_mean", TensorProto.FLOAT, ["N", form.dimension]))
        outputs.append(helper.make_tensor_value_info("patch_tokens", TensorProto.FLOAT16, ["N", form.patches, form.dimension]))
    # Shapes that the source notes for its inner tensors are those of its own batch: they are left out.
    drawn = helper.make_graph(
        nodes, "wrapped", [helper.make_tensor_value_info("image", TensorProto.UINT8, image)], outputs, constants
    )
    drawn.sparse_initializer.extend(graph.sparse_initializer)
    return helper.make_model(
        drawn,
        opset_imports=list(inner.opset_import),
        # Before 4, constants had to be inputs too.
        ir_version=max(inner.ir_version, 4),
        functions=list(inner.functions),
    )
