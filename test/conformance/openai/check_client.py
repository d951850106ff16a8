"""The official OpenAI client against a running gateway. Ends with `N passed, N failed, N skipped`.

    python check_client.py http://127.0.0.1:PORT
"""

import base64
import contextlib
import io
import json
import math
import os
import re
import sys
from pathlib import Path

import openai

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test" / "conformance"))

from closing_line import run_checks  # noqa: E402

SAMPLES = ROOT / "samples"
XRAY = SAMPLES / "chest-xray/queries/normal-1.png"
OTHER_XRAY = SAMPLES / "chest-xray/queries/pneumonia-1.png"
SMEAR = SAMPLES / "blood-smear/blood-smear.jpg"
MODEL = "demo_vit_224"
DIMENSION = 192
# The client must show what it got the first time; a retry would hide a fault.
CLIENT_OPTIONS = {"api_key": "not-needed-on-loopback", "max_retries": 0, "timeout": 30.0}


def data_uri(path: Path) -> str:
    kind = "jpeg" if path.suffix == ".jpg" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def cosine(a: list[float], b: list[float]) -> float:
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def the_default_call_is_decoded_from_base64(client: openai.OpenAI) -> None:
    reply = client.embeddings.create(model=MODEL, input=data_uri(XRAY))
    vector = reply.data[0].embedding
    assert reply.object == "list" and reply.model == MODEL
    assert len(reply.data) == 1 and reply.data[0].index == 0
    assert len(vector) == DIMENSION and all(isinstance(value, float) for value in vector)
    assert abs(math.sqrt(sum(value * value for value in vector)) - 1) < 1e-5, "L2-normalised by default"
    assert reply.usage.total_tokens == reply.usage.prompt_tokens > 0


def base64_and_float_hold_the_same_vector(client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model=MODEL, input=data_uri(XRAY)).data[0].embedding
    spelt = client.embeddings.create(model=MODEL, input=data_uri(XRAY), encoding_format="float").data[0].embedding
    # A float32 survives both ways exactly; the two calls may differ in the last bits of the encoder.
    assert max(abs(a - b) for a, b in zip(packed, spelt, strict=True)) < 1e-6


def an_explicit_base64_stays_text(client: openai.OpenAI) -> None:
    text = client.embeddings.create(model=MODEL, input=data_uri(XRAY), encoding_format="base64").data[0].embedding
    assert isinstance(text, str) and len(base64.b64decode(text)) == 4 * DIMENSION


def a_list_keeps_its_order(client: openai.OpenAI) -> None:
    paths = [XRAY, SMEAR, OTHER_XRAY]
    together = client.embeddings.create(model=MODEL, input=[data_uri(path) for path in paths]).data
    assert [item.index for item in together] == [0, 1, 2]
    for item, path in zip(together, paths, strict=True):
        alone = client.embeddings.create(model=MODEL, input=data_uri(path)).data[0].embedding
        # The project's own bound for one image alone against the same image in a batch.
        assert cosine(item.embedding, alone) >= 0.99999
    smear, xray = together[1].embedding, together[0].embedding
    assert cosine(smear, xray) < 0.99, "different pictures have different vectors"


def our_options_travel_in_extra_body(client: openai.OpenAI) -> None:
    reply = client.embeddings.create(model=MODEL, input=data_uri(XRAY), extra_body={"pooling": "cls_patch_mean"})
    assert len(reply.data[0].embedding) == 2 * DIMENSION
    assert reply.model_extra["provenance"]["pooling"] == "cls_patch_mean"


def provenance_and_the_demo_advisory_arrive(client: openai.OpenAI) -> None:
    extra = client.embeddings.create(model=MODEL, input=data_uri(XRAY)).model_extra
    assert len(extra["provenance"]["embeddingSpace"]) == 64
    assert "demo-weights" in [advisory["code"] for advisory in extra["advisories"]]


def text_input_is_a_bad_request_with_our_problem(client: openai.OpenAI) -> None:
    try:
        client.embeddings.create(model=MODEL, input="The lungs are clear.")
    except openai.BadRequestError as error:
        assert error.status_code == 400
        assert error.response.headers["content-type"].startswith("application/problem+json")
        assert error.body["code"] == "malformed-request" and error.body["detail"]
        # What a traceback shows: the client prints nothing of a body but its `message`.
        assert str(error) == f"Error code: 400 - {error.body['detail']}", str(error)
        return
    raise AssertionError("no error was raised")


def an_unknown_option_is_a_bad_request(client: openai.OpenAI) -> None:
    try:
        client.embeddings.create(model=MODEL, input=data_uri(XRAY), extra_body={"poolng": "cls"})
    except openai.BadRequestError as error:
        assert "poolng" in json.dumps(error.body["errors"])
        assert "poolng" in str(error), str(error)
        return
    raise AssertionError("no error was raised")


def a_broken_image_is_unprocessable(client: openai.OpenAI) -> None:
    broken = base64.b64encode(XRAY.read_bytes()[:200]).decode()
    try:
        client.embeddings.create(model=MODEL, input=f"data:image/png;base64,{broken}")
    except openai.UnprocessableEntityError as error:
        assert error.body["code"] == "undecodable-image"
        return
    raise AssertionError("no error was raised")


def an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    try:
        client.embeddings.create(model="text-embedding-3-small", input=data_uri(XRAY))
    except openai.NotFoundError as error:
        assert error.body["code"] == "model-not-found"
        return
    raise AssertionError("no error was raised")


def one_bad_input_of_two_is_a_207(client: openai.OpenAI) -> None:
    inputs = [data_uri(XRAY), "data:image/png;base64,AAAA"]
    raw = client.embeddings.with_raw_response.create(model=MODEL, input=inputs, encoding_format="float")
    assert raw.status_code == 207
    # The client's own default (base64) reads the embedding of every item.
    parsed = client.embeddings.create(model=MODEL, input=inputs)
    assert [item.embedding is None for item in parsed.data] == [False, True], parsed
    good, bad = json.loads(raw.text if isinstance(raw.text, str) else raw.text())["data"]
    assert good["object"] == "embedding" and len(good["embedding"]) == DIMENSION
    assert bad["object"] == "error" and bad["index"] == 1 and bad["error"]["status"] >= 400


def models_are_listed_and_found(client: openai.OpenAI) -> None:
    ids = [model.id for model in client.models.list()]
    assert MODEL in ids and "demo_vit_448" in ids
    model = client.models.retrieve(MODEL)
    assert model.object == "model" and model.model_extra["dimension"] == DIMENSION


def the_python_lines_of_the_readme_run(client: openai.OpenAI) -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    os.chdir(ROOT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(snippet.replace("http://127.0.0.1:8080/v1", str(client.base_url)), {})
    dimension, space = printed.getvalue().split()
    assert int(dimension) == DIMENSION and re.fullmatch("[0-9a-f]{64}", space)


CHECKS = [
    the_default_call_is_decoded_from_base64,
    base64_and_float_hold_the_same_vector,
    an_explicit_base64_stays_text,
    a_list_keeps_its_order,
    our_options_travel_in_extra_body,
    provenance_and_the_demo_advisory_arrive,
    text_input_is_a_bad_request_with_our_problem,
    an_unknown_option_is_a_bad_request,
    a_broken_image_is_unprocessable,
    an_unknown_model_is_not_found,
    one_bad_input_of_two_is_a_207,
    models_are_listed_and_found,
    the_python_lines_of_the_readme_run,
]


def main() -> int:
    client = openai.OpenAI(base_url=f"{sys.argv[1]}/v1", **CLIENT_OPTIONS)
    return run_checks(CHECKS, client)


if __name__ == "__main__":
    sys.exit(main())
