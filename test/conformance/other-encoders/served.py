"""A wrapped model behind the real gateway against the original in torch, on the same pixels."""

import io
from pathlib import Path

import numpy as np
from encoders import Case, run_torch
from serve import build_repository, call, gateway, png_uri
from wrapping import MIN_COSINE, wrap_case, wrapper

from compare import cosines


def read_npy(content: bytes) -> np.ndarray:
    return np.load(io.BytesIO(content), allow_pickle=False)


def served_as_torch_says(case: Case, folder: Path) -> None:
    wrapped = wrap_case(case, folder)
    assert not wrapped.failures, [str(failure) for failure in wrapped.failures]
    name = wrapped.folder.name
    build_repository(folder / "models")
    images = wrapper.test_images(4, 3, case.size, case.size)
    cls, tokens = run_torch(case, images)
    expected = {"cls": cls}
    if tokens is not None:
        expected |= {"patch_mean": tokens.mean(axis=1), "cls_patch_mean": np.concatenate([cls, tokens.mean(axis=1)], axis=1)}
    assert list(expected) == case.poolings
    body = {"input": [png_uri(image) for image in images]}
    with gateway(folder / "models", name) as url:
        _, model = call(url, f"/v1/models/{name}")
        assert (model["poolings"], model["patchSize"], model["dimension"]) == (case.poolings, case.patch_size, cls.shape[1])
        for pooling, vectors in expected.items():
            status, reply = call(url, "/v1/embeddings", body | {"pooling": pooling, "normalize": False})
            assert status == 200, reply
            found = np.array([item["embedding"] for item in reply["data"]])
            least, distance = cosines(found, vectors).min(), np.linalg.norm(found - vectors) / np.linalg.norm(vectors)
            print(f"        {pooling}: cosine {least:.9f}, distance {distance:.1e}")
            assert least >= MIN_COSINE and distance < 1e-3
            others = cosines(found[1:], vectors[:1]).max()
            assert others < MIN_COSINE, f"vectors of other images are as near ({others}): the comparison says nothing"
        one = {"input": body["input"][0]}
        if tokens is None:
            status, problem = call(url, "/v1/features", one, "application/x-npy")
            assert (status, problem["code"]) == (422, "unsupported-by-model") and name in problem["detail"], problem
            status, problem = call(url, "/v1/embeddings", one | {"pooling": "patch_mean"})
            assert (status, problem["code"]) == (422, "unsupported-by-model"), problem
        else:
            status, content = call(url, "/v1/features", one, "application/x-npy")
            assert status == 200, content
            found = read_npy(content).reshape(tokens[0].shape)
            distance = np.linalg.norm(found - tokens[0]) / np.linalg.norm(tokens[0])
            print(f"        patch tokens: distance {distance:.1e}")
            # FP16 keeps 11 bits: half of 2^-11 in the mean of many values.
            assert distance < 5e-4
