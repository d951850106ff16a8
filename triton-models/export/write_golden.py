"""Writes golden.json and golden.safetensors of a model: `python write_golden.py --weights DIR --model MODEL_DIR`.

The values come from the reference (transformers, FP32), not from the ONNX file: whoever compares an encoder with them
compares it with the reference. The first holds excerpts, for people and tests; the second whole outputs, for `tessera models verify`,
which reads them only when their digest stands in export.json: it is written there too, where there is one.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import transformers

from excerpt import excerpt
from golden_tensors import GOLDEN_TENSORS, golden_tensors
from reference import run_reference
from synthetic import FORMULAS, synthetic_image
from weights import sha256_of


def reference_outputs(weights_folder: Path, height: int, width: int) -> dict[str, dict[str, np.ndarray]]:
    """Outputs of each image by formula, by its name; each with a first axis of one image."""
    return {name: run_reference(weights_folder, synthetic_image(name, height, width)[None]) for name in FORMULAS}


def golden(references: dict[str, dict[str, np.ndarray]], height: int, width: int, patch: int) -> dict:
    columns = width // patch
    patches = (height // patch) * columns
    centre = (height // patch // 2) * columns + columns // 2
    cases = {}
    for name, formula in FORMULAS.items():
        outputs = references[name]
        tokens = outputs["patch_tokens"][0]
        cases[name] = {
            "formula": formula,
            "cls": excerpt(outputs["cls"][0]),
            "patchMean": excerpt(outputs["patch_mean"][0]),
            "patchTokens": {str(index): excerpt(tokens[index]) for index in (0, centre, patches - 1)},
        }
    return {
        "reference": f"transformers {transformers.__version__} DINOv3ViTModel, torch {torch.__version__}, FP32, CPU",
        "input": {"layout": "UINT8 [3,H,W]; x the column, y the row, c the channel, from 0", "height": height, "width": width},
        # Values are of magnitude 1 to 4. FP32 engines differ by 3e-5 at most; FP16 tokens round by up to 2e-3 at 4.
        "tolerance": {"cls": 5e-4, "patchMean": 5e-4, "patchTokens": 4e-3},
        "cases": cases,
    }


def stacked(references: dict[str, dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """By output, in the order of the images."""
    outputs = list(references.values())
    return {name: np.concatenate([one[name] for one in outputs]) for name in outputs[0]}


def write_golden(weights_folder: Path, model_folder: Path) -> None:
    """Both files, and the digest of the second in the manifest."""
    spec = json.loads((model_folder / "spec.json").read_text())
    height, width = spec["input"]["height"], spec["input"]["width"]
    references = reference_outputs(weights_folder, height, width)
    document = golden(references, height, width, spec["patchSize"])
    (model_folder / "golden.json").write_text(json.dumps(document, indent=2) + "\n")
    (model_folder / GOLDEN_TENSORS).write_bytes(golden_tensors(list(references), stacked(references)))
    manifest = model_folder / "export.json"
    if manifest.exists():
        digest = {"goldenDigest": sha256_of(model_folder / GOLDEN_TENSORS)}
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | digest, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="model folder with spec.json")
    args = parser.parse_args()
    write_golden(args.weights, args.model)


if __name__ == "__main__":
    main()
