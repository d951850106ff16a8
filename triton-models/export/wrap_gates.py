"""What a wrapped graph must reach against the original one, and why it likely does not."""

from collections.abc import Callable

import numpy as np

from compare import cosines, figures
from gates import MIN_BATCH_COSINE, Failure, batch_failures, shape_failures
from wrap_graph import Form
from wrap_recipe import Recipe, Selection
from wrap_source import Source, normalise, run_source

# The same graph on the same machine, so FP32, FP16 and INT8 alike; the FP16 tokens cost about 1e-7 and 3e-4. A cosine does not
# see a wrong length, and in a network with ReLU all vectors lie close to each other: hence the distance.
MIN_COSINE = 0.9999
MAX_FROBENIUS = 0.01
# Vectors of different images that are nearer than this are one vector.
MAX_SAMENESS = 1 - 1e-9
GATES = {"cosineMin": MIN_COSINE, "relativeFrobenius": MAX_FROBENIUS, "aloneAgainstBatchCosineMin": MIN_BATCH_COSINE}

Pixels = Callable[[np.ndarray], np.ndarray]


def reference(source: Source, recipe: Recipe, form: Form, pixels: np.ndarray) -> dict[str, np.ndarray]:
    """The original graph on normalised pixels, pooled by NumPy."""
    names = [selection.output for selection in (recipe.pooled, recipe.tokens) if selection is not None]
    raw = run_source(source, pixels, list(dict.fromkeys(names)))
    outputs = {"cls": pool(raw[recipe.pooled.output], recipe.pooled, recipe.layout)}
    if recipe.tokens is not None:
        tokens = tokens_of(raw[recipe.tokens.output], recipe.tokens, recipe.layout)
        outputs |= {"patch_mean": tokens.mean(axis=1), "patch_tokens": tokens}
    return outputs


def pool(raw: np.ndarray, selection: Selection, layout: str) -> np.ndarray:
    values = raw.astype(np.float32)
    if values.ndim == 2:
        return values
    return values[:, 0] if selection.take == "first" else tokens_of(raw, selection, layout).mean(axis=1)


def tokens_of(raw: np.ndarray, selection: Selection, layout: str) -> np.ndarray:
    values = raw.astype(np.float32)
    if values.ndim == 3:
        return values[:, selection.prefix_tokens :]
    if layout == "NHWC":
        return values.reshape(len(values), -1, values.shape[-1])
    return values.reshape(*values.shape[:2], -1).transpose(0, 2, 1)


def wrap_figures(outputs: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> dict:
    """As `figures`, but a token of zeros (after a ReLU there may be one) has no direction and counts in the distance only."""
    with np.errstate(invalid="ignore"):
        result = figures(outputs, expected)
    for name, entry in result.items():
        kept = np.linalg.norm(expected[name].astype(np.float64), axis=-1) > 0
        entry["cosineMin"] = float(cosines(outputs[name][kept], expected[name][kept]).min(initial=1.0))
    return result


def wrap_failures(measured: dict) -> list[Failure]:
    """Written so that NaN fails."""
    found = [Failure(f"finite.{name}", "holds NaN or infinity") for name, entry in measured.items() if not entry["allFinite"]]
    for name, entry in measured.items():
        if not entry["cosineMin"] >= MIN_COSINE:
            found.append(Failure(f"cosineMin.{name}", f"{entry['cosineMin']:.7f} < {MIN_COSINE}"))
        if not entry["relativeFrobenius"] <= MAX_FROBENIUS:
            found.append(Failure(f"relativeFrobenius.{name}", f"{entry['relativeFrobenius']:.7f} > {MAX_FROBENIUS}"))
    return found


def reference_failures(expected: dict[str, np.ndarray]) -> list[Failure]:
    """A graph that says the same of every image passes any comparison and is of no use."""
    vectors = expected["cls"]
    if not np.isfinite(vectors).all():
        return [Failure("finite.original", "the original graph answers with NaN or infinity; is the scale right?")]
    if float(cosines(vectors[1:], vectors[:1]).min()) < MAX_SAMENESS:
        return []
    return [Failure("distinct.cls", "every test image has the same vector; is this the right output, is the scale right?")]


def hypotheses(recipe: Recipe, source: Source) -> dict[str, Pixels]:
    def raw(images: np.ndarray, scale: float) -> np.ndarray:
        return normalise(images, replace_normalisation(recipe, scale), source)

    return {
        "the colour channels are swapped (BGR for RGB)": lambda images: normalise(images[:, ::-1], recipe, source),
        "the normalisation by mean and std is missing": lambda images: raw(images, recipe.scale),
        "the rescaling and the normalisation are missing": lambda images: raw(images, 1.0),
        "height and width are exchanged": lambda images: normalise(images.swapaxes(2, 3), recipe, source),
    }


def replace_normalisation(recipe: Recipe, scale: float) -> Recipe:
    channels = len(recipe.mean)
    return Recipe(**{**vars(recipe), "scale": scale, "mean": (0.0,) * channels, "std": (1.0,) * channels})


def diagnose(source: Source, recipe: Recipe, form: Form, images: np.ndarray, outputs: dict[str, np.ndarray]) -> str | None:
    """The fault whose spoiled pixels make the original graph say what the wrapped one says; None when none does."""
    for reason, spoil in hypotheses(recipe, source).items():
        if "exchanged" in reason and source.height != source.width:
            continue
        if not wrap_failures(wrap_figures(outputs, reference(source, recipe, form, spoil(images)))):
            return reason
    return None


def judge(
    source: Source, recipe: Recipe, form: Form, images: np.ndarray, alone: dict[str, np.ndarray], together: dict[str, np.ndarray]
) -> tuple[dict, list[Failure], str | None]:
    """Figures, missed gates, and the likely reason.

    `alone`: outputs of each image by itself; `together`: of the first ones in one batch."""
    expected = reference(source, recipe, form, normalise(images, recipe, source))
    found = shape_failures(alone, expected) + reference_failures(expected)
    if found:
        return {}, found, None
    count = len(next(iter(together.values())))
    first = {name: values[:count].astype(np.float32) for name, values in alone.items()}
    batch = min(entry["cosineMin"] for entry in wrap_figures(together, first).values())
    measured = wrap_figures(alone, expected)
    missed = wrap_failures(measured)
    parity = {
        "images": len(images),
        "against": "the original graph in ONNX Runtime, pixels normalised and outputs pooled by NumPy",
        "outputs": measured,
        "aloneAgainstBatchCosineMin": batch,
    }
    reason = diagnose(source, recipe, form, images, alone) if missed else None
    return parity, missed + batch_failures(batch), reason
