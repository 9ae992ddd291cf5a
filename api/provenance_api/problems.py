"""Errors as RFC 9457 problem documents, or as a page for people: one table from exception to answer."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from provenance.errors import ChainError, InputError, ProvenanceError, StoreError
from provenance.store.evidence import EvidenceDamagedError, EvidenceErasedError, EvidenceMissingError
from provenance.workflows.paging import OtherCursorError
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


@dataclass(frozen=True)
class ProblemType:
    """A kind of problem, explained; its page is `/problems/{kind}`."""

    kind: str
    status: int
    title: str
    meaning: str
    remedy: str


NOT_INDEXED = ProblemType(
    "item-not-indexed",
    404,
    "This item is not in the index",
    "The index holds no such item, event, partner or key as of the block that the detail names.",
    "Check what you typed. If it was recorded just now, try again in a moment: `/status` says how far the index is.",
)
OTHER_CURSOR = ProblemType(
    "cursor-of-another-list",
    422,
    "The cursor continues another list",
    "A cursor carries the filters and the order of the list it comes from; those given with it differ.",
    "Give the cursor alone, or with the very same filters; for another list begin without a cursor.",
)
INVALID = ProblemType(
    "invalid-input",
    422,
    "Something in the request cannot be understood",
    "A value in the address does not have the form that it must have; the detail names it.",
    "Do what the detail says about the value it names.",
)
NO_CHAIN = ProblemType(
    "chain-unavailable",
    503,
    "The chain cannot be reached",
    "The node that this server asks does not answer, or answers what cannot be.",
    "Try again later. What is indexed can still be read.",
)
NO_STORE = ProblemType(
    "store-unavailable",
    503,
    "The database cannot be used",
    "The database behind this server failed.",
    "Try again later; tell the operator if it stays so.",
)
NO_EVIDENCE = ProblemType(
    "evidence-not-here",
    404,
    "This file is not kept here",
    "No file of this hash was ever kept here. A details document may name files that only their owner has.",
    "Check the hash, or ask the partner that signed the event for the file: its hash proves that it is the one.",
)
EVIDENCE_ERASED = ProblemType(
    "evidence-erased",
    410,
    "This file was erased",
    "A file of this hash was kept here and was erased, as the law may demand. It does not come back.",
    "Nothing needs to be done: the history still verifies, for it holds the hash alone.",
)
EVIDENCE_DAMAGED = ProblemType(
    "evidence-damaged",
    500,
    "This file was changed on the disk",
    "The file that is kept under this hash does not have it any more, so it is not given out.",
    "Tell the operator, who adds the original again.",
)
NOT_FOUND = ProblemType(
    "not-found",
    404,
    "Not Found",
    "There is nothing at this address.",
    "Begin at `/`, or read `/openapi.json` for all addresses.",
)
NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    405,
    "Method Not Allowed",
    "This address answers another method; the header Allow names it.",
    "Use the method that the header Allow names.",
)
TYPES = {
    kind.kind: kind
    for kind in (
        NOT_INDEXED,
        OTHER_CURSOR,
        INVALID,
        NO_EVIDENCE,
        EVIDENCE_ERASED,
        EVIDENCE_DAMAGED,
        NO_CHAIN,
        NO_STORE,
        NOT_FOUND,
        NOT_ALLOWED,
    )
}

# The first class that matches decides.
TABLE: tuple[tuple[type[ProvenanceError], ProblemType], ...] = (
    (NotIndexedError, NOT_INDEXED),
    (OtherCursorError, OTHER_CURSOR),
    (InputError, INVALID),
    (EvidenceMissingError, NO_EVIDENCE),
    (EvidenceErasedError, EVIDENCE_ERASED),
    (EvidenceDamagedError, EVIDENCE_DAMAGED),
    (ChainError, NO_CHAIN),
    (StoreError, NO_STORE),
)


def install(app: FastAPI) -> None:
    """Answers every error of ours, and the framework's own, as a problem."""
    app.add_exception_handler(ProvenanceError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)


async def _ours(request: Request, error: Exception) -> Response:
    for kind, of in TABLE:
        if isinstance(error, kind):
            return _answer(request, Problem(of.status, of.kind, of.title, str(error)))
    raise error


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    detail = f"{first['loc'][-1]} is {first.get('input')!r}: {first['msg']}"
    return _answer(request, Problem(INVALID.status, INVALID.kind, INVALID.title, detail))


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
