"""Holds /openapi.json against the OpenAPI 3.1 specification (openapi-spec-validator) and real replies against its schemas
(jsonschema). Usage: check_document.py GATEWAY_URL"""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test" / "conformance"))

from closing_line import run_checks  # noqa: E402

URL = sys.argv[1]


def call(method: str, path: str, body: bytes | None = None, content_type: str = "application/json"):
    request = urllib.request.Request(URL + path, data=body, method=method, headers={"content-type": content_type})
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


DOCUMENT = json.loads(call("GET", "/openapi.json")[2])
OPERATIONS = [
    (path, method, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]


def faults(schema: dict, value: object) -> list[str]:
    # References point into the document, so the schema is judged with the components beside it.
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message[:200] for error in Draft202012Validator(whole).iter_errors(value)]


def image(name: str) -> bytes:
    return (ROOT / "samples" / name).read_bytes()


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def data_uri(name: str) -> str:
    import base64

    return "data:image/png;base64," + base64.b64encode(image(name)).decode()


def the_document_is_valid_openapi_31():
    found = [error.message[:300] for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]
    assert found == [], found


def every_operation_has_an_id_a_summary_and_error_replies():
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids)) and len(ids) >= 11, ids
    for path, method, operation in OPERATIONS:
        assert operation["summary"], (path, method)
        assert any(int(status) >= 400 for status in operation["responses"]), (path, method)


def every_example_of_a_json_body_fits_its_schema_and_is_accepted():
    bodies = 0
    for path, method, operation in OPERATIONS:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        bodies += 1
        assert faults(content["schema"], content["example"]) == [], path
        status, _, reply = call(method.upper(), path, as_json(content["example"]))
        assert status == 200, (path, status, reply[:300])
    assert bodies >= 2


def resolved(value: dict) -> dict:
    """What a `$ref` into the document leads to; anything else itself."""
    if "$ref" not in value:
        return value
    target = DOCUMENT
    for name in value["$ref"].removeprefix("#/").split("/"):
        target = target[name]
    return target


def every_example_of_a_reply_fits_its_schema():
    examples = 0
    for path, method, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            for media_type, media in response["content"].items():
                values = [resolved(example)["value"] for example in media.get("examples", {}).values()]
                values += [media["example"]] if "example" in media else []
                for value in values:
                    examples += 1
                    assert faults(media["schema"], value) == [], (path, status, media_type)
    assert examples > 100, examples


NORMAL, PNEUMONIA = "chest-xray/examples/normal-1.png", "chest-xray/examples/pneumonia-1.png"
EXAMPLES = [{"label": "normal", "input": data_uri(NORMAL)}, {"label": "pneumonia", "input": data_uri(PNEUMONIA)}]
CALLS = [
    ("/v1/embeddings", "post", image(NORMAL), "image/png", 200),
    ("/v1/embeddings", "post", as_json({"input": [data_uri(NORMAL), "data:,x"]}), "application/json", 207),
    ("/v1/embeddings", "post", as_json({"input": []}), "application/json", 400),
    ("/v1/embeddings", "post", b"text", "text/plain", 415),
    ("/v1/embeddings", "post", image(NORMAL)[:60], "image/png", 422),
    ("/v1/embeddings?model=none", "post", image(NORMAL), "image/png", 404),
    ("/v1/classifications", "post", as_json({"input": data_uri(NORMAL), "examples": EXAMPLES}), "application/json", 200),
    ("/v1/features", "post", as_json({"input": "data:,x"}), "application/json", 415),
    ("/v1/models", "get", None, "", 200),
    ("/v1/models/demo_vit_224", "get", None, "", 200),
    ("/v1/models/none", "get", None, "", 404),
    ("/livez", "get", None, "", 200),
    ("/readyz", "get", None, "", 200),
    ("/version", "get", None, "", 200),
]


def declared(path: str) -> str:
    path = path.split("?")[0]
    return "/v1/models/{id}" if path.startswith("/v1/models/") else path


def replies_are_of_a_declared_status_type_and_headers_and_fit_their_schema():
    for path, method, body, content_type, expected in CALLS:
        status, headers, reply = call(method.upper(), path, body, content_type)
        media_type = headers.get_content_type()
        assert status == expected, (path, status, reply[:300])
        response = DOCUMENT["paths"][declared(path)][method]["responses"][str(status)]
        for name, header in response["headers"].items():
            header = resolved(header)
            assert name in headers or not header.get("required"), (path, status, name)
            if name in headers and header["schema"]["type"] == "string":
                assert faults(header["schema"], headers[name]) == [], (path, name, headers[name])
        assert media_type in response["content"], (path, status, media_type)
        found = faults(response["content"][media_type]["schema"], json.loads(reply))
        assert found == [], (path, status, found)


CHECKS = [
    the_document_is_valid_openapi_31,
    every_operation_has_an_id_a_summary_and_error_replies,
    every_example_of_a_json_body_fits_its_schema_and_is_accepted,
    every_example_of_a_reply_fits_its_schema,
    replies_are_of_a_declared_status_type_and_headers_and_fit_their_schema,
]
sys.exit(run_checks(CHECKS))
