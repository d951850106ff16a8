"""The official Python client of Triton against a running encoder. Ends with `N passed, N failed, N skipped`.

    python check_client.py 127.0.0.1:PORT
"""

import queue
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tritonclient.grpc as grpcclient
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

MODEL, SIZE, DIMENSION, PATCHES = "demo_vit_224", 224, 192, 196
OTHER_MODEL = "demo_vit_448"
Client = grpcclient.InferenceServerClient


def disc(size: int = SIZE) -> np.ndarray:
    """The image "disc" of golden.json, [3, size, size]."""
    y, x = np.mgrid[0:size, 0:size]
    inside = np.hypot(x - size / 2, y - size / 2) < 60 * size / 224
    return (10 * np.arange(3)[:, None, None] + np.where(inside, 200, 0)).astype(np.uint8)


def image_input(images: np.ndarray, name: str = "image") -> grpcclient.InferInput:
    tensor = grpcclient.InferInput(name, images.shape, np_to_triton_dtype(images.dtype))
    tensor.set_data_from_numpy(images)
    return tensor


def infer(client: Client, images: np.ndarray, outputs: list[str], model: str = MODEL, **options) -> grpcclient.InferResult:
    requested = [grpcclient.InferRequestedOutput(name) for name in outputs]
    return client.infer(model, [image_input(images)], outputs=requested, **options)


def refusal(call, status: str) -> str:
    """The message of a call that must fail with a gRPC status."""
    try:
        call()
    except InferenceServerException as error:
        assert error.status() == f"StatusCode.{status}", error
        assert error.message()
        return error.message()
    raise AssertionError(f"no {status}")


def the_server_and_its_models_are_ready(client: Client) -> None:
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready(MODEL) and client.is_model_ready(OTHER_MODEL, "1")
    assert not client.is_model_ready("nosuch") and not client.is_model_ready(MODEL, "9")


def server_metadata_names_the_extensions(client: Client) -> None:
    metadata = client.get_server_metadata(as_json=True)
    assert metadata["name"] and metadata["version"]
    assert {"model_repository", "model_configuration", "statistics"} <= set(metadata["extensions"])


def model_metadata_states_names_types_and_shapes(client: Client) -> None:
    metadata = client.get_model_metadata(MODEL)
    assert metadata.name == MODEL and list(metadata.versions) == ["1"]
    tensors = {tensor.name: (tensor.datatype, list(tensor.shape)) for tensor in [*metadata.inputs, *metadata.outputs]}
    assert tensors == {
        "image": ("UINT8", [-1, 3, SIZE, SIZE]),
        "cls": ("FP32", [-1, DIMENSION]),
        "patch_mean": ("FP32", [-1, DIMENSION]),
        "patch_tokens": ("FP16", [-1, PATCHES, DIMENSION]),
    }


def model_config_states_limits_and_parameters(client: Client) -> None:
    config = client.get_model_config(MODEL, as_json=True)["config"]
    assert config["max_batch_size"] == 32
    assert config["input"][0]["data_type"] == "TYPE_UINT8" and config["input"][0]["dims"] == ["3", str(SIZE), str(SIZE)]
    assert len(config["parameters"]["tessera.weights_digest"]["string_value"]) == 64
    assert config["parameters"]["tessera.engine"]["string_value"] == "onnxruntime-cpu"
    assert "dynamic_batching" in config


def raw_tensors_go_in_and_come_out(client: Client) -> None:
    result = infer(client, np.stack([disc(), 255 - disc()]), ["cls", "patch_mean", "patch_tokens"], request_id="r1")
    cls, mean, tokens = (result.as_numpy(name) for name in ("cls", "patch_mean", "patch_tokens"))
    assert cls.shape == (2, DIMENSION) and cls.dtype == np.float32
    assert mean.shape == (2, DIMENSION) and mean.dtype == np.float32
    assert tokens.shape == (2, PATCHES, DIMENSION) and tokens.dtype == np.float16
    assert all(np.isfinite(values).all() for values in (cls, mean, tokens))
    # The mean is of the FP32 tokens, which the FP16 ones round by up to 2e-3.
    assert np.abs(tokens.astype(np.float32).mean(axis=1) - mean).max() < 1e-3
    assert not np.allclose(cls[0], cls[1])
    response = result.get_response()
    assert (response.model_name, response.model_version, response.id) == (MODEL, "1", "r1")


def only_requested_outputs_come_back(client: Client) -> None:
    result = infer(client, disc()[None], ["patch_mean"])
    assert [output.name for output in result.get_response().outputs] == ["patch_mean"]
    assert result.as_numpy("cls") is None


def without_requested_outputs_all_come_back(client: Client) -> None:
    response = client.infer(MODEL, [image_input(disc()[None])]).get_response()
    assert sorted(output.name for output in response.outputs) == ["cls", "patch_mean", "patch_tokens"]


def asynchronous_calls_complete(client: Client) -> None:
    done: queue.Queue = queue.Queue()
    for number in range(4):
        requested = [grpcclient.InferRequestedOutput("cls")]
        callback = lambda result, error: done.put((result, error))  # noqa: E731
        client.async_infer(MODEL, [image_input(disc()[None])], callback, outputs=requested, request_id=str(number))
    replies = [done.get(timeout=20) for _ in range(4)]
    assert all(error is None for _, error in replies)
    assert sorted(result.get_response().id for result, _ in replies) == ["0", "1", "2", "3"]


def threads_share_the_client(client: Client) -> None:
    images = [np.full((1, 3, SIZE, SIZE), level, np.uint8) for level in range(0, 240, 30)]
    alone = [infer(client, image, ["cls"]).as_numpy("cls") for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda image: infer(client, image, ["cls"]).as_numpy("cls"), images))
    for one, other in zip(alone, together, strict=True):
        assert np.abs(one - other).max() < 1e-4


def a_stream_answers_in_order_and_survives_an_error(client: Client) -> None:
    replies: queue.Queue = queue.Queue()
    client.start_stream(callback=lambda result, error: replies.put((result, error)))
    try:
        for model in (MODEL, "nosuch", MODEL):
            client.async_stream_infer(
                model, [image_input(disc()[None])], outputs=[grpcclient.InferRequestedOutput("cls")]
            )
        first, second, third = (replies.get(timeout=20) for _ in range(3))
    finally:
        client.stop_stream()
    assert first[1] is None and first[0].as_numpy("cls").shape == (1, DIMENSION)
    assert second[0] is None and "nosuch" in second[1].message()
    assert third[1] is None


def statistics_count_images_and_executions(client: Client) -> None:
    def read():
        (stats,) = client.get_inference_statistics(MODEL).model_stats
        return stats

    before = read()
    infer(client, np.stack([disc()] * 3), ["cls"])
    # A server may send a reply before it counts it.
    give_up = time.monotonic() + 10
    after = read()
    while after.inference_stats.success.count == before.inference_stats.success.count and time.monotonic() < give_up:
        after = read()
    assert after.inference_count - before.inference_count == 3
    assert after.execution_count - before.execution_count == 1
    assert after.inference_stats.success.count - before.inference_stats.success.count == 1
    assert after.inference_stats.compute_infer.ns > before.inference_stats.compute_infer.ns
    assert 3 in {entry.batch_size for entry in after.batch_stats}


def a_wrong_shape_is_an_invalid_argument(client: Client) -> None:
    refusal(lambda: infer(client, np.zeros((1, 3, 100, 100), np.uint8), ["cls"]), "INVALID_ARGUMENT")


def a_wrong_type_is_an_invalid_argument(client: Client) -> None:
    refusal(lambda: infer(client, disc()[None].astype(np.float32), ["cls"]), "INVALID_ARGUMENT")


def too_large_a_batch_is_an_invalid_argument(client: Client) -> None:
    message = refusal(lambda: infer(client, np.stack([disc()] * 33), ["cls"]), "INVALID_ARGUMENT")
    assert "32" in message


def an_unknown_input_or_output_is_an_invalid_argument(client: Client) -> None:
    refusal(lambda: infer(client, disc()[None], ["nosuch"]), "INVALID_ARGUMENT")
    refusal(lambda: client.infer(MODEL, [image_input(disc()[None], "nosuch")]), "INVALID_ARGUMENT")


def an_unknown_model_or_version_is_not_found(client: Client) -> None:
    refusal(lambda: infer(client, disc()[None], ["cls"], model="nosuch"), "NOT_FOUND")
    refusal(lambda: infer(client, disc()[None], ["cls"], model_version="9"), "NOT_FOUND")
    refusal(lambda: client.get_model_metadata("nosuch"), "NOT_FOUND")
    refusal(lambda: client.get_model_config("nosuch"), "NOT_FOUND")


def a_deadline_is_kept(client: Client) -> None:
    refusal(lambda: infer(client, np.stack([disc()] * 32), ["cls"], client_timeout=0.03), "DEADLINE_EXCEEDED")
    assert infer(client, disc()[None], ["cls"]).as_numpy("cls").shape == (1, DIMENSION)


def models_unload_and_load(client: Client) -> None:
    def states() -> dict[str, str]:
        return {model.name: model.state for model in client.get_model_repository_index().models}

    assert states() == {MODEL: "READY", OTHER_MODEL: "READY"}
    client.unload_model(OTHER_MODEL)
    try:
        assert not client.is_model_ready(OTHER_MODEL) and states()[OTHER_MODEL] != "READY"
        refusal(lambda: infer(client, disc(448)[None], ["cls"], model=OTHER_MODEL), "NOT_FOUND")
    finally:
        client.load_model(OTHER_MODEL)
    assert states()[OTHER_MODEL] == "READY"
    assert infer(client, disc(448)[None], ["cls"], model=OTHER_MODEL).as_numpy("cls").shape == (1, DIMENSION)


def an_unknown_model_does_not_load(client: Client) -> None:
    refusal(lambda: client.load_model("nosuch"), "INTERNAL")


def what_is_left_out_says_so(client: Client) -> None:
    refusal(client.get_system_shared_memory_status, "UNIMPLEMENTED")
    refusal(client.get_cuda_shared_memory_status, "UNIMPLEMENTED")
    refusal(client.get_trace_settings, "UNIMPLEMENTED")
    refusal(client.get_log_settings, "UNIMPLEMENTED")


CHECKS = [
    the_server_and_its_models_are_ready,
    server_metadata_names_the_extensions,
    model_metadata_states_names_types_and_shapes,
    model_config_states_limits_and_parameters,
    raw_tensors_go_in_and_come_out,
    only_requested_outputs_come_back,
    without_requested_outputs_all_come_back,
    asynchronous_calls_complete,
    threads_share_the_client,
    a_stream_answers_in_order_and_survives_an_error,
    statistics_count_images_and_executions,
    a_wrong_shape_is_an_invalid_argument,
    a_wrong_type_is_an_invalid_argument,
    too_large_a_batch_is_an_invalid_argument,
    an_unknown_input_or_output_is_an_invalid_argument,
    an_unknown_model_or_version_is_not_found,
    a_deadline_is_kept,
    models_unload_and_load,
    an_unknown_model_does_not_load,
    what_is_left_out_says_so,
]


def main() -> int:
    client = Client(sys.argv[1])
    failed = 0
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            check(client)
            print(f"ok      {name}")
        except Exception:  # noqa: BLE001 - whatever went wrong is this check's failure, and the next one still runs
            failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}")
    client.close()
    print(f"{len(CHECKS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
