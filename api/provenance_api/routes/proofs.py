"""Proofs to take away: an item's bundle, the whole journal, what this server pins, and the page that checks them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from provenance.ledger.gateway import Gateway
from provenance.proofs.state import read_header
from provenance.workflows import proving, tracing, trusting
from provenance_api.answering import Index, problems

router = APIRouter(tags=["proofs"])
JSON_LINES = "application/jsonl"
Block = Annotated[
    int | None, Query(ge=0, lt=2**53, description="As of this block; the newest final one if not given.")
]


def ledger(request: Request) -> Gateway:
    """The ledger on its chain."""
    found: Gateway = request.app.state.ledger()
    return found


Ledger = Annotated[Gateway, Depends(ledger)]


# These ask the node, so each runs in a thread of its own.
@router.get(
    "/items/{item}/proof",
    response_class=Response,
    responses={
        200: {
            "content": {"application/json": {"schema": {"type": "object"}}},
            "description": "The bundle (format: `returns-provenance bundle 1`); check it with `provenance verify`.",
        },
        **problems(404, 500),
    },
)
def proof(index: Index, ledger: Ledger, item: str, block: Block = None) -> Response:
    """An item's whole history with what proves it, as one file that anyone can check offline.

    Fields that are not public are withheld as their commitments. An item id that was never taken in gives the proof of that.
    """
    name = proving.named(index, tracing.find(index, item))
    bundle = proving.prove(index, ledger, name, block=block)
    number = read_header(bundle.header).number
    return Response(
        proving.bundle_bytes(bundle),
        media_type="application/json",
        headers=_download(f"item-{name.id.hex()[:12]}-block-{number}.json", number),
    )


@router.get(
    "/journal.jsonl",
    response_class=Response,
    responses={
        200: {
            "content": {JSON_LINES: {"schema": {"type": "string"}}},
            "description": "A head, then a line for each record (format: `returns-provenance journal 1`).",
        },
        **problems(500),
    },
)
def journal(index: Index, ledger: Ledger, block: Block = None) -> Response:
    """Every record of the ledger in order, with the proof that there is no other."""
    lines = proving.prove_journal(index, ledger, block=block)
    head = next(lines)  # what can go wrong before the first line is answered as a problem
    return StreamingResponse(
        _in_pieces(chain([head], lines)), media_type=JSON_LINES, headers=_download("journal.jsonl", None)
    )


@router.get(
    "/trust.json",
    response_class=Response,
    responses={
        200: {
            "content": {"application/json": {"schema": {"type": "object"}}},
            "description": "The trust file (format: `returns-provenance trust 1`).",
        },
        **problems(),
    },
)
def trust(index: Index, ledger: Ledger, block: Block = None) -> Response:
    """What this server itself pins, with one block's hash as the root.

    It shows how a trust file looks. Whoever checks this server takes the block's hash from elsewhere.
    """
    return Response(
        trusting.trust_bytes(trusting.at_block(ledger, proving.provable_block(index, block))),
        media_type="application/json",
        headers={"Cache-Control": "no-cache"},
    )


@router.get("/verify", include_in_schema=False)
async def verify() -> Response:
    """The page that checks proofs in the browser."""
    page, policy = _page()
    return HTMLResponse(page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})


@router.get("/verify.html", include_in_schema=False)
async def verify_offline() -> Response:
    """The same for the disk: it works without any network, and never asks for one."""
    page = (files("provenance_api.pages") / "static" / "verify.html").read_bytes()
    return Response(page, media_type="text/html", headers=_download("verify.html", None))


@cache
def _page() -> tuple[str, str]:
    """The page with its own policy, which names the hashes of its script and style; frames need the header."""
    page = (files("provenance_api.pages") / "static" / "verify-served.html").read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy  # the build writes it
    return page, f"{policy[1]}; frame-ancestors 'none'"


def _download(name: str, block: int | None) -> dict[str, str]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"}
    return headers if block is None else headers | {"As-Of-Block": str(block)}


def _in_pieces(lines: Iterator[bytes], size: int = 64 * 1024) -> Iterator[bytes]:
    """The lines in pieces of about this many bytes: sending each alone would take longer than reading it."""
    piece = bytearray()
    for line in lines:
        piece += line
        if len(piece) >= size:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
