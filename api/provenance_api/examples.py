"""Whole answers as examples in the API's description: real ones, taken from a ledger that was played for them.

They are kept in ``examples.json``. `scripts/make-examples` writes it, and a test plays the ledger again and compares.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from fastapi import FastAPI

FILE = "examples.json"
OK, PROBLEM = "application/json", "application/problem+json"
# A scanned code is answered with the item's history.
SAME = {"/01/{gtin}/{rest}": "/items/{item}/history"}


def install(app: FastAPI) -> None:
    """Adds the examples to the application's OpenAPI document, which is made once."""
    make = app.openapi

    def with_examples() -> dict[str, Any]:
        if app.openapi_schema is None:
            _add(make(), json.loads(files("provenance_api").joinpath(FILE).read_text("utf-8")))
        assert app.openapi_schema is not None  # made just now
        return app.openapi_schema

    app.openapi = with_examples  # type: ignore[method-assign]  # FastAPI's own way to extend its document


def _add(document: dict[str, Any], kept: dict[str, dict[str, Any]]) -> None:
    """``kept`` has answers by path, and problems by status."""
    examples = document["components"].setdefault("examples", {})
    for path, value in kept["answers"].items():
        examples[_name(path)] = {"summary": "A real answer", "value": value}
    for status, value in kept["problems"].items():
        examples[f"problem-{status}"] = {"summary": value["title"], "value": value}
    for path in (*kept["answers"], *SAME):
        responses = document["paths"][path]["get"]["responses"]
        _refer(responses["200"], OK, _name(SAME.get(path, path)))
        for status in kept["problems"]:
            if status in responses:
                _refer(responses[status], PROBLEM, f"problem-{status}")


def _refer(response: dict[str, Any], media_type: str, name: str) -> None:
    response["content"][media_type]["examples"] = {"real": {"$ref": f"#/components/examples/{name}"}}


def _name(path: str) -> str:
    """A path as a component's name (OpenAPI 3.1, 4.8.7)."""
    return path.strip("/").replace("{", "").replace("}", "").replace("/", ".")
