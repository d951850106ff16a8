"""Encoders of other families through `wrap_onnx.py` and the gateway, against torch. Ends with `N passed, N failed, N skipped`."""

import functools
import json
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import onnx
from bad_sources import BAD_RECIPES, BAD_SOURCES, blind, of, write_graph, write_recipe
from encoders import CASES, RESNET, export_onnx
from serve import build_repository, tessera_models
from safetensors.numpy import load, save
from served import served_as_torch_says
from wrapping import LICENCE, MIN_COSINE, ROOT, expect_error, read_recipe, small_resnet, wrap_case, wrapper

from spoil_wrap import SPOILED, swapped_channels
from weights import sha256_of
from wrap_source import silence_runtime


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


def as_many_images_are_tried_together_as_the_model_takes(folder: Path) -> None:
    source = export_onnx(small_resnet(), folder / "source.onnx")
    for limit, expected in ((32, 8), (5, 5), (1, 2)):
        recipe = read_recipe(write_recipe(RESNET.recipe | {"maxBatchSize": limit}, folder))
        with patch.object(wrapper, "judge", wraps=wrapper.judge) as judge:
            assert not wrapper.wrap(source, recipe, LICENCE, folder / "models", 9).failures
        alone, together = judge.call_args.args[-2:]
        assert (len(alone["cls"]), len(together["cls"])) == (9, expected)


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


def a_wrapped_model_passes_the_verification_of_any_model(folder: Path) -> None:
    """By what the embedded encoder computes; and not any more when the golden values are another model's."""
    models = wrap_case(small_resnet(), folder).folder.parent
    build_repository(models)
    listed = json.loads(tessera_models(models, "list", "--json"))["models"]
    assert [(model["name"], model["outputs"]) for model in listed] == [("resnet18_random_64", ["cls", "patch_mean", "patch_tokens"])]
    gates = {gate["name"]: gate["isPassed"] for gate in read_gates(tessera_models(models, "verify", "--json"))}
    figures = ("golden.cls.cosineMin", "golden.patch_tokens.cosineMin", "golden.patch_tokens.relativeFrobenius")
    assert {"files", "licence", "contract", *figures} <= gates.keys(), gates
    assert all(gates.values()), gates
    # The reference of another graph of the same form, with a manifest that fits it.
    other = models / "resnet18_random_64" / "golden.safetensors"
    tensors = load(other.read_bytes())
    tensors["cls"] = tensors["cls"][::-1].copy()
    other.write_bytes(save(tensors, {"cases": "ramp,disc,quadratic"}))
    manifest = other.with_name("export.json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"goldenDigest": sha256_of(other)}))
    try:
        tessera_models(models, "verify", "--json")
    except subprocess.CalledProcessError as error:
        assert error.returncode == 5, error
        missed = [gate["name"] for gate in read_gates(error.stdout) if not gate["isPassed"]]
        assert missed == ["golden.cls.cosineMin", "golden.cls.relativeFrobenius"], missed
    else:
        raise AssertionError("other golden values were not noticed")


def read_gates(text: str) -> list[dict]:
    return [gate for model in json.loads(text)["models"] for gate in model["gates"]]


def a_refusal_leaves_the_model_that_was_there(folder: Path) -> None:
    before = wrap_case(small_resnet(), folder)
    digest = sha256_of(before.folder / "1" / "model.onnx")
    with ExitStack() as stack:
        stack.enter_context(patch.object(wrapper, "draw_wrapped", swapped_channels))
        assert wrap_case(small_resnet(), folder).failures
    assert sha256_of(before.folder / "1" / "model.onnx") == digest


def the_recipes_of_the_documentation_are_read(folder: Path) -> None:
    text = (ROOT / "docs/concepts/other-encoders.md").read_text()
    documents = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]
    variants = [read_recipe(write_recipe(document, folder)).variant for document in documents]
    assert variants == ["resnet18_imagenet", "biomedclip_vitb16"], variants


def the_committed_models_are_those_that_the_script_makes(folder: Path) -> None:
    fixtures = ROOT / "test/fixtures/encoders"
    subprocess.run([sys.executable, fixtures / "make_encoders.py", folder], check=True)
    files = ("spec.json", "LICENSE", "1/model.onnx")
    names = ["expected.json", *(f"{model}/{file}" for model in ("tiny_cnn_22", "tiny_map_24") for file in files)]
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
            as_many_images_are_tried_together_as_the_model_takes,
            another_pooling_or_normalisation_is_another_space,
            the_command_says_what_it_did,
            a_refusal_leaves_the_model_that_was_there,
            a_wrapped_model_passes_the_verification_of_any_model,
            the_recipes_of_the_documentation_are_read,
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
