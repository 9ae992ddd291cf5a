"""What a wallet is to sign: the exact typed data for an intended event."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from provenance.workflows.drafting import draft
from provenance_api.answering import Index, problems
from provenance_api.writing import Judge, message_type, now
from provenance_api.writing_schemas import Intended, TypedData

router = APIRouter(tags=["writing"])
Kind = Annotated[str, Path(examples=["condition-report"], max_length=32)]


@router.get("/typed-data/{message}", response_model=TypedData, responses=problems(404, 409))
def typed_data_of_one(request: Request, index: Index, judge: Judge, message: Kind) -> dict[str, object]:
    """The typed data of one message; its fields are query parameters, by the names that typed data has.

    `item` may be any identifier. What is left out is filled in from the item as it will be: number, stage, grade, slot.
    """
    given = {name: _value(value) for name, value in request.query_params.items() if name != "allow_unfinal"}
    final_only = request.query_params.get("allow_unfinal") != "true"
    made = draft(index, judge, message_type(message), [given], now=now(), final_only=final_only)
    return made.as_json()


@router.post("/typed-data/{message}", response_model=TypedData, responses=problems(404, 409, 413))
def typed_data(index: Index, judge: Judge, message: Kind, intended: Intended) -> dict[str, object]:
    """The typed data of one message or many, which one signature then covers; details in clear are committed to.

    Nothing is kept here: send the documents, which hold the salts, back with the signature.
    """
    of = message_type(message)
    made = draft(index, judge, of, intended.messages, now=now(), final_only=not intended.allow_unfinal)
    return made.as_json()


def _value(text: str) -> str | bool:
    return {"true": True, "false": False}.get(text, text)
