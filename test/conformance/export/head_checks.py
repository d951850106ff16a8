"""The gate of the head's AUC: labelled images whose classes a coarse engine can no longer tell."""

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import export_model as exporter
import numpy as np
import spoil
from gates import head_failures
from head import auc, head_auc, load_labelled, ridge_scores
from PIL import Image
from random_weights import TINY, write_random_weights

PER_LABEL = 24


def write_labelled(folder: Path, contrast: int, per_label: int = PER_LABEL) -> Path:
    """Two labels that differ by `contrast` grey levels in a corner, over the same scene with one level of noise."""
    rng = np.random.default_rng(0)
    scene = rng.integers(40, 200, (64, 96, 3))
    for label in ("left", "right"):
        (folder / label).mkdir(parents=True)
        for index in range(per_label):
            image = scene + rng.integers(-1, 2, scene.shape)
            image[:32, : 48 if label == "left" else 0] += contrast
            Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / label / f"{index}.png")
    return folder


def the_auc_and_the_head_are_what_they_say(_folder: Path) -> None:
    positive = np.array([True, False, True, False, False])
    scores = np.array([3.0, 1, 2, 2, 0])
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    assert np.isclose(auc(positive, scores), np.mean(pairs))
    rng = np.random.default_rng(1)
    labels = np.arange(300) % 3
    apart = rng.normal(size=(300, 8)) + 5 * np.eye(8)[labels]
    assert head_auc(apart, labels) > 0.999
    # No vector is asked about by a head that was trained on it: of noise nothing is learnt.
    assert abs(head_auc(rng.normal(size=(300, 200)), labels) - 0.5) < 0.1
    assert np.allclose(ridge_scores(apart, labels, apart, 3).sum(axis=1), 0, atol=1e-9)


def the_limit_itself_passes_and_nan_does_not(_folder: Path) -> None:
    def gates(reference: float, figure: float) -> list[str]:
        return [failure.gate for failure in head_failures({"aucReference": reference, "auc": figure})]

    assert gates(0.9, 0.895) == [] and gates(0.9, 0.95) == []
    assert gates(0.9, 0.8949) == ["headAuc"] and gates(0.9, float("nan")) == ["headAuc"]


def an_int8_engine_that_keeps_the_head_is_written_with_its_figures(model_folder: Callable, folder: Path) -> None:
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"])
    target = model_folder(folder, weights_folder, "int8")
    data = write_labelled(folder / "data", contrast=60)
    verdict = exporter.export_model(weights_folder, target, images=4, head_data=data)
    assert not verdict.failures, [str(failure) for failure in verdict.failures]
    document = json.loads((target / "export.json").read_text())
    head = document["parity"]["head"]
    assert head["images"] == 2 * PER_LABEL and head["labels"] == ["left", "right"] and head["aucReference"] == 1
    assert document["gates"]["headAucLoss"] == 0.005


def a_coarse_engine_passes_the_cosine_and_fails_the_head(model_folder: Callable, folder: Path) -> None:
    """Without labelled images nothing is noticed: that is what the gate is for."""
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"])
    data = write_labelled(folder / "data", contrast=2)
    target = model_folder(folder, weights_folder, "int8")
    with patch.object(exporter, "draw", spoil.coarse_outputs):
        verdict = exporter.export_model(weights_folder, target, images=4, head_data=data)
        assert [failure.gate for failure in verdict.failures] == ["headAuc"], [str(f) for f in verdict.failures]
        assert verdict.parity["outputs"]["cls"]["cosineMin"] >= 0.99
        assert [path.name for path in target.iterdir()] == ["spec.json"], "a refused engine leaves nothing behind"
        assert not exporter.export_model(weights_folder, target, images=4, without_head_gate=True).failures


def int8_without_labelled_images_is_refused_or_marked(model_folder: Callable, folder: Path) -> None:
    weights_folder = write_random_weights(folder / "weights", TINY["vits16"])
    target = model_folder(folder, weights_folder, "int8")
    script = Path(exporter.__file__)
    command = [sys.executable, script, "--weights", weights_folder, "--model", target, "--images", "4"]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 1 and "error: INT8 needs --head-data DIR" in refused.stderr, refused.stderr
    assert [path.name for path in target.iterdir()] == ["spec.json"], "a refused engine leaves nothing behind"
    marked = subprocess.run([*command, "--without-head-gate"], capture_output=True, text=True)
    assert marked.returncode == 0, marked.stderr
    document = json.loads((target / "export.json").read_text())
    assert document["headGate"].startswith("not asked") and "head" not in document["parity"]
    # Whoever serves it reads this: no head, no INT8.
    data = write_labelled(folder / "data", contrast=60)
    assert not exporter.export_model(weights_folder, target, images=4, head_data=data).failures
    assert "headGate" not in json.loads((target / "export.json").read_text())
    half = model_folder(folder, weights_folder, "fp16")
    assert not exporter.export_model(weights_folder, half, images=4).failures
    assert "headGate" not in json.loads((half / "export.json").read_text())


def head_data_that_cannot_decide_is_refused(folder: Path) -> None:
    few = write_labelled(folder / "few", contrast=9, per_label=19)
    (folder / "one/only").mkdir(parents=True)
    for data, said in ((few, "19 PNG or JPEG images of 'left', 20"), (folder / "one", "found 1"), (folder / "none", "no such")):
        try:
            load_labelled(data, 32, 32)
        except ValueError as error:
            assert said in str(error), error
        else:
            raise AssertionError(f"taken: {data.name}")


def checks(model_folder: Callable) -> list[tuple[str, Callable[[Path], None]]]:
    found = [
        the_auc_and_the_head_are_what_they_say,
        the_limit_itself_passes_and_nan_does_not,
        head_data_that_cannot_decide_is_refused,
    ]
    with_models = [
        an_int8_engine_that_keeps_the_head_is_written_with_its_figures,
        a_coarse_engine_passes_the_cosine_and_fails_the_head,
        int8_without_labelled_images_is_refused_or_marked,
    ]
    return [(check.__name__.replace("_", " "), check) for check in found] + [
        (check.__name__.replace("_", " "), functools.partial(check, model_folder)) for check in with_models
    ]
