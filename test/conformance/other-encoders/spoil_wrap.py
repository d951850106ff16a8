"""Wrapped graphs with the faults that such work usually has: each function draws one as `draw_wrapped` would a right one."""

from dataclasses import replace

import numpy as np
from onnx import ModelProto, helper, numpy_helper
from wrap_graph import Form, draw_wrapped
from wrap_recipe import Recipe
from wrap_source import Source


def insert(model: ModelProto, before: str, node) -> None:
    index = next(at for at, entry in enumerate(model.graph.node) if entry.name == before)
    model.graph.node.insert(index, node)


def swapped_channels(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    model = draw_wrapped(source, recipe, form)
    cast = next(entry for entry in model.graph.node if entry.name == "wrap/float")
    cast.input[0] = "spoil/swapped"
    insert(model, "wrap/float", helper.make_node("Gather", ["image", "spoil/order"], ["spoil/swapped"], axis=1))
    model.graph.initializer.append(numpy_helper.from_array(np.array([2, 1, 0], np.int64), "spoil/order"))
    return model


def only_rescaled(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    return draw_wrapped(source, replace(recipe, mean=(0.0,) * 3, std=(1.0,) * 3), form)


def not_normalised(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    return draw_wrapped(source, replace(recipe, mean=(0.0,) * 3, std=(1.0,) * 3, scale=1.0), form)


def exchanged_sides(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    model = draw_wrapped(source, recipe, form)
    cast = next(entry for entry in model.graph.node if entry.name == "wrap/float")
    cast.input[0] = "spoil/turned"
    insert(model, "wrap/float", helper.make_node("Transpose", ["image"], ["spoil/turned"], perm=[0, 1, 3, 2]))
    return model


def columns_before_rows(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    """The map read column by column: the mean is right, each token is another."""
    model = draw_wrapped(source, recipe, form)
    flat = next(entry for entry in model.graph.node if entry.name == "wrap/tokens/flat")
    flat.input[0] = "spoil/turned"
    insert(model, "wrap/tokens/flat", helper.make_node("Transpose", ["wrap/tokens/float"], ["spoil/turned"], perm=[0, 1, 3, 2]))
    return model


def scaled_outputs(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    """Five in a hundred too long: no cosine sees it."""
    model = draw_wrapped(source, recipe, form)
    node = next(entry for entry in model.graph.node if entry.output[0] == "cls")
    node.output[0] = "spoil/cls"
    model.graph.node.append(helper.make_node("Mul", ["spoil/cls", "spoil/factor"], ["cls"]))
    model.graph.initializer.append(numpy_helper.from_array(np.float32(1.05).reshape(()), "spoil/factor"))
    return model


def batch_dependent(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    """cls + mean of cls over the batch, halved: alone it is the vector."""
    model = draw_wrapped(source, recipe, form)
    node = next(entry for entry in model.graph.node if entry.output[0] == "cls")
    node.output[0] = "spoil/own"
    model.graph.node.append(helper.make_node("ReduceMean", ["spoil/own"], ["spoil/batch"], axes=[0], keepdims=1))
    model.graph.node.append(helper.make_node("Mean", ["spoil/own", "spoil/batch"], ["cls"]))
    return model


def not_a_number(source: Source, recipe: Recipe, form: Form) -> ModelProto:
    model = draw_wrapped(source, recipe, form)
    offset = next(entry for entry in model.graph.initializer if entry.name == "wrap/offset")
    offset.CopyFrom(numpy_helper.from_array(np.full((1, 3, 1, 1), np.nan, np.float32), "wrap/offset"))
    return model


# The function, the gate that must refuse it, and the likely reason that must be named.
SPOILED = [
    (swapped_channels, "cosineMin.cls", "the colour channels are swapped (BGR for RGB)"),
    (only_rescaled, "cosineMin.cls", "the normalisation by mean and std is missing"),
    (not_normalised, "relativeFrobenius.cls", "the rescaling and the normalisation are missing"),
    (exchanged_sides, "cosineMin.cls", "height and width are exchanged"),
    (columns_before_rows, "cosineMin.patch_tokens", None),
    (scaled_outputs, "relativeFrobenius.cls", None),
    (batch_dependent, "aloneAgainstBatch", None),
    (not_a_number, "finite.cls", None),
]
