"""Embeddings of a running gateway against transformers with the same weights on the same pixels.

    python check_embeddings.py WEIGHTS MODEL http://127.0.0.1:PORT

Images have the input's size, so that preprocessing leaves their pixels as they are. Ends with exit code 1 when a cosine is below
0.9999; prints the least one.
"""

import json
import struct
import sys
import urllib.request
import uuid
import zlib
from pathlib import Path

import numpy as np

EXPORT = Path(__file__).resolve().parents[3] / "triton-models" / "export"
sys.path.insert(0, str(EXPORT))

from compare import cosines  # noqa: E402
from reference import run_reference  # noqa: E402
from synthetic import FORMULAS, random_images, synthetic_image  # noqa: E402

SIZE = 224
MIN_COSINE = 0.9999


def png(image: np.ndarray) -> bytes:
    """UINT8 [3,H,W] as an RGB file, no filter (ISO/IEC 15948)."""
    _, height, width = image.shape
    rows = image.transpose(1, 2, 0).reshape(height, width * 3)
    samples = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(samples)) + chunk(b"IEND", b"")


def embed(url: str, images: np.ndarray, pooling: str) -> dict:
    boundary = uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="pooling"\r\n\r\n{pooling}\r\n'.encode()]
    for image in images:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="i.png"\r\nContent-Type: image/png\r\n\r\n'
        parts.append(head.encode() + png(image) + b"\r\n")
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/embeddings", body, headers)) as reply:
        return json.load(reply)


def main() -> None:
    weights, model, url = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    formulas = np.stack([synthetic_image(name, SIZE, SIZE) for name in FORMULAS])
    images = np.concatenate([formulas, random_images(3, SIZE, SIZE, seed=21)])
    reference = run_reference(weights, images)
    least = 1.0
    for pooling in ("cls", "patch_mean"):
        reply = embed(url, images, pooling)
        assert reply["model"] == model, reply["model"]
        assert "demo-weights" not in {advisory["code"] for advisory in reply["advisories"]}, reply["advisories"]
        vectors = np.array([item["embedding"] for item in reply["data"]])
        expected = reference[pooling]
        assert vectors.shape == expected.shape, vectors.shape
        least = min(least, float(cosines(vectors, expected).min()))
        # The measure can fail: the vectors of other images are not near.
        assert cosines(np.roll(vectors, 1, axis=0), expected).min() < 0.99
    print(f"{len(images)} images, cls and patch_mean: least cosine {least:.9f}")
    sys.exit(0 if least >= MIN_COSINE else 1)


if __name__ == "__main__":
    main()
