"""A real gateway with its embedded encoder over a folder of models, and images for it."""

import base64
import json
import os
import struct
import subprocess
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
NODE = ROOT / "node_modules/.bin/node"


def environment(repository: Path) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("TESSERA_")} | {
        "TESSERA_MODEL_DIR": str(repository),
        "TESSERA_PORT": "0",
        "TESSERA_LOG_LEVEL": "error",
    }


def tessera_models(repository: Path, *words: str | Path) -> str:
    """`tessera models …` over the folder; gives what it prints, raises CalledProcessError unless it ends with 0."""
    command = [NODE, ROOT / "services/cli/main.ts", "models", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment(repository), check=True, capture_output=True, text=True)
    return done.stdout


def build_repository(repository: Path) -> None:
    """Into the folder itself: renders the `config.pbtxt` of every model."""
    tessera_models(repository, "build", "--target", "onnxruntime", "--out", repository)


@contextmanager
def gateway(repository: Path, model: str) -> Iterator[str]:
    """Yields its address as soon as the model answers."""
    settings = environment(repository) | {"TESSERA_DEFAULT_MODEL": model}
    process = subprocess.Popen(
        [NODE, ROOT / "services/gateway/main.ts"], cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True
    )
    try:
        yield next(event["url"] for event in map(json.loads, process.stdout) if event.get("event") == "ready")
    finally:
        process.terminate()
        process.wait(timeout=30)


def call(url: str, path: str, body: dict | None = None, accept: str = "application/json") -> tuple[int, dict | bytes]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"content-type": "application/json", "accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            content = reply.read()
            return reply.status, json.loads(content) if accept == "application/json" else content
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def png_uri(image: np.ndarray) -> str:
    """UINT8 [3,H,W] as the data URI of an RGB PNG, its rows unfiltered (PNG, ISO/IEC 15948, clause 9)."""
    _, height, width = image.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), image.transpose(1, 2, 0).reshape(height, -1)], axis=1)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows.tobytes())),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()
