"""What the checks share: the wrapper, cases that go through it, and errors that must come."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bad_sources import write_recipe
from encoders import RESNET, Case, export_onnx, resnet18

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "triton-models" / "export"))

import wrap_onnx as wrapper  # noqa: E402
from wrap_recipe import WrapError, read_recipe  # noqa: E402

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


def expect_error(words: str, act: Callable[[], object]) -> None:
    try:
        act()
    except WrapError as error:
        assert words in str(error), str(error)
        return
    raise AssertionError(f"was accepted: {words}")
