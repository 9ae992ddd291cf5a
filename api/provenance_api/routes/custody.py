"""Hand-overs: offers that wait for the other side, and what became of them."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from provenance.model.messages import ItemMessage
from provenance.store.offers import Offer, State
from provenance.workflows import offering
from provenance.workflows.parsing import MESSAGES, read_bytes, read_message
from provenance.workflows.submitting import Package
from provenance_api import writing_schemas as schemas
from provenance_api.answering import Index, Limit, problems
from provenance_api.routes.items import MAX_PARTNER
from provenance_api.writing import Judge, Once, now, signature, stored
from provenance_api.writing_schemas import Hex32

router = APIRouter(tags=["custody"])
Partner = Annotated[int, Path(ge=1, le=MAX_PARTNER)]
OfState = Annotated[State | None, Query(description="Only offers in this state.")]
AfterOffer = Annotated[int, Query(ge=0, le=2**62, description="The number in `next` of the answer before.")]


@router.post(
    "/offers/{message}",
    status_code=202,
    response_model=schemas.Offers,
    responses=problems(404, 409, 413),
)
def offer(
    index: Index,
    judge: Judge,
    message: Literal["custody-offer", "ruling"],
    given: schemas.Offered,
    once: Once,
) -> Response:
    """Puts signed custody offers, or rulings that move custody, into the receiver's inbox.

    One signature may cover a whole pallet. The same offer again is the first one.
    """
    messages = tuple(cast(ItemMessage, read_message(MESSAGES[message], one)) for one in given.messages)
    package = Package(messages, signature(given), documents=stored(given.documents, messages))
    made = offering.offer(index, judge, package, now(), once, final_only=not given.allow_unfinal)
    return Response(made, 202, media_type="application/json")


@router.get("/offers/{offer}", response_model=schemas.Offer, responses=problems(404))
def one_offer(index: Index, offer: Hex32) -> dict[str, object]:
    """What became of an offer, by the struct hash of what the giver signed."""
    return offering.offer_json(offering.find_offer(index, read_bytes("offer", offer, 32)))


@router.get("/offers/{offer}/decline", response_model=schemas.DeclineText, responses=problems(404))
def text_to_decline(
    index: Index, judge: Judge, offer: Hex32, reason: Annotated[str, Query(max_length=500)] = ""
) -> dict[str, str]:
    """The text that the receiver signs (`personal_sign`) to decline an offer."""
    found = offering.find_offer(index, read_bytes("offer", offer, 32))
    return {"text": offering.decline_text(judge, found.offer, reason)}


@router.post("/offers/{offer}/decline", response_model=schemas.Offer, responses=problems(404, 409, 413))
def decline(index: Index, judge: Judge, offer: Hex32, given: schemas.Declined) -> dict[str, object]:
    """The receiver does not take it, and may say why."""
    wanted = read_bytes("offer", offer, 32)
    declined = offering.decline(index, judge, wanted, given.reason, signature(given), now=now())
    return offering.offer_json(declined)


@router.get("/partners/{partner}/inbox", response_model=schemas.OfferPage, responses=problems())
def inbox(
    index: Index,
    partner: Partner,
    *,
    state: OfState = State.OPEN,
    after: AfterOffer = 0,
    limit: Limit = 50,
) -> dict[str, object]:
    """What is offered to a partner, oldest first; open offers unless another state is asked for."""
    return _page(offering.inbox(index, partner, state, after, limit + 1), limit)


@router.get("/partners/{partner}/offers", response_model=schemas.OfferPage, responses=problems())
def outbox(
    index: Index,
    partner: Partner,
    *,
    state: OfState = None,
    after: AfterOffer = 0,
    limit: Limit = 50,
) -> dict[str, object]:
    """What a partner has offered to others, oldest first, and what became of it."""
    return _page(offering.outbox(index, partner, state, after, limit + 1), limit)


def _page(found: list[Offer], limit: int) -> dict[str, object]:
    shown = found[:limit]
    following = shown[-1].id if len(found) > limit else None
    return {"offers": [offering.offer_json(one) for one in shown], "next": following}
