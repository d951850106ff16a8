"""Engines with the faults that exports usually have: each function draws one as `export_model.draw` would a right one."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import graph
import numpy as np
import onnx
from graph import draw_model
from model_file import save_model
from onnx import helper, numpy_helper
from quantise import quantise
from rope import rope_tables
from weights import Weights


def draw_spoiled(weights: Weights, spec: dict, path: Path) -> onnx.ModelProto:
    model = draw_model(weights, spec["input"]["height"], spec["input"]["width"], half=spec["precision"] == "fp16")
    save_model(model, path)
    return model


def swapped_channels(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    name = "embeddings.patch_embeddings.weight"
    tensors = weights.tensors | {name: weights.tensors[name][:, ::-1]}
    draw_spoiled(replace(weights, tensors=tensors, mean=weights.mean[::-1], std=weights.std[::-1]), spec, path)


def only_rescaled(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    draw_spoiled(replace(weights, mean=(0.0,) * 3, std=(1.0,) * 3), spec, path)


def not_normalised(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    draw_spoiled(replace(weights, mean=(0.0,) * 3, std=(1 / 255,) * 3), spec, path)


def without_rotation(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    def tables(*args: float) -> tuple[np.ndarray, np.ndarray]:
        cos, sin = rope_tables(*args)
        return np.ones_like(cos), np.zeros_like(sin)

    with patch.object(graph, "rope_tables", tables):
        draw_spoiled(weights, spec, path)


def exchanged_axes(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    def tables(*args: float) -> tuple[np.ndarray, np.ndarray]:
        quarters = [np.split(table, 4, axis=-1) for table in rope_tables(*args)]
        cos, sin = (np.concatenate([q[1], q[0], q[3], q[2]], axis=-1) for q in quarters)
        return cos, sin

    with patch.object(graph, "rope_tables", tables):
        draw_spoiled(weights, spec, path)


def other_base(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    draw_spoiled(replace(weights, config=weights.config | {"rope_theta": 10000.0}), spec, path)


def dropped_registers(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    name = "embeddings.register_tokens"
    tensors = weights.tensors | {name: weights.tensors[name][:, :0]}
    draw_spoiled(replace(weights, tensors=tensors, config=weights.config | {"num_register_tokens": 0}), spec, path)


def a_register_among_the_patches(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    model = draw_spoiled(weights, spec, path)
    patches = spec["input"]["height"] * spec["input"]["width"] // 256
    sizes = next(entry for entry in model.graph.initializer if entry.name == f"shape/split_1_4_{patches}")
    sizes.CopyFrom(numpy_helper.from_array(np.array([1, 3, patches + 1], np.int64), sizes.name))
    tokens = next(entry for entry in model.graph.output if entry.name == "patch_tokens")
    tokens.type.tensor_type.shape.dim[1].dim_value = patches + 1
    save_model(model, path)


def not_a_number(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    bias = weights.tensors["norm.bias"].copy()
    bias[3] = np.nan
    draw_spoiled(replace(weights, tensors=weights.tensors | {"norm.bias": bias}), spec, path)


def batch_dependent(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    """cls + mean of cls over the batch: alone it is twice the vector, whose cosine is 1."""
    model = draw_spoiled(weights, spec, path)
    node = next(entry for entry in model.graph.node if entry.output[0] == "cls")
    node.output[0] = "cls/own"
    model.graph.node.append(helper.make_node("ReduceMean", ["cls/own"], ["cls/batch"], axes=[0], keepdims=1, name="cls/batch"))
    model.graph.node.append(helper.make_node("Add", ["cls/own", "cls/batch"], ["cls"], name="cls/sum"))
    save_model(model, path)


def scaled_outputs(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    """Five in a hundred too long: no cosine sees it."""
    scaled = {name: 1.05 * weights.tensors[name] for name in ("norm.weight", "norm.bias")}
    draw_spoiled(replace(weights, tensors=weights.tensors | scaled), spec, path)


def narrow_calibration(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    """INT8 whose ranges were taken from activations a hundred times too small."""
    whole = path.with_name("fp32.onnx")
    small = {name: value * 0.01 if "norm" in name else value for name, value in weights.tensors.items()}
    draw_spoiled(replace(weights, tensors=small), spec | {"precision": "fp32"}, whole)
    quantise(whole, path, np.zeros((1, 3, spec["input"]["height"], spec["input"]["width"]), np.uint8))
    whole.unlink()
    narrow, true = onnx.load(path), weights.tensors
    for entry in narrow.graph.initializer:
        if "norm" in entry.name and entry.name in true:
            entry.CopyFrom(numpy_helper.from_array(true[entry.name], entry.name))
    save_model(narrow, path)


def coarse_outputs(weights: Weights, spec: dict, path: Path, _calibration: np.ndarray) -> None:
    """cls rounded to steps of 0.3: near in direction, but what tells two images apart is gone."""
    model = draw_spoiled(weights, spec, path)
    node = next(entry for entry in model.graph.node if entry.output[0] == "cls")
    node.output[0] = "cls/fine"
    model.graph.initializer.append(numpy_helper.from_array(np.array(0.3, np.float32), "cls/step"))
    model.graph.node.append(helper.make_node("Div", ["cls/fine", "cls/step"], ["cls/steps"], name="cls/div"))
    model.graph.node.append(helper.make_node("Round", ["cls/steps"], ["cls/whole"], name="cls/round"))
    model.graph.node.append(helper.make_node("Mul", ["cls/whole", "cls/step"], ["cls"], name="cls/mul"))
    save_model(model, path)
