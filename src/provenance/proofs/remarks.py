"""Remarks: what a reader of a verified history should not overlook. They change no verdict."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from provenance.model.messages import Challenge, Correction, Hold, Ruling
from provenance.proofs.bundle import Bundle, Told
from provenance.proofs.trust import Trust
from provenance.proofs.verdict import Recorded

_DAY_AND_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def remarks_on(bundle: Bundle, history: Sequence[Recorded], trust: Trust) -> tuple[str, ...]:
    """One sentence each."""
    return (
        *(remark for told in bundle.told() for remark in _of_record(told)),
        *_of_state(history),
        *_of_silence(bundle),
        *_of_trust(trust),
    )


def _of_record(told: Told) -> Iterator[str]:
    match told.message:
        case Correction(seq=seq, corrects=corrects, answers=answers):
            answer = f", in answer to challenge {answers}" if answers else ""
            yield f"Event {seq} says that event {corrects} is wrong{answer}."
        case Challenge(count=count, challenged=challenged):
            yield f"Challenge {count} disputes event {challenged}."
        case Ruling(seq=seq, answers=answers):
            answer = f", in answer to challenge {answers}" if answers else ""
            yield f"Event {seq} is a ruling: an auditor set the state right{answer}."
        case Hold(seq=seq, on_hold=on_hold):
            yield f"Event {seq} {'freezes the item' if on_hold else 'lifts the hold'}."
        case _:
            pass
    for occurred in _occurred(told):
        if (at := _earliest(occurred)) is not None and at > told.time:
            yield f"A record of {_day(told.time)} says that it happened on {occurred}, later than it was recorded."


def _of_state(history: Sequence[Recorded]) -> Iterator[str]:
    last = history[-1].after.slot if history else None
    if last and last.on_hold:
        yield "The item is on hold."


def _of_silence(bundle: Bundle) -> Iterator[str]:
    documents = [document for told in bundle.told() for document in told.documents]
    withheld = sum(len(document.withheld) for document in documents)
    whole = sum(
        1 for document in documents if any(document.root) and not document.fields and not document.withheld
    )
    if withheld:
        yield f"{_many(withheld, 'field is', 'fields are')} withheld or erased; what is shown is what was signed."
    if whole:
        yield f"{_many(whole, 'details document is', 'details documents are')} not shown at all."
    wallets = sum(1 for told in bundle.told() for signed in told.signatures if signed.signature is None)
    if wallets:
        yield (
            f"{_many(wallets, 'signature was', 'signatures were')} accepted by a contract wallet on chain, "
            "and cannot be checked again offline."
        )
    if nameless := sum(1 for _, name in bundle.partners if name is None):
        yield f"{_many(nameless, 'partner is', 'partners are')} told by number alone."
    if bundle.item.uri is None:
        yield "The item is told by its id alone: nothing says which product it is."


def _of_trust(trust: Trust) -> Iterator[str]:
    if trust.one_operator:
        yield "One party runs this chain: a block hash that comes from that party proves little."
    if trust.predecessor is not None:
        yield (
            f"An earlier ledger, 0x{trust.predecessor.hex()}, came before this one: "
            "what was recorded there has a proof of its own."
        )


def _occurred(told: Told) -> Iterator[str]:
    for document in told.documents:
        for field in document.fields:
            if field.name == "occurredAt" and isinstance(field.value, str):
                yield field.value


def _earliest(occurred: str) -> int | None:
    """The first moment that the text can mean, in Unix seconds: of a day its beginning; None where it is no date.

    RFC 3339, with the day alone or the zone left out as well. The library takes more, a line break between day and time too.
    """
    if not _DAY_AND_TIME.fullmatch(occurred):
        return None
    try:
        at = datetime.fromisoformat(occurred)
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _day(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d")


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
