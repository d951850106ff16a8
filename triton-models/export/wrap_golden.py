"""The golden files of a wrapped model: what the original graph says of the images by formula, for `tessera models verify`."""

import numpy as np
import onnxruntime as ort

from excerpt import KEPT_VALUES, excerpt
from golden_tensors import golden_tensors
from synthetic import FORMULAS, synthetic_image
from wrap_gates import reference
from wrap_graph import Form
from wrap_recipe import Recipe
from wrap_source import Source, normalise

# Of values of magnitude 1 to 4; FP16 tokens round by up to 2e-3 at 4.
TOLERANCE = {"cls": 5e-4, "patchMean": 5e-4, "patchTokens": 4e-3}


def golden_of(source: Source, recipe: Recipe, form: Form) -> tuple[dict, bytes]:
    """golden.json, and the bytes of golden.safetensors."""
    images = np.stack([synthetic_image(name, source.height, source.width)[: source.channels] for name in FORMULAS])
    outputs = reference(source, recipe, form, normalise(images, recipe, source))
    document = {
        "reference": f"the original graph, onnxruntime {ort.__version__}, CPU",
        "input": {
            "layout": f"UINT8 [{source.channels},H,W]; x the column, y the row, c the channel, from 0",
            "height": source.height,
            "width": source.width,
        },
        "tolerance": TOLERANCE,
        "cases": {
            name: {"formula": formula} | case_of({output: values[index] for output, values in outputs.items()}, source, form)
            for index, (name, formula) in enumerate(FORMULAS.items())
        },
    }
    return document, golden_tensors(list(FORMULAS), outputs)


def case_of(outputs: dict[str, np.ndarray], source: Source, form: Form) -> dict:
    if form.patch_size is None:
        return {"cls": excerpt(outputs["cls"])}
    columns = source.width // form.patch_size
    centre = (source.height // form.patch_size // 2) * columns + columns // 2
    tokens = outputs["patch_tokens"]
    # After a ReLU all values that would be kept can be zero: such a token cannot be compared by direction.
    kept = [index for index in dict.fromkeys((0, centre, form.patches - 1)) if tokens[index, :KEPT_VALUES].any()]
    return {
        "cls": excerpt(outputs["cls"]),
        "patchMean": excerpt(outputs["patch_mean"]),
        "patchTokens": {str(index): excerpt(tokens[index]) for index in kept},
    }
