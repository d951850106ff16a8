"""Opens a foreign ONNX graph and runs it as it is: the reference that a wrapped one must equal."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import ModelProto, TensorProto
from onnx.external_data_helper import ExternalDataInfo, load_external_data_for_model, uses_external_data

from runner import open_session
from weights import sha256_of
from wrap_recipe import Recipe, WrapError

FLOATS = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16}
# Older ones lack operators that the wrapping is drawn with (Slice and Reshape by inputs).
MIN_OPSET = 11


@dataclass(frozen=True)
class Source:
    """A graph with one image input. `batch` is the number of images that it was fixed to, None where it is free."""

    path: Path
    model: ModelProto
    files: dict[str, str]
    digest: str
    opset: int
    input_name: str
    input_type: int
    batch: int | None
    channels: int
    height: int
    width: int


def open_source(path: Path, recipe: Recipe) -> Source:
    """Raises WrapError for a file that is no graph of one image input of one size."""
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # noqa: BLE001 - protobuf, onnx and the file system each have their own
        raise WrapError(f"{path.name} is not a readable ONNX file ({error})") from error
    files = {path.name: sha256_of(path)} | load_weights_apart(model, path.parent)
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)
    if opset < MIN_OPSET:
        raise WrapError(f"the graph is of opset {opset}; export it with {MIN_OPSET} or later (17 for TensorRT)")
    entry = only_input(model, recipe)
    kind, shape = entry.type.tensor_type.elem_type, list(entry.type.tensor_type.shape.dim)
    if kind not in FLOATS:
        raise WrapError(f"input {entry.name!r} is {TensorProto.DataType.Name(kind)}, not a float image")
    if len(shape) != 4:
        raise WrapError(f"input {entry.name!r} has rank {len(shape)}, not the 4 of {recipe.layout}")
    batch, *rest = (dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in shape)
    channels, height, width = rest if recipe.layout == "NCHW" else (rest[2], rest[0], rest[1])
    return Source(
        path=path,
        model=model,
        files=files,
        digest=source_digest(files),
        opset=opset,
        input_name=entry.name,
        input_type=kind,
        batch=batch,
        channels=only_channels(channels, recipe),
        height=only_side("height", height, recipe.height),
        width=only_side("width", width, recipe.width),
    )


def only_input(model: ModelProto, recipe: Recipe) -> onnx.ValueInfoProto:
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in constants]
    names = ", ".join(repr(entry.name) for entry in inputs)
    if len(inputs) != 1:
        raise WrapError(f"the graph has {len(inputs)} inputs ({names}); export the image encoder alone, with one input")
    if recipe.input_name not in (None, inputs[0].name):
        raise WrapError(f"recipe: /input/name is {recipe.input_name!r}, the graph's input is {names}")
    return inputs[0]


def only_channels(declared: int | None, recipe: Recipe) -> int:
    channels = len(recipe.mean) if declared is None else declared
    if channels not in (1, 3):
        raise WrapError(f"the graph takes {channels} channels in {recipe.layout}, not 1 or 3; is /input/layout right?")
    if channels != len(recipe.mean):
        raise WrapError(f"recipe: /input/mean has {len(recipe.mean)} numbers, the graph takes {channels} channels")
    return channels


def only_side(name: str, declared: int | None, wanted: int | None) -> int:
    """A free side becomes what the recipe says; a fixed one can only be what it is."""
    if declared is None and wanted is None:
        raise WrapError(f"the graph leaves its {name} open; say it in the recipe as /input/{name}")
    if declared is not None and wanted not in (None, declared):
        raise WrapError(f"recipe: /input/{name} is {wanted}, the graph is fixed to {declared}; export it for {wanted}")
    return declared if wanted is None else wanted


def load_weights_apart(model: ModelProto, folder: Path) -> dict[str, str]:
    """Loads weights that lie in files of their own and gives the sha256 of each file."""
    constants = [attribute.t for node in model.graph.node for attribute in node.attribute if attribute.HasField("t")]
    apart = [tensor for tensor in (*model.graph.initializer, *constants) if uses_external_data(tensor)]
    names = sorted({ExternalDataInfo(tensor).location for tensor in apart})
    for name in names:
        if Path(name).name != name or not (folder / name).is_file():
            raise WrapError(f"weights of the graph lie in {name!r}, which is not beside it; copy the file into the same folder")
    try:
        load_external_data_for_model(model, str(folder))
    except Exception as error:  # noqa: BLE001 - cut off files, tensors inside of branches
        raise WrapError(f"weights of the graph cannot be read from {', '.join(names) or 'other files'} ({error})") from error
    return {name: sha256_of(folder / name) for name in names}


def source_digest(files: dict[str, str]) -> str:
    """sha256 of the file; of several, that of the lines `sha256sum` prints for them, by name."""
    if len(files) == 1:
        return next(iter(files.values()))
    return hashlib.sha256("".join(f"{files[name]}  {name}\n" for name in sorted(files)).encode()).hexdigest()


def normalise(images: np.ndarray, recipe: Recipe, source: Source) -> np.ndarray:
    """UINT8 [N,C,H,W] -> what the graph takes."""
    mean, std = (np.array(values, np.float32).reshape(1, -1, 1, 1) for values in (recipe.mean, recipe.std))
    pixels = (images.astype(np.float32) * np.float32(recipe.scale) - mean) / std
    return (pixels if recipe.layout == "NCHW" else pixels.transpose(0, 2, 3, 1)).astype(FLOATS[source.input_type])


def run_source(source: Source, pixels: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """The named outputs of the graph as it is, image by image; raises WrapError when it does not run at this size."""
    known = [entry.name for entry in source.model.graph.output]
    missing = [name for name in names if name not in known]
    if missing:
        raise WrapError(f"the graph has no output {missing[0]!r}; it has {', '.join(map(repr, known))}")
    try:
        session = open_session(source.path)
        # A graph that is fixed to b images gets b times the same one, and its first answer counts.
        rows = [session.run(names, {source.input_name: np.repeat(one[None], source.batch or 1, axis=0)}) for one in pixels]
    except Exception as error:  # noqa: BLE001 - ONNX Runtime's exceptions have no common base but this
        raise WrapError(f"the graph does not run at {source.height} x {source.width} pixels: {first_line(error)}") from error
    return {name: np.concatenate([row[index][:1] for row in rows]) for index, name in enumerate(names)}


def first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]


def silence_runtime() -> None:
    """What ONNX Runtime prints about foreign graphs is said again, in words, by an error or a gate."""
    ort.set_default_logger_severity(4)
