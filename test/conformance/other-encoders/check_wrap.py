"""Encoders of other families through `wrap_onnx.py` and the gateway, against torch. Ends with `N passed, N failed, N skipped`."""

import functools
import io
import json
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnx
from encoders import CASES, RESNET, Case, export_onnx, resnet18, run_torch

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "triton-models" / "export"))

import wrap_onnx as wrapper  # noqa: E402
from bad_sources import BAD_RECIPES, BAD_SOURCES, blind, of, write_graph, write_recipe  # noqa: E402
from compare import cosines  # noqa: E402
from serve import build_repository, call, gateway, png_uri  # noqa: E402
from spoil_wrap import SPOILED, swapped_channels  # noqa: E402
from weights import sha256_of  # noqa: E402
from wrap_recipe import WrapError, read_recipe  # noqa: E402
from wrap_source import silence_runtime  # noqa: E402

LICENCE = ROOT / "LICENSE"
# The cosine that the product promises of an FP32 engine.
MIN_COSINE = 0.9999


def wrap_case(case: Case, folder: Path, images: int = 4) -> wrapper.Wrapped:
    source = export_onnx(case, folder / "source.onnx")
    recipe = read_recipe(write_recipe(case.recipe, folder))
    return wrapper.wrap(source, recipe, LICENCE, folder / "models", images)


def small_resnet() -> Case:
    """Quick to make; its last map is 2 x 2."""
    return replace(RESNET, make=lambda: resnet18(widths=(16, 32, 48, 64)), size=64)


def read_npy(content: bytes) -> np.ndarray:
    return np.load(io.BytesIO(content), allow_pickle=False)


def served_as_torch_says(case: Case, folder: Path) -> None:
    wrapped = wrap_case(case, folder)
    assert not wrapped.failures, [str(failure) for failure in wrapped.failures]
    name = wrapped.folder.name
    build_repository(folder / "models")
    images = wrapper.test_images(4, 3, case.size, case.size)
    cls, tokens = run_torch(case, images)
    expected = {"cls": cls}
    if tokens is not None:
        expected |= {"patch_mean": tokens.mean(axis=1), "cls_patch_mean": np.concatenate([cls, tokens.mean(axis=1)], axis=1)}
    assert list(expected) == case.poolings
    body = {"input": [png_uri(image) for image in images]}
    with gateway(folder / "models", name) as url:
        _, model = call(url, f"/v1/models/{name}")
        assert (model["poolings"], model["patchSize"], model["dimension"]) == (case.poolings, case.patch_size, cls.shape[1])
        for pooling, vectors in expected.items():
            status, reply = call(url, "/v1/embeddings", body | {"pooling": pooling, "normalize": False})
            assert status == 200, reply
            found = np.array([item["embedding"] for item in reply["data"]])
            least, distance = cosines(found, vectors).min(), np.linalg.norm(found - vectors) / np.linalg.norm(vectors)
            print(f"        {pooling}: cosine {least:.9f}, distance {distance:.1e}")
            assert least >= MIN_COSINE and distance < 1e-3
            others = cosines(found[1:], vectors[:1]).max()
            assert others < MIN_COSINE, f"vectors of other images are as near ({others}): the comparison says nothing"
        one = {"input": body["input"][0]}
        if tokens is None:
            status, problem = call(url, "/v1/features", one, "application/x-npy")
            assert (status, problem["code"]) == (422, "unsupported-by-model") and name in problem["detail"], problem
            status, problem = call(url, "/v1/embeddings", one | {"pooling": "patch_mean"})
            assert (status, problem["code"]) == (422, "unsupported-by-model"), problem
        else:
            status, content = call(url, "/v1/features", one, "application/x-npy")
            assert status == 200, content
            found = read_npy(content).reshape(tokens[0].shape)
            distance = np.linalg.norm(found - tokens[0]) / np.linalg.norm(tokens[0])
            print(f"        patch tokens: distance {distance:.1e}")
            # FP16 keeps 11 bits: half of 2^-11 in the mean of many values.
            assert distance < 5e-4


def refused(draw: Callable, gate: str, reason: str | None, folder: Path) -> None:
    with patch.object(wrapper, "draw_wrapped", draw):
        verdict = wrap_case(small_resnet(), folder)
    gates = [failure.gate for failure in verdict.failures]
    assert gate in gates, (gate, [str(failure) for failure in verdict.failures])
    assert verdict.reason == reason, verdict.reason
    assert list((folder / "models").iterdir()) == [], "a refused engine leaves nothing behind"


def run_command(source: Path, recipe: Path, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "triton-models/export/wrap_onnx.py", "--onnx", source, "--recipe", recipe]
    return subprocess.run([*command, "--licence", LICENCE, "--out", folder / "models"], capture_output=True, text=True)


def unusable(name: str, make: Callable, document: dict, words: str, folder: Path) -> None:
    source, recipe = write_graph(name, make, folder), read_recipe(write_recipe(document, folder))
    expect_error(words, lambda: wrapper.wrap(source, recipe, LICENCE, folder / "models"))
    assert not list(folder.glob("models/*")), "nothing may be left behind"


def expect_error(words: str, act: Callable[[], object]) -> None:
    try:
        act()
    except WrapError as error:
        assert words in str(error), str(error)
        return
    raise AssertionError(f"was accepted: {words}")


def a_faulty_recipe_is_told_by_its_key(folder: Path) -> None:
    for change, words in BAD_RECIPES:
        expect_error(words, functools.partial(read_recipe, write_recipe(of() | change, folder)))
    missing = {key: value for key, value in of().items() if key != "licence"}
    expect_error("/licence is missing", lambda: read_recipe(write_recipe(missing, folder)))
    (folder / "recipe.json").write_text("{")
    expect_error("cannot be read as JSON", lambda: read_recipe(folder / "recipe.json"))


def an_encoder_that_is_blind_is_refused(folder: Path) -> None:
    source, recipe = write_graph("blind", blind, folder), read_recipe(write_recipe(of(), folder))
    verdict = wrapper.wrap(source, recipe, LICENCE, folder / "models")
    assert [failure.gate for failure in verdict.failures] == ["distinct.cls"], verdict.failures


def a_model_without_a_licence_text_is_not_made(folder: Path) -> None:
    recipe, empty = read_recipe(write_recipe(of(), folder)), folder / "empty"
    empty.write_text("\n")
    expect_error("licence text is empty", lambda: wrapper.wrap(folder / "x.onnx", recipe, empty, folder / "models"))
    absent = folder / "none"
    expect_error("licence text cannot be read", lambda: wrapper.wrap(folder / "x.onnx", recipe, absent, folder / "models"))


def a_file_that_is_no_graph_is_told(folder: Path) -> None:
    (folder / "x.onnx").write_bytes(b"\x08\x08 not a graph")
    recipe = read_recipe(write_recipe(of(), folder))
    expect_error("is not a readable ONNX file", lambda: wrapper.wrap(folder / "x.onnx", recipe, LICENCE, folder / "models"))


def weights_in_a_file_of_their_own(folder: Path) -> None:
    """They are taken up, count in the digest, and their absence is told."""
    case = small_resnet()
    whole = wrap_case(case, folder)
    apart = folder / "apart"
    apart.mkdir()
    path = apart / "source.onnx"
    model = onnx.load(folder / "source.onnx")
    onnx.save_model(model, path, save_as_external_data=True, location="source.data", size_threshold=0)
    recipe = read_recipe(folder / "recipe.json")
    loaded = wrapper.wrap(path, recipe, LICENCE, apart / "models", 4)
    assert not loaded.failures, loaded.failures
    manifests = [json.loads((entry.folder / "export.json").read_text()) for entry in (whole, loaded)]
    assert manifests[1]["weightsFiles"] == {name: sha256_of(apart / name) for name in ("source.onnx", "source.data")}
    assert manifests[0]["weightsDigest"] != manifests[1]["weightsDigest"]
    (apart / "source.data").unlink()
    expect_error("lie in 'source.data', which is not beside it", lambda: wrapper.wrap(path, recipe, LICENCE, apart / "models"))


def another_pooling_or_normalisation_is_another_space(folder: Path) -> None:
    source = export_onnx(small_resnet(), folder / "source.onnx")
    documents = [
        RESNET.recipe,
        RESNET.recipe | {"pooled": {"output": "last_hidden_state"}},
        RESNET.recipe | {"input": RESNET.recipe["input"] | {"mean": [0.5, 0.5, 0.5]}},
        RESNET.recipe | {"pooled": {"output": "pooler_output", "take": "mean"}, "description": "The first in other words."},
    ]
    digests = []
    for index, document in enumerate(documents):
        recipe = read_recipe(write_recipe(document, folder))
        wrapped = wrapper.wrap(source, recipe, LICENCE, folder / f"models{index}", 4)
        assert not wrapped.failures, wrapped.failures
        digests.append(json.loads((wrapped.folder / "spec.json").read_text())["weightsDigest"])
    assert len(set(digests)) == 3 and digests[0] == digests[3], digests


def the_command_says_what_it_did(folder: Path) -> None:
    source = export_onnx(small_resnet(), folder / "source.onnx")
    recipe = write_recipe(RESNET.recipe, folder)
    done = run_command(source, recipe, folder)
    assert done.returncode == 0 and "wrote " in done.stdout, (done.stdout, done.stderr)
    target = folder / "models" / "resnet18_random_64"
    manifest = json.loads((target / "export.json").read_text())
    assert manifest["modelDigest"] == sha256_of(target / "1" / "model.onnx")
    assert manifest["parity"]["outputs"]["cls"]["cosineMin"] >= MIN_COSINE
    assert (target / "LICENSE").read_text() == LICENCE.read_text()
    unknown = run_command(source, write_recipe(RESNET.recipe | {"pooled": {"output": "z"}}, folder), folder)
    assert unknown.returncode == 2 and unknown.stderr.startswith("error: ") and "Traceback" not in unknown.stderr, unknown.stderr


def a_refusal_leaves_the_model_that_was_there(folder: Path) -> None:
    before = wrap_case(small_resnet(), folder)
    digest = sha256_of(before.folder / "1" / "model.onnx")
    with ExitStack() as stack:
        stack.enter_context(patch.object(wrapper, "draw_wrapped", swapped_channels))
        assert wrap_case(small_resnet(), folder).failures
    assert sha256_of(before.folder / "1" / "model.onnx") == digest


def the_committed_models_are_those_that_the_script_makes(folder: Path) -> None:
    fixtures = ROOT / "test/fixtures/encoders"
    subprocess.run([sys.executable, fixtures / "make_encoders.py", folder], check=True)
    names = ["expected.json", *(f"{m}/{n}" for m in ("tiny_cnn_22", "tiny_map_24") for n in ("spec.json", "LICENSE", "1/model.onnx"))]
    changed = [name for name in names if (folder / name).read_bytes() != (fixtures / name).read_bytes()]
    assert not changed, changed


CHECKS: list[tuple[str, Callable[[Path], None]]] = [
    *[(f"served: {name}", functools.partial(served_as_torch_says, case)) for name, case in CASES.items()],
    *[
        (f"refused by {gate}: {draw.__name__.replace('_', ' ')}", functools.partial(refused, draw, gate, reason))
        for draw, gate, reason in SPOILED
    ],
    *[(f"unusable: {name}", functools.partial(unusable, name, make, recipe, words)) for name, make, recipe, words in BAD_SOURCES],
    *[
        (check.__name__.replace("_", " "), check)
        for check in (
            a_faulty_recipe_is_told_by_its_key,
            an_encoder_that_is_blind_is_refused,
            a_model_without_a_licence_text_is_not_made,
            a_file_that_is_no_graph_is_told,
            weights_in_a_file_of_their_own,
            another_pooling_or_normalisation_is_another_space,
            the_command_says_what_it_did,
            a_refusal_leaves_the_model_that_was_there,
            the_committed_models_are_those_that_the_script_makes,
        )
    ],
]


def main() -> int:
    silence_runtime()
    failed = 0
    for name, check in CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(Path(folder))
                print(f"ok      {name}", flush=True)
            except Exception:  # noqa: BLE001 - whatever went wrong is this check's failure, and the next one still runs
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
