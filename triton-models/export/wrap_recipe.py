"""The options of `wrap_onnx.py`: what of a foreign ONNX graph is what, read strictly from a JSON document."""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

# What src/infer/specs asks of a spec: a folder that the gateway would refuse is not written.
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_]*")
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Larger sides are slips of the keyboard, and would ask for gigabytes.
MAX_SIDE = 4096
# UINT8 samples to [0, 1], as most published preprocessing does first.
DEFAULT_SCALE = 1 / 255


class WrapError(ValueError):
    """What is wrong with a recipe or a graph, and what to do; for the person who wraps it."""


@dataclass(frozen=True)
class Selection:
    """An output of the graph, and what of it is wanted: `vector`, `mean`, `first`, or None where its rank says it."""

    output: str
    take: str | None
    prefix_tokens: int


@dataclass(frozen=True)
class Recipe:
    """mean, std and scale as in (sample * scale - mean) / std; height and width None: those of the graph."""

    family: str
    variant: str
    description: str
    input_name: str | None
    layout: str
    height: int | None
    width: int | None
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    pooled: Selection
    tokens: Selection | None
    max_batch_size: int
    licence: dict
    advisories: list[dict]


class Section:
    """An object of the document: every key is asked for by name and type, and what is left over is a fault."""

    def __init__(self, document: object, path: str) -> None:
        if not isinstance(document, dict):
            raise WrapError(f"recipe: {path or 'the document'} must be an object")
        self.left, self.path = dict(document), path

    def where(self, key: str) -> str:
        return f"recipe: {self.path}/{key}"

    def take(self, key: str, kinds: tuple[type, ...], default: object = ...) -> object:
        if key not in self.left:
            if default is ...:
                raise WrapError(f"{self.where(key)} is missing")
            return default
        value = self.left.pop(key)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise WrapError(f"{self.where(key)} must be {' or '.join(kind.__name__ for kind in kinds)}")
        return value

    def text(self, key: str, default: object = ...) -> str:
        value = self.take(key, (str,), default)
        if value == "":
            raise WrapError(f"{self.where(key)} is empty")
        return value

    def identifier(self, key: str) -> str:
        value = self.text(key)
        if not IDENTIFIER.fullmatch(value):
            raise WrapError(f"{self.where(key)} must hold only a-z, 0-9 and _")
        return value

    def url(self, key: str) -> str:
        value = self.text(key)
        if not re.fullmatch(r"https?://[^\s/]+\S*", value):
            raise WrapError(f"{self.where(key)} must be an http or https address")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: object) -> str:
        value = self.text(key, default)
        if value is not default and value not in choices:
            raise WrapError(f"{self.where(key)} must be one of {', '.join(choices)}")
        return value

    def count(self, key: str, least: int, most: int, default: object = ...) -> int:
        value = self.take(key, (int,), default)
        if value is not default and not least <= value <= most:
            raise WrapError(f"{self.where(key)} must be from {least} to {most}")
        return value

    def numbers(self, key: str) -> tuple[float, ...]:
        values = self.take(key, (list,))
        if not values or not all(type(value) in (int, float) and math.isfinite(value) for value in values):
            raise WrapError(f"{self.where(key)} must be a list of numbers, one a channel")
        return tuple(float(value) for value in values)

    def end(self) -> None:
        if self.left:
            raise WrapError(f"recipe: {self.path}/{next(iter(self.left))} is not known")


def read_recipe(path: Path) -> Recipe:
    """Raises WrapError, which names the key."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise WrapError(f"recipe: {path.name} cannot be read as JSON ({error})") from error
    top = Section(document, "")
    pixels, licence = Section(top.take("input", (dict,)), "/input"), Section(top.take("licence", (dict,)), "/licence")
    tokens = top.take("tokens", (dict,), None)
    mean, std = pixels.numbers("mean"), pixels.numbers("std")
    scale = pixels.take("scale", (int, float), DEFAULT_SCALE)
    if len(mean) != len(std) or min(std) <= 0 or not (math.isfinite(scale) and scale > 0):
        raise WrapError("recipe: /input needs as many std as mean, each above 0, and a scale above 0")
    recipe = Recipe(
        family=top.identifier("family"),
        variant=top.identifier("variant"),
        description=top.text("description"),
        input_name=pixels.text("name", None),
        layout=pixels.choice("layout", ("NCHW", "NHWC"), "NCHW"),
        height=pixels.count("height", 1, MAX_SIDE, None),
        width=pixels.count("width", 1, MAX_SIDE, None),
        scale=float(scale),
        mean=mean,
        std=std,
        pooled=read_selection(Section(top.take("pooled", (dict,)), "/pooled"), ("vector", "mean", "first")),
        tokens=None if tokens is None else read_selection(Section(tokens, "/tokens"), ()),
        max_batch_size=top.count("maxBatchSize", 1, 1024, 32),
        licence={"name": licence.text("name"), "url": licence.url("url")},
        advisories=[read_advisory(entry, index) for index, entry in enumerate(top.take("advisories", (list,), []))],
    )
    for section in (top, pixels, licence):
        section.end()
    return recipe


def read_advisory(document: object, index: int) -> dict:
    """What a reader of a result must know about the weights; stands in every reply."""
    section = Section(document, f"/advisories/{index}")
    code, level = section.text("code"), section.choice("level", ("info", "warning"), ...)
    if not KEBAB.fullmatch(code):
        raise WrapError(f"{section.where('code')} must be kebab-case")
    advisory = {"code": code, "level": level, "message": section.text("message")}
    evidence = section.text("evidence", None)
    section.end()
    return advisory if evidence is None else advisory | {"evidence": evidence}


def read_selection(section: Section, takes: tuple[str, ...]) -> Selection:
    output = section.text("output")
    take = section.choice("take", takes, None) if takes else None
    prefix = section.count("prefixTokens", 0, 1024, 0)
    section.end()
    return Selection(output, take, prefix)
