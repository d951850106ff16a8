"""Writes golden.json of a model: `python write_golden.py --weights DIR --model MODEL_DIR`.

The values come from the reference (transformers, FP32), not from the ONNX file: whoever compares an encoder with them
compares it with the reference.
"""

import argparse
import json
from pathlib import Path

import torch
import transformers

from excerpt import excerpt
from reference import run_reference
from synthetic import FORMULAS, synthetic_image

def golden(weights_folder: Path, height: int, width: int, patch: int) -> dict:
    columns = width // patch
    patches = (height // patch) * columns
    centre = (height // patch // 2) * columns + columns // 2
    cases = {}
    for name, formula in FORMULAS.items():
        outputs = run_reference(weights_folder, synthetic_image(name, height, width)[None])
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="model folder with spec.json")
    args = parser.parse_args()
    spec = json.loads((args.model / "spec.json").read_text())
    document = golden(args.weights, spec["input"]["height"], spec["input"]["width"], spec["patchSize"])
    (args.model / "golden.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
