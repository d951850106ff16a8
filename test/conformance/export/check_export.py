"""The exporter against transformers, with random weights. Ends with `N passed, N failed, N skipped`.

Right engines are written and equal the reference; every spoiled one is refused for the right reason and leaves nothing behind.
"""

import functools
import json
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnx
from random_weights import GATED, S, SAT, TINY, write_random_weights

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "triton-models" / "export"))

import export_model as exporter  # noqa: E402
import spoil  # noqa: E402
from bad_graphs import BAD_GRAPHS  # noqa: E402
from gate_checks import checks as gate_checks  # noqa: E402
from half_range import half_range_failures  # noqa: E402
from head_checks import checks as head_checks  # noqa: E402
from lint import lint  # noqa: E402
from model_file import model_files, save_model  # noqa: E402
from quantise import quantise  # noqa: E402
from runner import open_session, run_batch  # noqa: E402
from weights import load_weights, sha256_of, weights_digest  # noqa: E402


def model_folder(folder: Path, weights_folder: Path, precision: str = "fp32", height: int = 64, width: int = 96) -> Path:
    """A model's folder with what the exporter reads of a spec."""
    weights = load_weights(weights_folder)
    target = folder / f"model_{precision}"
    target.mkdir()
    spec = {
        "version": "1",
        "weightsDigest": weights.digest,
        "dimension": weights.config["hidden_size"],
        "registerTokens": 4,
        "patchSize": 16,
        "precision": precision,
        "maxBatchSize": 32,
        "input": {"height": height, "width": width, "mean": weights.mean, "std": weights.std},
    }
    (target / "spec.json").write_text(json.dumps(spec))
    return target


def refuse(folder: Path, draw: Callable, gate: str, reason: str | None, precision: str = "fp32") -> None:
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"])
    target = model_folder(folder, weights_folder, precision)
    with patch.object(exporter, "draw", draw):
        verdict = exporter.export_model(weights_folder, target, images=4, without_head_gate=True)
    gates = [failure.gate for failure in verdict.failures]
    assert gate in gates, (gate, [str(failure) for failure in verdict.failures])
    assert verdict.reason == reason, verdict.reason
    assert [path.name for path in target.iterdir()] == ["spec.json"], "a refused engine leaves nothing behind"


def the_true_s_architecture_from_spec_to_engine(folder: Path) -> None:
    weights_folder = write_random_weights(folder / "weights", S)
    script = ROOT / "triton-models" / "write-dinov3-spec.ts"
    arguments = ["--variant", "dinov3_vits16", "--size", "224", "--weights", weights_folder, "--out", folder / "repository"]
    subprocess.run([ROOT / "node_modules/.bin/node", script, *arguments], cwd=ROOT, check=True, capture_output=True)
    target = folder / "repository" / "dinov3_vits16_224"
    verdict = exporter.export_model(weights_folder, target, images=4)
    assert not verdict.failures, verdict.failures
    outputs = verdict.parity["outputs"]
    print("        S: " + ", ".join(f"{name} {entry['cosineMin']:.8f}" for name, entry in outputs.items()))
    assert min(entry["cosineMin"] for entry in outputs.values()) >= 0.9999
    manifest = json.loads((target / "export.json").read_text())
    assert manifest["modelDigest"] == sha256_of(target / "1" / "model.onnx")
    assert manifest["weightsDigest"] == json.loads((target / "spec.json").read_text())["weightsDigest"]


def other_weights_get_no_spec(folder: Path) -> None:
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"])
    script = ROOT / "triton-models" / "write-dinov3-spec.ts"
    arguments = ["--variant", "dinov3_vits16", "--size", "224", "--weights", weights_folder, "--out", folder / "repository"]
    run = subprocess.run([ROOT / "node_modules/.bin/node", script, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode != 0 and "hidden_size is 128, not 384" in run.stderr, run.stderr


def a_variant_passes(variant: str, precision: str, folder: Path) -> None:
    normalisation = SAT if variant == "vitl16" else None
    options = {} if normalisation is None else {"normalisation": normalisation}
    weights_folder = write_random_weights(folder / "weights", TINY[variant], **options)
    target = model_folder(folder, weights_folder, precision)
    verdict = exporter.export_model(weights_folder, target, images=4, without_head_gate=True)
    assert not verdict.failures, [str(failure) for failure in verdict.failures]
    path = target / "1" / "model.onnx"
    assert lint(path) == []
    model = onnx.load(path)
    norms = sum(node.op_type == "LayerNormalization" for node in model.graph.node)
    assert norms == 2 * 2 + 1
    halves = sum(entry.data_type == onnx.TensorProto.FLOAT16 for entry in model.graph.initializer)
    quantised = sum(node.op_type == "QuantizeLinear" for node in model.graph.node)
    assert (halves > 0, quantised > 0) == (precision == "fp16", precision == "int8")
    sigmoids = sum(node.op_type == "Sigmoid" for node in model.graph.node)
    assert sigmoids == (2 if GATED.items() <= TINY[variant].items() else 0)


def shards_give_the_same_engine(folder: Path) -> None:
    whole = write_random_weights(folder / "whole", TINY["vit7b16"])
    shards = write_random_weights(folder / "shards", TINY["vit7b16"], shard_size="1MB")
    one, other = load_weights(whole), load_weights(shards)
    assert one.tensors.keys() == other.tensors.keys()
    assert all(np.array_equal(one.tensors[name], other.tensors[name]) for name in one.tensors)
    command = "sha256sum model-*-of-*.safetensors | sha256sum"
    printed = subprocess.run(command, shell=True, cwd=shards, check=True, capture_output=True, text=True).stdout
    assert weights_digest(shards) == printed.split()[0]
    next(shards.glob("model-00002-of-*")).unlink()
    try:
        load_weights(shards)
    except ValueError as error:
        assert "shards only" in str(error)
    else:
        raise AssertionError("a missing shard was not noticed")


def weights_that_lie_apart_change_nothing(folder: Path) -> None:
    weights = load_weights(write_random_weights(folder / "weights", TINY["vits16"]))
    images = exporter.test_images(4, 64, 96)
    paths = [folder / name / "model.onnx" for name in ("whole", "apart", "again")]
    for path, limit in zip(paths, (10**9, 1000, 1000), strict=True):
        save_model(exporter.draw_model(weights, 64, 96, half=True), path, limit)
    assert [len(model_files(path)) for path in paths] == [1, 2, 2]
    assert [sha256_of(file) for file in model_files(paths[1])] == [sha256_of(file) for file in model_files(paths[2])]
    assert lint(paths[1]) == [] and half_range_failures(paths[1], images) == []
    whole, apart = (run_batch(open_session(path), images) for path in paths[:2])
    assert all(np.array_equal(whole[name], apart[name]) for name in whole)


def int8_of_weights_that_lie_apart_is_the_same(folder: Path) -> None:
    weights = load_weights(write_random_weights(folder / "weights", TINY["vits16"]))
    images = exporter.test_images(4, 64, 96)
    paths = [folder / name / "model.onnx" for name in ("whole", "apart")]
    for path, limit in zip(paths, (10**9, 1000), strict=True):
        source = path.with_name("fp32.onnx")
        save_model(exporter.draw_model(weights, 64, 96, half=False), source, limit)
        quantise(source, path, images)
    assert [len(model_files(path)) for path in paths] == [1, 2]
    assert lint(paths[1]) == []
    whole, apart = (run_batch(open_session(path), images) for path in paths)
    assert all(np.array_equal(whole[name], apart[name]) for name in whole)


def as_many_images_are_tried_together_as_the_model_takes(folder: Path) -> None:
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"])
    target = model_folder(folder, weights_folder)
    spec = json.loads((target / "spec.json").read_text())
    for limit, expected in ((32, 8), (5, 5), (1, 2)):
        (target / "spec.json").write_text(json.dumps(spec | {"maxBatchSize": limit}))
        with patch.object(exporter, "run_batch", wraps=run_batch) as run:
            assert not exporter.export_model(weights_folder, target, images=9).failures
        sizes = [len(call.args[1]) for call in run.call_args_list]
        assert sizes == [1] * 9 + [expected], (limit, sizes)


def an_engine_leaves_no_file_of_the_one_before(folder: Path) -> None:
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"])
    target = model_folder(folder, weights_folder)
    (target / "1").mkdir()
    (target / "1" / "model.onnx.data").write_bytes(b"weights of a larger model")
    assert not exporter.export_model(weights_folder, target, images=4).failures
    assert [path.name for path in (target / "1").iterdir()] == ["model.onnx"]
    assert list(json.loads((target / "export.json").read_text())["modelFiles"]) == ["model.onnx"]


def activations_beyond_fp16_are_refused_in_fp16_only(folder: Path) -> None:
    """The weights are right and FP32 serves them; in FP16 the first hidden layer overflows."""
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"], gain={"mlp.up_proj.weight": 1e5})
    assert not exporter.export_model(weights_folder, model_folder(folder, weights_folder), images=4).failures
    target = model_folder(folder, weights_folder, "fp16")
    verdict = exporter.export_model(weights_folder, target, images=4)
    assert [failure.gate for failure in verdict.failures] == ["fp16Range"], verdict.failures
    assert "layer.0.mlp.up_proj" in verdict.failures[0].figure
    assert [path.name for path in target.iterdir()] == ["spec.json"]


def a_spec_of_other_weights_is_refused(folder: Path) -> None:
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"])
    target = model_folder(folder, write_random_weights(folder / "other", TINY["vits16"], seed=1))
    gates = [str(failure) for failure in exporter.export_model(weights_folder, target).failures]
    assert len(gates) == 1 and gates[0].startswith("spec: spec.json: weightsDigest"), gates


def a_bad_graph_is_named(rule: str, draw: Callable, folder: Path) -> None:
    path = folder / "bad.onnx"
    save_model(draw(), path)
    found = lint(path)
    assert found and all(line.startswith(f"{rule}: ") for line in found), found


def a_graph_that_fails_the_lint_is_refused(folder: Path) -> None:
    bad = dict((draw.__name__, draw) for _, draw in BAD_GRAPHS)["branch"]
    refuse(folder, lambda _weights, _spec, path, _calibration: save_model(bad(), path), "graphLint", None)


def the_committed_models_pass_the_lint(_folder: Path) -> None:
    paths = sorted((ROOT / "triton-models").glob("demo_vit_*/1/model.onnx"))
    assert len(paths) == 2 and [lint(path) for path in paths] == [[], []]


SPOILED = [
    (spoil.swapped_channels, "cosineMin.cls", "the colour channels are swapped (BGR for RGB)", "fp32"),
    (spoil.swapped_channels, "cosineMin.cls", "the colour channels are swapped (BGR for RGB)", "fp16"),
    (spoil.swapped_channels, "cosineP01.patch_tokens", "the colour channels are swapped (BGR for RGB)", "fp16"),
    (spoil.scaled_outputs, "relativeFrobenius.cls", None, "fp16"),
    (spoil.scaled_outputs, "relativeFrobenius.patch_mean", None, "fp16"),
    (spoil.scaled_outputs, "relativeFrobenius.patch_tokens", None, "fp16"),
    (spoil.only_rescaled, "cosineMin.patch_mean", "the normalisation by mean and std is missing", "fp32"),
    (spoil.not_normalised, "cosineMin.cls", "the rescaling and the normalisation are missing", "fp32"),
    (spoil.without_rotation, "cosineMin.patch_tokens", "the rotary positions (RoPE) are missing", "fp32"),
    (spoil.exchanged_axes, "cosineMin.patch_tokens", "the axes of the rotary positions (RoPE) are exchanged", "fp32"),
    (spoil.other_base, "cosineMin.patch_tokens", None, "fp32"),
    (spoil.dropped_registers, "cosineMin.cls", "the register tokens are dropped", "fp32"),
    (spoil.a_register_among_the_patches, "tokenCount.patch_tokens", None, "fp32"),
    (spoil.not_a_number, "finite.cls", None, "fp32"),
    (spoil.batch_dependent, "aloneAgainstBatch", None, "fp32"),
    (spoil.narrow_calibration, "cosineMin.cls", None, "int8"),
]


def named(title: str, check: Callable, *args: object) -> tuple[str, Callable[[Path], None]]:
    return title, functools.partial(check, *args)


CHECKS = [
    *[
        named(check.__name__.replace("_", " "), check)
        for check in (
            the_true_s_architecture_from_spec_to_engine,
            other_weights_get_no_spec,
            shards_give_the_same_engine,
            weights_that_lie_apart_change_nothing,
            int8_of_weights_that_lie_apart_is_the_same,
            as_many_images_are_tried_together_as_the_model_takes,
            an_engine_leaves_no_file_of_the_one_before,
            activations_beyond_fp16_are_refused_in_fp16_only,
            a_spec_of_other_weights_is_refused,
            a_graph_that_fails_the_lint_is_refused,
            the_committed_models_pass_the_lint,
        )
    ],
    *[named(f"{v} in {p} passes", a_variant_passes, v, p) for v in TINY for p in ("fp32", "fp16", "int8")],
    *[
        (
            f"refused in {p} by {g}: {draw.__name__.replace('_', ' ')}",
            functools.partial(refuse, draw=draw, gate=g, reason=r, precision=p),
        )
        for draw, g, r, p in SPOILED
    ],
    *gate_checks(),
    *head_checks(model_folder),
    *[named(f"lint, {rule}: {draw.__name__.replace('_', ' ')}", a_bad_graph_is_named, rule, draw) for rule, draw in BAD_GRAPHS],
]


def main() -> int:
    failed = 0
    for name, check in CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(folder=Path(folder)) if name.startswith("refused") else check(Path(folder))
                print(f"ok      {name}")
            except Exception:  # noqa: BLE001 - whatever went wrong is this check's failure, and the next one still runs
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}")
    print(f"{len(CHECKS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
