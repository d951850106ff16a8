"""Writes the ONNX file of one model: `python export_onnx.py --weights DIR --height 224 --width 224 --out model.onnx`.

The same weights, size and package versions give the same bytes.
"""

import argparse
from collections import Counter
from pathlib import Path

import onnx

from graph import draw_model
from weights import load_weights, sha256_of

# What must not occur: each of these makes engines fall back, re-plan or refuse (control flow, data-dependent shapes).
FORBIDDEN_OPS = {"If", "Loop", "Scan", "Shape", "ConstantOfShape", "NonZero", "Resize", "Range", "Expand", "Tile", "Where"}


def export(weights_folder: Path, height: int, width: int, out: Path) -> Counter:
    """Writes the file and returns how often each operator occurs in it."""
    model = draw_model(load_weights(weights_folder), height, width)
    onnx.checker.check_model(model, full_check=True)
    operators = Counter(node.op_type for node in model.graph.node)
    forbidden = FORBIDDEN_OPS & set(operators)
    if forbidden:
        raise ValueError(f"the graph holds {sorted(forbidden)}")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(model.SerializeToString(deterministic=True))
    return operators


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="folder with model.safetensors and config.json")
    parser.add_argument("--height", type=int, required=True)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    operators = export(args.weights, args.height, args.width, args.out)
    print(f"{args.out}: sha256 {sha256_of(args.out)}")
    print(", ".join(f"{name} {count}" for name, count in sorted(operators.items())))


if __name__ == "__main__":
    main()
