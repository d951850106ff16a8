"""Makes a model folder of any ONNX image encoder, and writes it only when it equals the original.

`python wrap_onnx.py --onnx FILE --recipe RECIPE.json --licence LICENCE_TEXT --out REPOSITORY [--images N]`

Writes REPOSITORY/<variant>_<size>/ with `spec.json`, `<version>/model.onnx`, `export.json`, the golden files and `LICENSE`. Exit
code 1 and nothing written when a gate is missed (the lines say which), 2 when the recipe or the graph cannot be used (one line
says why).
What stands in a recipe: docs/concepts/other-encoders.md.
"""

import argparse
import hashlib
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto

from gates import Failure, tried_batch
from golden_tensors import GOLDEN_TENSORS
from lint import PUBLISHED, lint
from model_file import model_files, save_model
from runner import open_session
from synthetic import FORMULAS, random_images, synthetic_image
from weights import sha256_of
from wrap_gates import GATES, judge
from wrap_golden import golden_of
from wrap_graph import Form, draw_wrapped, find_form
from wrap_recipe import Recipe, WrapError, read_recipe
from wrap_source import Source, first_line, normalise, open_source, run_source, silence_runtime

PACKAGES = ("onnx", "onnxruntime", "numpy")
VERSION = "1"


@dataclass(frozen=True)
class Wrapped:
    """The folder that was written, or the gates that were missed (then nothing was); what was measured; faults for TensorRT."""

    folder: Path
    parity: dict
    failures: list[Failure]
    reason: str | None
    lint_faults: list[str]


def test_images(count: int, channels: int, height: int, width: int) -> np.ndarray:
    formulas = np.stack([synthetic_image(name, height, width) for name in FORMULAS])
    images = np.concatenate([formulas, random_images(max(count - len(formulas), 1), height, width, seed=7)])
    return np.ascontiguousarray(images[:, :channels])


def precision_of(model: ModelProto) -> str:
    """INT8 when anything is quantised, FP16 when weights are; else FP32."""
    if any(re.search("Quantize|^QLinear|Integer$", node.op_type) for node in model.graph.node):
        return "int8"
    return "fp16" if any(tensor.data_type == TensorProto.FLOAT16 for tensor in model.graph.initializer) else "fp32"


def weights_digest(source: Source, recipe: Recipe, form: Form) -> str:
    """sha256 of the source's digest and of all that decides what a vector means: the same file pooled or normalised in another
    way is another embedding space. The size is not part of it, as with other models."""
    parts = {
        "source": source.digest,
        "layout": recipe.layout,
        "scale": recipe.scale,
        "mean": recipe.mean,
        "std": recipe.std,
        "pooled": vars(recipe.pooled) | {"take": form.take},
        "tokens": None if recipe.tokens is None else vars(recipe.tokens),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def spec_of(source: Source, recipe: Recipe, form: Form) -> dict:
    size = f"{source.height}" if source.height == source.width else f"{source.height}x{source.width}"
    precision = precision_of(source.model)
    # INT8 is a space of its own, and so is its name.
    variant = f"{recipe.variant}_int8" if precision == "int8" and not recipe.variant.endswith("_int8") else recipe.variant
    # A single byte sample s becomes (s / 255 - mean) / std: whatever the scale was, said in these terms.
    ratio = 1 / (255 * recipe.scale)
    has_patches = form.patch_size is not None
    return {
        "name": f"{variant}_{size}",
        "family": recipe.family,
        "variant": variant,
        "version": VERSION,
        "description": recipe.description,
        "input": {
            "name": "image",
            "channels": source.channels,
            "height": source.height,
            "width": source.width,
            "mean": [value * ratio for value in recipe.mean],
            "std": [value * ratio for value in recipe.std],
        },
        "outputs": ["cls", "patch_mean", "patch_tokens"] if has_patches else ["cls"],
        **({"patchSize": form.patch_size, "registerTokens": max(0, recipe.tokens.prefix_tokens - 1)} if has_patches else {}),
        "dimension": form.dimension,
        "weightsDigest": weights_digest(source, recipe, form),
        "precision": precision,
        "maxBatchSize": recipe.max_batch_size,
        "licence": recipe.licence,
        "advisories": recipe.advisories,
    }


def run_wrapped(
    path: Path, images: np.ndarray, names: list[str], count: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Outputs of every image alone, and of the first `count` in one batch."""
    session = open_session(path)
    alone = [session.run(names, {"image": image[None]}) for image in images]
    try:
        together = session.run(names, {"image": images[:count]})
    except Exception as error:  # noqa: BLE001 - whatever the runtime throws
        raise WrapError(
            f"the graph computes one image but not {count} in one call ({first_line(error)}); its batch is fixed inside: "
            "export it with a dynamic batch axis"
        ) from error
    if any(len(values) != count for values in together):
        raise WrapError("the graph joins images into one answer: export it with a dynamic batch axis")
    by_name = {name: np.concatenate([one[index] for one in alone]) for index, name in enumerate(names)}
    return by_name, dict(zip(names, together, strict=True))


def lint_faults(path: Path) -> list[str]:
    try:
        return lint(path)
    except Exception as error:  # noqa: BLE001 - onnx gives up on graphs that ONNX Runtime runs
        return [f"shapes: {first_line(error)}"]


def manifest(source: Source, recipe: Recipe, path: Path, spec: dict, parity: dict, faults: list[str]) -> dict:
    model = onnx.load(path, load_external_data=False)
    return {
        "weightsDigest": spec["weightsDigest"],
        "weightsFiles": source.files,
        "modelDigest": sha256_of(path),
        "modelFiles": {file.name: sha256_of(file) for file in model_files(path)},
        "precision": spec["precision"],
        "opset": source.opset,
        "operators": dict(sorted(Counter(node.op_type for node in model.graph.node).items())),
        "graphLint": {"source": PUBLISHED["source"], "version": PUBLISHED["version"], "faults": len(faults), "first": faults[:5]},
        "gates": GATES,
        "versions": {package: version(package) for package in PACKAGES},
        "recipe": {
            "input": {
                "name": source.input_name,
                "layout": recipe.layout,
                "scale": recipe.scale,
                "mean": recipe.mean,
                "std": recipe.std,
            },
            "pooled": vars(recipe.pooled),
            "tokens": None if recipe.tokens is None else vars(recipe.tokens),
        },
        "parity": parity,
    }


def wrap(onnx_path: Path, recipe: Recipe, licence: Path, out: Path, images: int = 8) -> Wrapped:
    """Draws, judges and, when no gate is missed, writes the model's folder. Raises WrapError."""
    licence_text = read_licence(licence)
    source = open_source(onnx_path, recipe)
    pictures = test_images(images, source.channels, source.height, source.width)
    names = [selection.output for selection in (recipe.pooled, recipe.tokens) if selection is not None]
    one = run_source(source, normalise(pictures[:1], recipe, source), list(dict.fromkeys(names)))
    form = find_form(recipe, source, one)
    spec = spec_of(source, recipe, form)
    folder = out / spec["name"]
    out.mkdir(parents=True, exist_ok=True)
    # In the repository, so that moving is a rename.
    with tempfile.TemporaryDirectory(dir=out, prefix=".wrap-") as staging:
        path = Path(staging) / "model.onnx"
        save_model(draw_wrapped(source, recipe, form), path)
        onnx.checker.check_model(str(path))
        alone, together = run_wrapped(path, pictures, spec["outputs"], tried_batch(recipe.max_batch_size, len(pictures)))
        parity, failures, reason = judge(source, recipe, form, pictures, alone, together)
        faults = lint_faults(path)
        if not failures:
            document = manifest(source, recipe, path, spec, parity, faults)
            golden, tensors = golden_of(source, recipe, form)
            document["goldenDigest"] = hashlib.sha256(tensors).hexdigest()
            documents = {"export.json": document, "golden.json": golden, "spec.json": spec}
            write_folder(folder, path, documents, licence_text)
            (folder / GOLDEN_TENSORS).write_bytes(tensors)
    return Wrapped(folder, parity, failures, reason, faults)


def read_licence(path: Path) -> str:
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise WrapError(f"the licence text cannot be read ({error}); a model without one is not served") from error
    if not text.strip():
        raise WrapError("the licence text is empty; a model without one is not served")
    return text


def write_folder(folder: Path, path: Path, documents: dict[str, dict], licence_text: str) -> None:
    target = folder / VERSION
    target.mkdir(parents=True, exist_ok=True)
    for old in model_files(target / path.name):
        old.unlink()
    for file in model_files(path):
        shutil.move(file, target / file.name)
    # Rendered from another spec; `tessera models build` makes a new one.
    (folder / "config.pbtxt").unlink(missing_ok=True)
    (folder / "LICENSE").write_text(licence_text)
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, required=True, help="JSON document that says what of the graph is what")
    parser.add_argument("--licence", type=Path, required=True, help="text of the licence of the weights")
    parser.add_argument("--out", type=Path, required=True, help="folder that holds the models' folders")
    parser.add_argument("--images", type=int, default=8, help="how many images the gates compare")
    args = parser.parse_args()
    silence_runtime()
    try:
        wrapped = wrap(args.onnx, read_recipe(args.recipe), args.licence, args.out, args.images)
    except WrapError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    print(json.dumps(wrapped.parity, indent=2))
    for fault in wrapped.lint_faults[:5]:
        print(f"NOTE TensorRT would not take it: {fault}")
    for failure in wrapped.failures:
        print(f"REFUSED {failure}")
    if wrapped.reason is not None:
        print(f"LIKELY {wrapped.reason}")
    if not wrapped.failures:
        print(f"wrote {wrapped.folder}")
    sys.exit(1 if wrapped.failures else 0)


if __name__ == "__main__":
    main()
