"""Errors as RFC 9457 problem documents, or as a page for people: one table from exception to answer."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from provenance.errors import ChainError, ConfigError, InputError, ProvenanceError, Refused, StoreError
from provenance.store.evidence import EvidenceDamagedError, EvidenceErasedError, EvidenceMissingError
from provenance.workflows.drafting import NotFinalError
from provenance.workflows.granting import NoSuchRequestError
from provenance.workflows.offering import NoSuchOfferError, OfferClosedError
from provenance.workflows.paging import OtherCursorError
from provenance.workflows.submitting import (
    REFUSALS_TOLD,
    NoSuchSubmissionError,
    OtherRequestError,
    PlaceTakenError,
    Refusal,
    RefusedSubmissionError,
)
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
REFUSED = ProblemType(
    "refused-by-a-rule",
    409,
    "The ledger's rules do not allow it",
    "The contract would refuse what was signed, so it was not taken in; nothing was recorded. The member `refusals` "
    "names the rule, as the contracts do, for each message that was refused.",
    "Do what the detail says, and sign again where what is signed changes.",
)
PLACE_TAKEN = ProblemType(
    "place-taken",
    409,
    "Another submission waits for the same place",
    "An event that is not settled yet has the number in the item's history that this one wants.",
    "Ask for typed data again in a moment; if it is refused then, the rule will be named.",
)
NOT_FINAL = ProblemType(
    "not-final-yet",
    409,
    "The item's history is not final yet",
    "An offer names the whole history of the item. The last event of it may still be taken back, or waits.",
    "Make the offer when the event is final; receipts and `/items/{item}` say when it is.",
)
OTHER_REQUEST = ProblemType(
    "idempotency-key-reused",
    422,
    "The Idempotency-Key belongs to another request",
    "The same key came with another request within the last week; that one was answered and this one was not looked at.",
    "Take a new key for a new request; repeat the old one exactly to get its answer again.",
)
NO_RECEIPT = ProblemType(
    "no-such-submission",
    404,
    "Nothing with this id was submitted",
    "Nothing with this id was ever taken in here, so it is on no way to the chain.",
    "Submit it: the same event again is recorded once only.",
)
NO_OFFER = ProblemType(
    "no-such-offer",
    404,
    "No such offer was made here",
    "An offer has the struct hash of what the giver signed as its name; none with this one is known.",
    "Read the inbox of the receiving partner: it has every offer with its name.",
)
OFFER_CLOSED = ProblemType(
    "offer-closed",
    409,
    "The offer can no longer be answered",
    "It was accepted, declined or withdrawn, has expired, or is void because the item's history changed.",
    "Have the giver offer again.",
)
TOO_LARGE = ProblemType(
    "request-too-large",
    413,
    "The request is too large",
    "The body is larger than this server takes.",
    "Send it in parts: every signature covers at most 1,024 messages.",
)
READ_ONLY = ProblemType(
    "not-writing",
    503,
    "This server takes nothing in",
    "It serves an index, and knows no deployed ledger to write to.",
    "Deploy the contracts first, or ask the operator for the address that takes submissions.",
)
TYPES = {
    kind.kind: kind
    for kind in (
        REFUSED,
        PLACE_TAKEN,
        NOT_FINAL,
        OTHER_REQUEST,
        NO_RECEIPT,
        NO_OFFER,
        OFFER_CLOSED,
        TOO_LARGE,
        READ_ONLY,
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
    (PlaceTakenError, PLACE_TAKEN),
    (RefusedSubmissionError, REFUSED),
    (Refused, REFUSED),
    (NotFinalError, NOT_FINAL),
    (OtherRequestError, OTHER_REQUEST),
    (NoSuchSubmissionError, NO_RECEIPT),
    (NoSuchRequestError, NO_RECEIPT),
    (NoSuchOfferError, NO_OFFER),
    (OfferClosedError, OFFER_CLOSED),
    (ConfigError, READ_ONLY),
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
            return _answer(request, Problem(of.status, of.kind, of.title, str(error)), more=_more(error))
    raise error


def _more(error: Exception) -> dict[str, object]:
    """What a program can act upon: the rules by the names that the contracts have for them."""
    if isinstance(error, Refused):
        return {"refusals": [{"index": None, "item": None, "rule": error.name, "reason": str(error)}]}
    if isinstance(error, RefusedSubmissionError):
        return {"refusals": [_refusal(refusal) for refusal in error.refusals[:REFUSALS_TOLD]]}
    return {}


def _refusal(refusal: Refusal) -> dict[str, object]:
    rule = refusal.reason.name if isinstance(refusal.reason, Refused) else "PlaceTaken"
    item = "0x" + refusal.item.hex()
    return {"index": refusal.index, "item": item, "rule": rule, "reason": str(refusal.reason)}


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    detail = f"{first['loc'][-1]} is {first.get('input')!r}: {first['msg']}"
    return _answer(request, Problem(INVALID.status, INVALID.kind, INVALID.title, detail))


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST:  # the framework's word for a body that it cannot read
        detail = "body cannot be read: send JSON text in UTF-8"
        return _answer(request, Problem(INVALID.status, INVALID.kind, INVALID.title, detail))
    phrase = HTTPStatus(error.status_code).phrase
    detail = f"{request.method} {request.url.path}: {error.detail}"
    kind = phrase.lower().replace(" ", "-")
    return _answer(request, Problem(error.status_code, kind, phrase, detail), error.headers)


def _answer(
    request: Request, problem: Problem, headers: object = None, more: dict[str, object] | None = None
) -> Response:
    if wants_page(request):
        return problem_page(problem.status, problem.title, problem.detail)
    body = {
        "type": f"/problems/{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
        **(more or {}),
    }
    kept = dict(headers) if isinstance(headers, dict) else None
    return JSONResponse(body, problem.status, kept, media_type="application/problem+json")
