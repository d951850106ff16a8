"""Writes and reads ONNX files of any size."""

from pathlib import Path

import onnx
from onnx import ModelProto
from onnx.shape_inference import infer_shapes_path

# A protobuf message ends at 2 GiB; the weights of larger models lie in a second file. Some room for the graph itself.
MAX_SINGLE_FILE_BYTES = 1_900_000_000
DATA_SUFFIX = ".data"


def save_model(model: ModelProto, path: Path, max_bytes: int = MAX_SINGLE_FILE_BYTES) -> None:
    """Writes `path`, and `path` + `.data` beside it when the weights are too large; the same model gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) <= max_bytes:
        path.write_bytes(model.SerializeToString(deterministic=True))
        return
    data = path.with_name(path.name + DATA_SUFFIX)
    # onnx appends to a file that exists.
    data.unlink(missing_ok=True)
    onnx.save_model(model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=data.name)


def model_files(path: Path) -> list[Path]:
    """The file, and its weights where they lie apart."""
    return [file for file in (path, path.with_name(path.name + DATA_SUFFIX)) if file.exists()]


def with_shapes(path: Path) -> ModelProto:
    """The graph with the type and shape of every tensor, without weights that lie apart; raises what onnx finds wrong."""
    inferred = path.with_name(path.name + ".shapes")
    infer_shapes_path(path, inferred, check_type=True, strict_mode=True, data_prop=True)
    model = onnx.load(inferred, load_external_data=False)
    inferred.unlink()
    return model
