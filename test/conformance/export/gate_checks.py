"""Every limit of the gates from both sides, and the golden tensors. The figures stand here once more, so that none is loosened unseen."""

import functools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gates import LIMITS, SHARED, batch_failures, output_failures, parity_figures, tried_batch
from golden_tensors import MAX_BYTES, golden_tensors
from safetensors.numpy import load
from wrap_gates import wrap_failures

OUTPUTS = ("cls", "patch_mean", "patch_tokens")
HALF = [
    ("cls", "cosineMin", 0.999),
    ("cls", "relativeFrobenius", 0.02),
    ("patch_mean", "cosineMin", 0.999),
    ("patch_mean", "relativeFrobenius", 0.02),
    ("patch_tokens", "cosineP01", 0.995),
    ("patch_tokens", "relativeFrobenius", 0.02),
]
WANTED = {
    "fp32": [entry for name in OUTPUTS for entry in ((name, "cosineMin", 0.9999), (name, "relativeFrobenius", 0.001))],
    "fp16": HALF,
    "bf16": HALF,
    "int8": [("cls", "cosineMin", 0.99)],
}


def perfect() -> dict:
    return {name: {"cosineMin": 1.0, "cosineP01": 1.0, "relativeFrobenius": 0.0, "allFinite": True} for name in OUTPUTS}


def a_limit_holds_from_both_sides(precision: str, output: str, figure: str, limit: float, _folder: Path) -> None:
    """One part in ten thousand of what is allowed, to either side."""
    allowed = 1 - limit if figure.startswith("cosine") else limit

    def gates(share: float) -> list[str]:
        value = 1 - allowed * share if figure.startswith("cosine") else allowed * share
        measured = perfect()
        measured[output][figure] = value
        return [failure.gate for failure in output_failures(measured, precision)]

    assert gates(0.9999) == [] and gates(1.0001) == [f"{figure}.{output}"]
    assert gates(float("nan")) == [f"{figure}.{output}"]


def there_are_no_other_limits_and_none_is_missing(_folder: Path) -> None:
    found = {p: [(n, f, limit) for n, figures in outputs.items() for f, limit in figures.items()] for p, outputs in LIMITS.items()}
    assert found == WANTED, found
    assert SHARED.keys() == {"outputs", "aloneAgainstBatchCosineMin", "largestTriedBatch", "headAucLossMax"}


def a_value_that_is_no_number_is_refused_in_every_output(_folder: Path) -> None:
    for name in OUTPUTS:
        measured = perfect()
        measured[name]["allFinite"] = False
        # INT8 gates figures of cls alone, yet no output may hold NaN.
        assert [failure.gate for failure in output_failures(measured, "int8")] == [f"finite.{name}"]


def one_image_alone_and_in_a_batch(_folder: Path) -> None:
    assert batch_failures(0.9999901) == []
    assert [failure.gate for failure in batch_failures(0.9999899)] == ["aloneAgainstBatch"]
    assert len(batch_failures(float("nan"))) == 1
    assert [tried_batch(limit, 20) for limit in (1, 2, 7, 8, 9, 32)] == [2, 2, 7, 8, 8, 8] and tried_batch(32, 4) == 4


def a_wrapped_graph_has_limits_of_its_own(_folder: Path) -> None:
    def gates(cosine: float, distance: float) -> list[str]:
        entry = {"cosineMin": cosine, "relativeFrobenius": distance, "allFinite": True}
        return [failure.gate for failure in wrap_failures({"cls": entry})]

    assert gates(0.999901, 0.009999) == [] and gates(0.999899, 0.010001) == ["cosineMin.cls", "relativeFrobenius.cls"]


def the_first_percentile_is_that_of_all_patches(_folder: Path) -> None:
    """Of 2 x 100 patches three turned ones are more than a hundredth, two exactly one (and numpy interpolates)."""
    tokens = np.tile(np.array([1.0, 0.0]), (2, 100, 1))
    vectors = np.ones((2, 4))

    def percentile(turned: int) -> float:
        outputs = tokens.copy()
        outputs[1, :turned] = (0.0, 1.0)
        pooled = {"cls": vectors, "patch_mean": vectors}
        return parity_figures(pooled | {"patch_tokens": outputs}, pooled | {"patch_tokens": tokens})["patch_tokens"]["cosineP01"]

    assert percentile(1) == 1 and np.isclose(percentile(2), 0.99) and percentile(3) == 0


def golden_tensors_are_whole_and_bounded(_folder: Path) -> None:
    rng = np.random.default_rng(0)

    def of(patches: int) -> dict[str, np.ndarray]:
        shapes = {"cls": (3, 384), "patch_mean": (3, 384), "patch_tokens": (3, patches, 384)}
        return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}

    names = ["ramp", "disc", "quadratic"]
    for patches, kept in ((196, 3), (600, 2), (1024, 1), (4096, 1)):
        outputs = of(patches)
        stored = golden_tensors(names, outputs)
        assert stored == golden_tensors(names, outputs), "the same values give the same bytes"
        assert len(stored) < MAX_BYTES or kept == 1
        header = json.loads(stored[8 : 8 + int.from_bytes(stored[:8], "little")])
        assert header["__metadata__"] == {"cases": ",".join(names[:kept])}
        read = load(stored)
        assert np.array_equal(read["cls"], outputs["cls"][:kept])
        assert np.array_equal(read["patch_tokens"], outputs["patch_tokens"][:kept].astype(np.float16))
    outputs["patch_tokens"][0, 0, 0] = 1e5
    try:
        with np.errstate(over="ignore"):
            golden_tensors(names, outputs)
    except ValueError as error:
        assert "patch_tokens" in str(error)
    else:
        raise AssertionError("a reference that FP16 cannot hold was written")


def checks() -> list[tuple[str, Callable[[Path], None]]]:
    alone = (
        there_are_no_other_limits_and_none_is_missing,
        a_value_that_is_no_number_is_refused_in_every_output,
        one_image_alone_and_in_a_batch,
        a_wrapped_graph_has_limits_of_its_own,
        the_first_percentile_is_that_of_all_patches,
        golden_tensors_are_whole_and_bounded,
    )
    return [
        *[(check.__name__.replace("_", " "), check) for check in alone],
        *[
            (f"limit of {p}, {name}: {figure} {limit}", functools.partial(a_limit_holds_from_both_sides, p, name, figure, limit))
            for p, entries in WANTED.items()
            for name, figure, limit in entries
        ],
    ]
