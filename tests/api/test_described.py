"""The description that is kept is the API's own, and the API answers as it describes."""

import json
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import real_answers
from provenance_api.description import document_text

KEPT = Path(__file__).parents[2] / "api" / "openapi.json"
EXAMPLES = 8
# Files, proofs and receipts are shown by their own pages and commands.
WITHOUT_EXAMPLE = {"evidence", "proofs", "writing", "custody"}
RECEIPTS = ("/key-requests/",)
# A cursor or a check digit may be wrong though its schema is right: what is accepted is for the other tests to say.
PROMISES = (
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


def test_the_kept_description_is_the_api_s_own() -> None:
    """`scripts/make-openapi` writes it."""
    assert KEPT.read_text("utf-8") == document_text()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_makes_the_api_fail_or_answer_otherwise_than_described(
    app: FastAPI, client: TestClient, mode: GenerationMode
) -> None:
    """Requests drawn from the description, good and bad ones, get answers of a described status, type and shape."""
    described = schemathesis.openapi.from_dict(app.openapi())
    tried = 0
    for result in described.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers_as_described(case: schemathesis.Case) -> None:
            request = case.as_transport_kwargs(base_url="http://testserver")
            assert not request.pop("cookies", None)  # no operation takes one
            if isinstance(request.get("data"), bytes):
                request["content"] = request.pop("data")
            answer = client.request(**request, follow_redirects=False)
            case.validate_response(answer, checks=list(PROMISES))

        try:
            answers_as_described()
        except Unsatisfiable:
            assert (
                mode is GenerationMode.NEGATIVE
            )  # any text is an item's possible name: there are no bad ones
        else:
            tried += 1
    assert tried >= (19 if mode is GenerationMode.POSITIVE else 11)


def test_what_is_told_of_real_items_partners_and_keys_is_as_described(
    app: FastAPI, client: TestClient
) -> None:
    item = client.get("/items").json()["items"][0]
    key = client.get("/keys").json()["keys"][0]
    described = schemathesis.openapi.from_dict(app.openapi())
    for path, parameters in (
        ("/items/{item}", {"item": item["serial"]}),
        ("/items/{item}/history", {"item": item["id"]}),
        ("/items/{item}/events/{seq}", {"item": item["id"], "seq": 1}),
        ("/01/{gtin}/{rest}", {"gtin": item["gtin"], "rest": f"21/{item['serial']}"}),
        ("/partners/{partner}", {"partner": key["partner"]["partner"]}),
        ("/keys/{address}", {"address": key["key"]}),
        ("/problems/{kind}", {"kind": "invalid-input"}),
    ):
        answer = client.get(path.format(**parameters))
        assert answer.status_code == 200
        described[path]["GET"].Case(path_parameters=parameters).validate_response(
            answer, checks=list(PROMISES)
        )
    raw = client.get(f"/items/{item['id']}/history", params={"view": "raw"})
    described["/items/{item}/history"]["GET"].Case(path_parameters={"item": item["id"]}).validate_response(
        raw, checks=list(PROMISES)
    )


def test_the_kept_examples_are_what_the_api_answers(tmp_path: Path) -> None:
    """`scripts/make-examples` writes them."""
    kept = json.loads(real_answers.KEPT.read_text("utf-8"))
    with real_answers.ledger(tmp_path) as (client, item):
        found = real_answers.real_answers(client, item)
    for group, answers in found.items():
        assert kept[group].keys() == answers.keys()
        for name, answer in answers.items():
            assert real_answers.masked(kept[group][name]) == real_answers.masked(answer), name


def test_every_answer_about_the_index_has_an_example_of_its_described_shape() -> None:
    document = json.loads(document_text())
    described = schemathesis.openapi.from_dict(document)
    for path, operations in document["paths"].items():
        responses = operations.get("get", {}).get("responses", {})
        if "application/json" not in responses.get("200", {}).get("content", {}):
            continue
        if WITHOUT_EXAMPLE & {*operations["get"]["tags"]} or path.startswith(RECEIPTS):
            continue
        content = responses["200"]["content"]["application/json"]
        name = content["examples"]["real"]["$ref"].rpartition("/")[2]
        value = document["components"]["examples"][name]["value"]
        answer = httpx2.Response(200, json=value, request=httpx2.Request("GET", f"http://testserver{path}"))
        answer.elapsed = timedelta()
        described[path]["GET"].validate_response(answer)
        answer = httpx2.Response(200, json={"x": value}, request=answer.request)
        answer.elapsed = timedelta()
        with pytest.raises((Failure, FailureGroup)):
            described[path]["GET"].validate_response(answer)
