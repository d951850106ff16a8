"""Reads npy and safetensors replies with NumPy and with the safetensors library and compares them with the JSON reply and with
each other. Usage: check_formats.py GATEWAY_URL"""

import io
import json
import struct
import sys
import urllib.request
import uuid
from pathlib import Path

import numpy as np
from safetensors.numpy import load

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test" / "conformance"))

from closing_line import run_checks  # noqa: E402

URL = sys.argv[1]
FILES = ["chest-xray/queries/normal-1.png", "blood-smear/blood-smear.jpg", "nuclei/nuclei.png"]


def post(path: str, accept: str, names: list[str]):
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n'.encode()
        + (ROOT / "samples" / name).read_bytes()
        + b"\r\n"
        for name in names
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    headers = {"accept": accept, "content-type": f"multipart/form-data; boundary={boundary}"}
    with urllib.request.urlopen(urllib.request.Request(URL + path, data=body, headers=headers)) as reply:
        return reply.headers, reply.read()


def metadata(file: bytes) -> dict:
    (length,) = struct.unpack("<Q", file[:8])
    return {key: json.loads(value) for key, value in json.loads(file[8 : 8 + length])["__metadata__"].items()}


def embeddings_are_the_same_in_every_format():
    reply = json.loads(post("/v1/embeddings", "application/json", FILES)[1])
    expected = np.array([item["embedding"] for item in reply["data"]], dtype=np.float32)
    headers, file = post("/v1/embeddings", "application/x-npy", FILES)
    array = np.load(io.BytesIO(file), allow_pickle=False)
    assert array.dtype == np.float32 and array.shape == (3, 192) and array.flags["C_CONTIGUOUS"]
    # Two runs of one FP32 graph in other batches: the contract is cosine 0.99999, seen are equal digits.
    assert np.allclose(array, expected, atol=1e-5), np.abs(array - expected).max()
    assert headers["x-tessera-embedding-space"] == reply["provenance"]["embeddingSpace"]
    file = post("/v1/embeddings", "application/x-safetensors", FILES)[1]
    tensors = load(file)
    assert np.allclose(tensors["embeddings"], expected, atol=1e-5)
    assert tensors["index"].tolist() == [0, 1, 2] and tensors["index"].dtype == np.int32
    assert metadata(file)["provenance"] == reply["provenance"]


def patch_tokens_have_the_grid_and_their_mean_is_the_models_own():
    file = post("/v1/features", "application/x-safetensors", FILES)[1]
    tensors = load(file)
    tokens = tensors["patch_tokens"]
    assert tokens.dtype == np.float16 and tokens.shape == (3, 14, 14, 192) and np.isfinite(tokens).all()
    _, pooled = post("/v1/embeddings?pooling=patch_mean&normalize=false", "application/x-npy", FILES)
    means = tokens.astype(np.float64).mean(axis=(1, 2))
    # FP16 keeps 11 bits: a mean of 196 tokens of size about 1 is within 1e-3.
    assert np.allclose(means, np.load(io.BytesIO(pooled)), atol=2e-3)
    geometry = metadata(file)["items"][1]["inputs"][0]["geometry"]
    assert (geometry["sourceRows"], geometry["sourceColumns"]) == (480, 640), geometry
    assert np.isclose(geometry["scaleX"], 224 / 640) and np.isclose(geometry["scaleY"], 224 / 480)


def npy_features_are_the_safetensors_ones_and_fp32_widens_them():
    narrow = np.load(io.BytesIO(post("/v1/features", "application/x-npy", FILES[:1])[1]))
    wide = np.load(io.BytesIO(post("/v1/features?dtype=fp32", "application/x-npy", FILES[:1])[1]))
    tokens = load(post("/v1/features", "application/x-safetensors", FILES[:1])[1])["patch_tokens"][0]
    assert narrow.dtype == np.float16 and wide.dtype == np.float32 and narrow.shape == (14, 14, 192)
    assert np.array_equal(narrow, tokens) and np.array_equal(wide, tokens.astype(np.float32))


CHECKS = [
    embeddings_are_the_same_in_every_format,
    patch_tokens_have_the_grid_and_their_mean_is_the_models_own,
    npy_features_are_the_safetensors_ones_and_fp32_widens_them,
]
sys.exit(run_checks(CHECKS))
