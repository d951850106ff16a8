"""The default models against transformers with the same weights. Ends with `N passed, N failed, N skipped`.

    python check_parity.py 127.0.0.1:PORT

For each model: the committed ONNX file is what the exporter writes from the committed weights; its golden vectors are what the
reference computes; and the encoder that listens at the address gives the reference's embeddings for images of every kind.
"""

import json
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np
import tritonclient.grpc as grpcclient
from PIL import Image
from safetensors import safe_open

ROOT = Path(__file__).resolve().parents[3]
MODELS = ROOT / "triton-models"
WEIGHTS = MODELS / "demo" / "weights"
sys.path.insert(0, str(MODELS / "export"))

from compare import cosines, figures  # noqa: E402
from export_onnx import export  # noqa: E402
from golden_tensors import GOLDEN_TENSORS  # noqa: E402
from reference import run_reference  # noqa: E402
from synthetic import FORMULAS, random_images, synthetic_image  # noqa: E402
from verify_parity import failures, identity, measure  # noqa: E402
from weights import sha256_of  # noqa: E402
from write_golden import golden, reference_outputs, stacked  # noqa: E402

MIN_COSINE = 0.9999
# Another CPU sums in another order; the committed values have six digits.
GOLDEN_TOLERANCE = 5e-5


def read_json(path: Path) -> dict:
    return json.loads(path.read_text())


def sample_images(height: int, width: int) -> np.ndarray:
    """The repository's sample photographs, stretched to the input size as any client might."""
    paths = sorted(path for path in (ROOT / "samples").rglob("*") if path.suffix in (".png", ".jpg"))
    assert paths, "the repository ships sample images"
    pixels = [np.asarray(Image.open(path).convert("RGB").resize((width, height), Image.Resampling.BILINEAR)) for path in paths]
    return np.stack(pixels).transpose(0, 3, 1, 2).copy()


def the_exporter_writes_the_committed_file(model: str, _address: str) -> None:
    spec = read_json(MODELS / model / "spec.json")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model.onnx"
        export(WEIGHTS, spec["input"]["height"], spec["input"]["width"], out)
        assert sha256_of(out) == sha256_of(MODELS / model / spec["version"] / "model.onnx")


def the_manifest_describes_the_committed_files(model: str, _address: str) -> None:
    spec, manifest = read_json(MODELS / model / "spec.json"), read_json(MODELS / model / "export.json")
    actual = identity(WEIGHTS, MODELS / model / spec["version"] / "model.onnx")
    assert {key: manifest[key] for key in actual} == actual
    assert spec["weightsDigest"] == actual["weightsDigest"]


def the_committed_file_passes_the_parity_gate(model: str, _address: str) -> None:
    spec = read_json(MODELS / model / "spec.json")
    path = MODELS / model / spec["version"] / "model.onnx"
    found = failures(measure(WEIGHTS, path, spec["input"]["height"], spec["input"]["width"]))
    assert not found, found


def the_golden_vectors_are_the_references(model: str, _address: str) -> None:
    spec, committed = read_json(MODELS / model / "spec.json"), read_json(MODELS / model / "golden.json")
    height, width = spec["input"]["height"], spec["input"]["width"]
    references = reference_outputs(WEIGHTS, height, width)
    fresh = golden(references, height, width, spec["patchSize"])
    assert fresh["input"] == committed["input"] and fresh["cases"].keys() == committed["cases"].keys()
    for name, case in committed["cases"].items():
        again = fresh["cases"][name]
        pairs = [(case["cls"], again["cls"]), (case["patchMean"], again["patchMean"])]
        pairs += [(excerpt, again["patchTokens"][index]) for index, excerpt in case["patchTokens"].items()]
        for excerpt, other in pairs:
            assert np.abs(np.subtract(excerpt["first"], other["first"])).max() <= GOLDEN_TOLERANCE
            assert abs(excerpt["norm"] - other["norm"]) <= GOLDEN_TOLERANCE
    path = MODELS / model / GOLDEN_TENSORS
    assert path.stat().st_size < 1_000_000
    with safe_open(path, "np") as file:
        assert file.metadata() == {"cases": ",".join(FORMULAS)}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
    expected = stacked(references)
    assert tensors.keys() == expected.keys() and tensors["patch_tokens"].dtype == np.float16
    for name, entry in figures(tensors, expected).items():
        assert entry["relativeFrobenius"] <= (3e-4 if name == "patch_tokens" else 1e-5), (name, entry)


def ask_encoder(address: str, model: str, images: np.ndarray) -> dict[str, np.ndarray]:
    client = grpcclient.InferenceServerClient(address)
    tensor = grpcclient.InferInput("image", images.shape, "UINT8")
    tensor.set_data_from_numpy(images)
    result = client.infer(model, [tensor])
    client.close()
    return {name: result.as_numpy(name) for name in ("cls", "patch_mean", "patch_tokens")}


def the_running_encoder_gives_the_references_embeddings(model: str, address: str) -> None:
    spec = read_json(MODELS / model / "spec.json")
    height, width = spec["input"]["height"], spec["input"]["width"]
    formulas = np.stack([synthetic_image(name, height, width) for name in FORMULAS])
    images = np.concatenate([formulas, random_images(2, height, width, seed=3), sample_images(height, width)])
    limit = spec["maxBatchSize"]
    batches = [images[start : start + limit] for start in range(0, len(images), limit)]
    replies = [ask_encoder(address, model, batch) for batch in batches]
    actual = {name: np.concatenate([reply[name] for reply in replies]) for name in replies[0]}
    expected = run_reference(WEIGHTS, images)
    measured = figures(actual, expected)
    print(f"        {model}, {len(images)} images: " + ", ".join(f"{k} {v['cosineMin']:.8f}" for k, v in measured.items()))
    for name, entry in measured.items():
        assert entry["allFinite"] and actual[name].shape == expected[name].shape
        assert entry["cosineMin"] >= MIN_COSINE, (name, entry)
    # The measure can fail: the same vectors in another order are far from it.
    assert cosines(np.roll(actual["cls"], 1, axis=0), expected["cls"]).min() < 0.99


CHECKS = [
    the_exporter_writes_the_committed_file,
    the_manifest_describes_the_committed_files,
    the_committed_file_passes_the_parity_gate,
    the_golden_vectors_are_the_references,
    the_running_encoder_gives_the_references_embeddings,
]


def main() -> int:
    address = sys.argv[1]
    models = sorted(path.parent.name for path in MODELS.glob("demo_vit_*/spec.json"))
    assert models, "the repository ships models"
    failed = 0
    for model in models:
        for check in CHECKS:
            name = f"{model}: {check.__name__.replace('_', ' ')}"
            try:
                check(model, address)
                print(f"ok      {name}")
            except Exception:  # noqa: BLE001 - whatever went wrong is this check's failure, and the next one still runs
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}")
    print(f"{len(models) * len(CHECKS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
