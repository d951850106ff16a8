"""The evaluation's figures against scikit-learn and against geometry that is known."""

import json
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, f1_score, jaccard_score, roc_auc_score
from synthetic_data import write_data

from tasks import unseen
from tasks.correspondence import carry, homographies
from tasks.extractors import BASELINES, Extractor, trained
from tasks.matching import centres, epipolar_distance, fundamental, match, project, rotation_about
from tasks.metrics import auc, balanced_accuracy, dice, interval, iou, resample, share
from tasks.probes import cell_labels, fit_cells, fit_head
from tasks.unseen import assert_unseen
from write_table import better, fill, table

ROOT = Path(__file__).resolve().parents[3]


def figures_are_those_of_scikit_learn(_folder: Path) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth, scores = rng.integers(0, 2, 50), rng.integers(0, 8, 50) / 8
        assert np.isclose(auc(truth, scores), roc_auc_score(truth, scores)), "ties count half"
        one, other = rng.random((2, 40)) < 0.4
        assert np.isclose(dice(one, other), f1_score(one, other)) and np.isclose(iou(one, other), jaccard_score(one, other))
        kinds, predicted = rng.integers(0, 3, 60), rng.integers(0, 3, 60)
        assert np.isclose(balanced_accuracy(kinds, predicted), balanced_accuracy_score(kinds, predicted))
    assert dice(np.zeros(4, bool), np.zeros(4, bool)) == 1 and auc(np.ones(3), np.arange(3)) == 0.5


def the_interval_is_that_of_the_mean(_folder: Path) -> None:
    values = np.random.default_rng(1).normal(size=400)
    measure = resample("mean", "values", 400, lambda index: float(values[index].mean()))
    low, high = interval(measure)
    assert np.isclose(measure.value, values.mean())
    # 1.96 standard errors each side; 400 replicates know their percentiles to about a tenth.
    assert np.isclose(high - low, 2 * 1.96 * values.std() / 20, rtol=0.2)
    pooled = share("share", "pairs", np.array([1, 9]), np.array([1, 99]))
    assert pooled.value == 0.1, "hits of all units over trials of all units, not the mean of their shares"


def replicates_of_two_encoders_are_paired(_folder: Path) -> None:
    """The same units are drawn for both, so a constant lead shows in every replicate."""
    values = np.random.default_rng(2).normal(size=30)
    one, other = (resample("m", "values", 30, lambda i, add=add: float((values + add)[i].mean())) for add in (0, 0.01))
    assert np.allclose(other.replicates - one.replicates, 0.01)


def true_partners_lie_on_the_epipolar_line_and_others_at_their_distance(_folder: Path) -> None:
    rng = np.random.default_rng(3)
    k = np.array([[600.0, 0, 320], [0, 610, 240], [0, 0, 1]])
    turn = rotation_about(np.zeros(2), 10)
    r1, t1, r2, t2 = np.eye(3), np.zeros(3), turn, np.array([0.3, -0.1, 0.05])
    points = rng.uniform([-1, -1, 4], [1, 1, 6], (50, 3))
    first, second = (project(k, (points @ r.T + t)[:, :2] / (points @ r.T + t)[:, 2:]) for r, t in ((r1, t1), (r2, t2)))
    matrix = fundamental((k, r1, t1), (k, r2, t2))
    assert epipolar_distance(matrix, first, second).max() < 1e-6
    lines = np.concatenate([first, np.ones((50, 1))], axis=1) @ matrix.T
    normals = lines[:, :2] / np.linalg.norm(lines[:, :2], axis=1, keepdims=True)
    assert np.allclose(epipolar_distance(matrix, first, second + 5 * normals), 5)
    # The second image turned in its plane: its camera matrix turns with it.
    plane = rotation_about(np.array([320.0, 240.0]), 20)
    assert epipolar_distance(fundamental((k, r1, t1), (plane @ k, r2, t2)), first, project(plane, second)).max() < 1e-6


def a_point_is_carried_by_depth_and_pose_and_hidden_ones_are_left_out(_folder: Path) -> None:
    k = np.array([[585.0, 0, 320], [0, 585, 240], [0, 0, 1]])
    depth, moved = np.full((480, 640), 2000.0), np.eye(4)
    moved[0, 3] = 0.1
    index, places = carry(depth, np.eye(4), depth, moved, k)
    # 0.1 m to the right at 2 m: 585 * 0.1 / 2 pixels to the left; the first two columns of patches leave the frame.
    assert np.allclose(places, centres(30, 40)[index] - [29.25, 0]) and len(index) == 30 * 38
    nearer = depth.copy()
    nearer[:, :320] = 1000
    index, places = carry(depth, np.eye(4), nearer, moved, k)
    assert (places[:, 0] >= 320).all() and len(index) > 400
    depth[:240] = 65535
    index, _ = carry(depth, np.eye(4), np.full((480, 640), 2000.0), moved, k)
    assert (centres(30, 40)[index][:, 1] > 240).all()


def matches_are_nearest_by_cosine_and_mutual_both_ways(_folder: Path) -> None:
    first = np.array([[1.0, 0], [0, 5], [1, 0.1]])
    second = np.array([[0, 1.0], [9, 0]])
    matches = match(first, second)
    assert matches.nearest.tolist() == [1, 0, 1] and matches.mutual.tolist() == [True, True, False]


def position_alone_finds_nothing_under_homographies(_folder: Path) -> None:
    """An encoder that codes only where a patch lies would pass a test whose views hardly move."""
    position = Extractor("position", lambda p: np.zeros((len(p), 1)), lambda p: np.eye((p.shape[1] // 16) * (p.shape[2] // 16)))
    perfect = Extractor("mean colour", lambda p: np.zeros((len(p), 1)), coordinates)
    y, x = torch.meshgrid(torch.linspace(0.2, 1, 448), torch.linspace(0.2, 1, 448), indexing="ij")
    image = torch.stack([x, y, (torch.arange(448) // 12 % 2 * 0.8).expand(448, 448)])
    cheat, right = (homographies("h", [image] * 3, extractor)[0].value for extractor in (position, perfect))
    assert cheat < 0.45 < 0.95 < right, (cheat, right)


def coordinates(pixels: torch.Tensor) -> np.ndarray:
    """Mean red and green, which here are the place in the picture, on a sphere so that cosines tell distances."""
    means = torch.nn.functional.avg_pool2d(pixels, 16).flatten(1).T.numpy()[:, :2]
    angles = means * 1.2
    return np.stack(
        [np.sin(angles[:, 0]) * np.cos(angles[:, 1]), np.sin(angles[:, 1]), np.cos(angles[:, 0]) * np.cos(angles[:, 1])], 1
    )


def a_linear_head_finds_what_is_linear(_folder: Path) -> None:
    rng = np.random.default_rng(4)
    labels = np.arange(60) % 3
    vectors = rng.normal(size=(60, 10)) + 4 * np.eye(10)[labels]
    assert (fit_head(vectors[:45], labels[:45]).predict(vectors[45:]) == labels[45:]).mean() > 0.9
    mask = np.zeros((64, 96), int)
    mask[12:32, 48:88] = 1
    cells = cell_labels(mask, 4, 6)
    # Tokens that hold their own cells: the head must put each where it belongs.
    predicted = fit_cells(cells.astype(float), cells, 2)(cells.astype(float), 4, 6, 64, 96)
    assert dice(predicted == 1, mask == 1) > 0.9


def the_table_replaces_itself_and_names_who_is_best(folder: Path) -> None:
    def entry(value: float) -> dict:
        return {
            "value": value,
            "interval95": [value - 0.1, value + 0.1],
            "units": "images",
            "count": 9,
            "replicates": [value] * 3,
        }

    results = {name: {"measures": {"ct.plain": entry(value)}} for name, value in (("this", 0.7), ("raw pixels", 0.2))}
    text = table(results, ["this", "raw pixels"])
    assert "**0.700** [0.600, 0.800]" in text and "0.200 [" in text and "**0.200**" not in text
    card = folder / "CARD.md"
    card.write_text("before\n<!-- measurements: begin -->\nold\n<!-- measurements: end -->\nafter\n")
    fill(card, text)
    once = card.read_text()
    fill(card, text)
    assert card.read_text() == once and "old" not in once and once.startswith("before") and once.endswith("after\n")


def a_lead_counts_when_it_exceeds_its_standard_error(_folder: Path) -> None:
    def results(value: float, replicates: list[float]) -> dict:
        return {"measures": {"ct.plain": {"value": value, "replicates": replicates}}}

    clear = better(results(0.7, [0.69, 0.71, 0.7]), results(0.6, [0.6, 0.6, 0.6]))
    unsure = better(results(0.7, [0.5, 0.9, 0.7]), results(0.6, [0.6, 0.6, 0.6]))
    worse = better(results(0.6, [0.6, 0.6, 0.6]), results(0.7, [0.69, 0.71, 0.7]))
    assert (clear["ct.plain"][2], unsure["ct.plain"][2], worse["ct.plain"][2]) == ("better", "even", "worse")


def an_evaluated_file_that_is_trained_on_is_named(folder: Path) -> None:
    data = write_data(folder)
    (data / "open/pneumoniamnist/some.npz").unlink()
    assert assert_unseen(data) >= 8
    source = next((data / "open/bccd/images").glob("*9000*"))
    (data / "research_only/copy.jpg").write_bytes(source.read_bytes())
    expect(data, "research_only/copy.jpg is trained on")
    (data / "research_only/copy.jpg").unlink()
    group = [
        next(iter(sorted(unseen.SPLITS["neverSeen"]["busi_256"]))),
        next((data / "open/busi_256").rglob("*90*")).relative_to(data),
    ]
    with patch.dict(unseen.SPLITS, {"nearDuplicates": [[group[0], group[1].as_posix()]]}):
        expect(data, "a group of near-duplicates is split")


def the_command_refuses_data_that_was_trained_on_and_a_folder_without_data(folder: Path) -> None:
    data = write_data(folder / "data")
    (data / "research_only/copy.jpg").write_bytes(next((data / "open/bccd/images").glob("*9000*")).read_bytes())
    for given, said in ((data, "copy.jpg is trained on"), (folder, "no training files")):
        command = [sys.executable, ROOT / "triton-models/demo/evaluate.py", "--data", given, "--out", folder / "out.json"]
        bad = subprocess.run(command, capture_output=True, text=True)
        assert bad.returncode == 2 and said in bad.stderr and not (folder / "out.json").exists(), bad.stderr[-500:]


def expect(data: Path, said: str) -> None:
    try:
        assert_unseen(data)
    except ValueError as error:
        assert said in str(error), error
    else:
        raise AssertionError(f"not noticed: {said}")


def every_extractor_gives_a_vector_an_image_and_a_row_a_patch(_folder: Path) -> None:
    weights = ROOT / "triton-models/demo/weights"
    assert json.loads((weights / "config.json").read_text())["hidden_size"] == 192
    for extractor in (trained("demo", weights), *(make() for make in BASELINES.values())):
        images = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
        assert extractor.images(images).shape[0] == 2 and extractor.patches(images[0, :, :96, :128]).shape[0] == 48
        assert np.isfinite(extractor.images(images)).all()


CHECKS = (
    figures_are_those_of_scikit_learn,
    the_interval_is_that_of_the_mean,
    replicates_of_two_encoders_are_paired,
    true_partners_lie_on_the_epipolar_line_and_others_at_their_distance,
    a_point_is_carried_by_depth_and_pose_and_hidden_ones_are_left_out,
    matches_are_nearest_by_cosine_and_mutual_both_ways,
    position_alone_finds_nothing_under_homographies,
    a_linear_head_finds_what_is_linear,
    the_table_replaces_itself_and_names_who_is_best,
    a_lead_counts_when_it_exceeds_its_standard_error,
    an_evaluated_file_that_is_trained_on_is_named,
    the_command_refuses_data_that_was_trained_on_and_a_folder_without_data,
    every_extractor_gives_a_vector_an_image_and_a_row_a_patch,
)
