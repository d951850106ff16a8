"""Compares a model's ONNX file with the reference and writes the figures into export.json; exits 1 when the gate fails.

`python verify_parity.py --weights DIR --model MODEL_DIR [--check]`; with --check nothing is written, and the digests and
operators of the committed export.json must be those of the files.
"""

import argparse
import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx

from compare import cosines, figures
from gates import batch_failures, output_failures
from golden_tensors import GOLDEN_TENSORS
from reference import run_reference
from runner import open_session, run_batch
from synthetic import FORMULAS, random_images, synthetic_image
from weights import sha256_of, weights_digest

PACKAGES = ("torch", "transformers", "onnx", "onnxruntime", "numpy", "safetensors")


def test_images(height: int, width: int) -> np.ndarray:
    formulas = np.stack([synthetic_image(name, height, width) for name in FORMULAS])
    return np.concatenate([formulas, random_images(5, height, width, seed=7)])


def measure(weights_folder: Path, model_path: Path, height: int, width: int) -> dict:
    images = test_images(height, width)
    session = open_session(model_path)
    together = run_batch(session, images)
    alone = [run_batch(session, image[None]) for image in images]
    batch_cosine = min(
        float(cosines(np.concatenate([one[name] for one in alone]), together[name]).min()) for name in together
    )
    return {
        "images": len(images),
        "against": "transformers DINOv3ViTModel, FP32",
        "outputs": figures(together, run_reference(weights_folder, images)),
        "aloneAgainstBatchCosineMin": batch_cosine,
    }


def failures(parity: dict) -> list[str]:
    found = output_failures(parity["outputs"], "fp32") + batch_failures(parity["aloneAgainstBatchCosineMin"])
    return [str(failure) for failure in found]


def identity(weights_folder: Path, model_path: Path) -> dict:
    """What the files are: digests and operators."""
    model = onnx.load(model_path)
    return {
        "weightsDigest": weights_digest(weights_folder),
        "modelDigest": sha256_of(model_path),
        "goldenDigest": sha256_of(model_path.parents[1] / GOLDEN_TENSORS),
        "opset": model.opset_import[0].version,
        "operators": dict(sorted(Counter(node.op_type for node in model.graph.node).items())),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="model folder with spec.json and its version folder")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    spec = json.loads((args.model / "spec.json").read_text())
    model_path = args.model / spec["version"] / "model.onnx"
    manifest = identity(args.weights, model_path)
    parity = measure(args.weights, model_path, spec["input"]["height"], spec["input"]["width"])
    found = failures(parity)
    if manifest["weightsDigest"] != spec["weightsDigest"]:
        found.append("spec.json names other weights")
    manifest_path = args.model / "export.json"
    if args.check:
        committed = json.loads(manifest_path.read_text())
        found += [f"export.json: {key} is not that of the files" for key in manifest if committed[key] != manifest[key]]
    else:
        versions = {package: version(package) for package in PACKAGES}
        document = manifest | {"versions": versions, "parity": parity}
        manifest_path.write_text(json.dumps(document, indent=2) + "\n")
    print(json.dumps(parity, indent=2))
    for line in found:
        print(f"FAILED {line}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
