"""Errors as RFC 9457 problem documents, or as a page for people: one table from exception to answer."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from provenance.errors import ChainError, InputError, ProvenanceError, StoreError
from provenance.workflows.tracing import NotIndexedError
from provenance_api.negotiation import wants_page
from provenance_api.pages import problem_page


@dataclass(frozen=True)
class Problem:
    """What went wrong, as RFC 9457 3.1 has it. ``kind`` names the problem type."""

    status: int
    kind: str
    title: str
    detail: str


# The first class that matches decides.
TABLE: tuple[tuple[type[ProvenanceError], int, str, str], ...] = (
    (NotIndexedError, 404, "item-not-indexed", "This item is not in the index"),
    (InputError, 422, "invalid-input", "Something in the request cannot be understood"),
    (ChainError, 503, "chain-unavailable", "The chain cannot be reached"),
    (StoreError, 503, "store-unavailable", "The database cannot be used"),
)


def install(app: FastAPI) -> None:
    """Answers every error of ours, and the framework's own, as a problem."""
    app.add_exception_handler(ProvenanceError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)


async def _ours(request: Request, error: Exception) -> Response:
    for kind, status, name, title in TABLE:
        if isinstance(error, kind):
            return _answer(request, Problem(status, name, title, str(error)))
    raise error


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    detail = f"{first['loc'][-1]} is {first.get('input')!r}: {first['msg']}"
    return _answer(
        request, Problem(422, "invalid-input", "Something in the request cannot be understood", detail)
    )


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    detail = f"{request.method} {request.url.path}: {error.detail}"
    kind = phrase.lower().replace(" ", "-")
    return _answer(request, Problem(error.status_code, kind, phrase, detail), error.headers)


def _answer(request: Request, problem: Problem, headers: object = None) -> Response:
    if wants_page(request):
        return problem_page(problem.status, problem.title, problem.detail)
    body = {
        "type": f"/problems/{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
    }
    kept = dict(headers) if isinstance(headers, dict) else None
    return JSONResponse(body, problem.status, kept, media_type="application/problem+json")
