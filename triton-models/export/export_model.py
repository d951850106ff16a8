"""Makes an engine of a Hugging Face DINOv3ViT folder, and writes it only when it passes every gate.

`python export_model.py --weights DIR --model REPOSITORY/MODEL [--calibration IMAGES.npy] [--head-data DIR] [--images N] [--golden]`

MODEL holds `spec.json` (write-dinov3-spec.ts), which says size and precision; `<version>/model.onnx` and `export.json` are
written beside it. A refused engine leaves nothing behind: the exit code is 1, and the lines say which gate and figure.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx

from compare import cosines
from diagnose import diagnose
from gates import (
    LIMITS,
    MAX_HEAD_AUC_LOSS,
    MIN_BATCH_COSINE,
    Failure,
    batch_failures,
    head_failures,
    output_failures,
    parity_figures,
    shape_failures,
    tried_batch,
)
from graph import draw_model
from half_range import half_range_failures
from head import Labelled, head_figures, load_labelled
from lint import PUBLISHED, lint
from model_file import model_files, save_model
from quantise import quantise
from reference import run_reference
from runner import open_session, run_batch
from synthetic import FORMULAS, random_images, synthetic_image
from weights import Weights, load_weights, sha256_of, weight_files
from write_golden import write_golden

NO_HEAD_DATA = (
    "INT8 needs --head-data DIR: a folder per label with 20 or more PNG or JPEG images each. What an INT8 engine costs a head, no "
    "cosine says"
)
PACKAGES = ("torch", "transformers", "onnx", "onnxruntime", "numpy", "safetensors")


@dataclass(frozen=True)
class Verdict:
    """What was measured, which gates were missed (none: it may be written), and the likely reason where one is known."""

    parity: dict
    failures: list[Failure]
    reason: str | None


def spec_faults(spec: dict, weights: Weights) -> list[str]:
    """What the spec says that is not so for the weights."""
    expected = {
        "weightsDigest": (spec["weightsDigest"], weights.digest),
        "dimension": (spec["dimension"], weights.config["hidden_size"]),
        "registerTokens": (spec["registerTokens"], weights.config["num_register_tokens"]),
        "patchSize": (spec["patchSize"], weights.config["patch_size"]),
        "input/mean": (tuple(spec["input"]["mean"]), weights.mean),
        "input/std": (tuple(spec["input"]["std"]), weights.std),
    }
    return [f"spec.json: {key} is {said}, of the weights {true}" for key, (said, true) in expected.items() if said != true]


def draw(weights: Weights, spec: dict, path: Path, calibration: np.ndarray) -> None:
    """Writes the engine of the spec's size and precision."""
    height, width, precision = spec["input"]["height"], spec["input"]["width"], spec["precision"]
    model = draw_model(weights, height, width, half=precision == "fp16")
    if precision == "int8":
        whole = path.with_name("fp32.onnx")
        save_model(model, whole)
        quantise(whole, path, calibration)
        for file in model_files(whole):
            file.unlink()
    else:
        save_model(model, path)


def test_images(count: int, height: int, width: int) -> np.ndarray:
    formulas = np.stack([synthetic_image(name, height, width) for name in FORMULAS])
    return np.concatenate([formulas, random_images(max(count - len(formulas), 1), height, width, seed=7)])


def judge(weights_folder: Path, path: Path, spec: dict, images: np.ndarray, labelled: Labelled | None = None) -> Verdict:
    """Asks every gate; the first kind that fails ends it, since later figures would say the same less clearly."""
    precision = spec["precision"]
    found = [Failure("graphLint", fault) for fault in lint(path)]
    if not found and precision == "fp16":
        found = half_range_failures(path, images[:2])
    if found:
        return Verdict({}, found, None)
    session = open_session(path)
    alone = [run_batch(session, image[None]) for image in images]
    outputs = {name: np.concatenate([one[name] for one in alone]) for name in alone[0]}
    reference = run_reference(weights_folder, images)
    found = shape_failures(outputs, reference)
    if found:
        return Verdict({}, found, None)
    count = tried_batch(spec["maxBatchSize"], len(images))
    together = run_batch(session, images[:count])
    batch_cosine = min(float(cosines(outputs[name][:count], together[name]).min()) for name in together)
    measured = parity_figures(outputs, reference)
    parity = {
        "images": len(images),
        "against": "transformers DINOv3ViTModel, FP32",
        "outputs": measured,
        "aloneAgainstBatchCosineMin": batch_cosine,
    }
    missed = output_failures(measured, precision)
    reason = diagnose(weights_folder, images, outputs, precision) if missed else None
    missed += batch_failures(batch_cosine)
    if labelled is not None and not missed:
        parity["head"] = head_figures(weights_folder, path, labelled)
        missed += head_failures(parity["head"])
    return Verdict(parity, missed, reason)


def manifest(weights_folder: Path, weights: Weights, path: Path, spec: dict, parity: dict) -> dict:
    model = onnx.load(path, load_external_data=False)
    return {
        "weightsDigest": weights.digest,
        "weightsFiles": {file.name: sha256_of(file) for file in weight_files(weights_folder)},
        "modelDigest": sha256_of(path),
        "modelFiles": {file.name: sha256_of(file) for file in model_files(path)},
        "precision": spec["precision"],
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "operators": dict(sorted(Counter(node.op_type for node in model.graph.node).items())),
        "graphLint": {"source": PUBLISHED["source"], "version": PUBLISHED["version"], "faults": 0},
        "gates": LIMITS[spec["precision"]]
        | {"aloneAgainstBatchCosineMin": MIN_BATCH_COSINE}
        | ({"headAucLoss": MAX_HEAD_AUC_LOSS} if "head" in parity else {}),
        **({"headGate": "not asked: for a test, not to be served"} if spec["precision"] == "int8" and "head" not in parity else {}),
        "versions": {package: version(package) for package in PACKAGES},
        "parity": parity,
    }


def export_model(
    weights_folder: Path,
    model_folder: Path,
    calibration: np.ndarray | None = None,
    images: int = 8,
    head_data: Path | None = None,
    without_head_gate: bool = False,
) -> Verdict:
    """Draws, judges and, when no gate is missed, moves the engine and its manifest into the model's folder.

    `head_data` is a folder per label of images for the gate of the head's AUC; ValueError when it holds too few, and for INT8 when
    it is missing. `without_head_gate` is for tests: the manifest says that the gate was not asked, and the engine is not served.
    """
    spec, weights = json.loads((model_folder / "spec.json").read_text()), load_weights(weights_folder)
    faults = spec_faults(spec, weights)
    if faults:
        return Verdict({}, [Failure("spec", fault) for fault in faults], None)
    if spec["precision"] == "int8" and head_data is None and not without_head_gate:
        raise ValueError(NO_HEAD_DATA)
    height, width = spec["input"]["height"], spec["input"]["width"]
    labelled = None if head_data is None else load_labelled(head_data, height, width)
    # Other images than those of the gates.
    calibration = random_images(8, height, width, seed=11) if calibration is None else calibration
    # In the model's folder, so that moving is a rename.
    with tempfile.TemporaryDirectory(dir=model_folder, prefix=".export-") as staging:
        path = Path(staging) / "model.onnx"
        stage("drawing the graph")
        draw(weights, spec, path, calibration)
        stage(f"asking the gates, {images} images against transformers")
        verdict = judge(weights_folder, path, spec, test_images(images, height, width), labelled)
        if verdict.failures:
            return verdict
        document = manifest(weights_folder, weights, path, spec, verdict.parity)
        target = model_folder / spec["version"]
        target.mkdir(exist_ok=True)
        # The engine before this one may have had a second file, which would be taken for this one's.
        for file in model_files(target / path.name):
            file.unlink()
        for file in model_files(path):
            shutil.move(file, target / file.name)
    (model_folder / "export.json").write_text(json.dumps(document, indent=2) + "\n")
    return verdict


def stage(doing: str) -> None:
    """Says where it is, for whoever waits."""
    print(f"STAGE {doing}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="model folder with spec.json")
    parser.add_argument("--calibration", type=Path, help="UINT8 [N,3,H,W] as npy, for INT8; otherwise synthetic images")
    parser.add_argument("--images", type=int, default=8, help="how many images the gates compare")
    parser.add_argument("--head-data", type=Path, help="a folder per label of PNG or JPEG images: gates a linear head's AUC; INT8 needs it")
    parser.add_argument(
        "--without-head-gate", action="store_true", help="for tests: INT8 without --head-data, marked in export.json and not served"
    )
    parser.add_argument("--golden", action="store_true", help="write the golden files too, for tessera models verify")
    args = parser.parse_args()
    calibration = None if args.calibration is None else np.load(args.calibration, allow_pickle=False)
    try:
        verdict = export_model(args.weights, args.model, calibration, args.images, args.head_data, args.without_head_gate)
    except ValueError as error:
        sys.exit(f"error: {error}")
    if args.golden and not verdict.failures:
        stage("writing the golden values")
        write_golden(args.weights, args.model)
    print(json.dumps(verdict.parity, indent=2))
    for failure in verdict.failures:
        print(f"REFUSED {failure}")
    if verdict.reason is not None:
        print(f"LIKELY {verdict.reason}")
    sys.exit(1 if verdict.failures else 0)


if __name__ == "__main__":
    main()
