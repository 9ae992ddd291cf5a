"""The JSON form of what tracing finds: one shape for the command line and the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from provenance.workflows.tracing import (
    ChallengeView,
    Event,
    Freshness,
    History,
    Item,
    ItemPage,
    Overview,
    Party,
)
from provenance.workflows.wording import grade_words, stage_words

Json = dict[str, Any]


def freshness_json(freshness: Freshness) -> Json:
    """The three words that every answer carries."""
    return {
        "as_of_block": freshness.as_of_block,
        "as_of_time": _time(freshness.as_of_time),
        "finalized_block": freshness.finalized_block,
        "complete": freshness.complete,
    }


def item_json(item: Item) -> Json:
    """One item as it stands."""
    return {
        "id": _hex(item.id),
        "uri": item.uri,
        "gtin": item.gtin,
        "serial": item.serial,
        "title": item.title,
        "category": item.category,
        "brand": item.brand,
        "made_up_identity": item.made_up,
        "stage": stage_words(item.stage),
        "grade": grade_words(item.grade),
        "grade_number": item.grade,
        "on_hold": item.on_hold,
        "custodian": _party(item.custodian),
        "events": item.seq,
        "challenges": item.challenges,
        "slot": _hex(item.slot),
        "last_block": item.last_block,
        "last_time": _time(item.last_time),
        "final": item.final,
    }


def items_json(page: ItemPage) -> Json:
    """A page of items."""
    items = [item_json(item) for item in page.items]
    return {"items": items, "next": page.next, **freshness_json(page.freshness)}


def history_json(history: History) -> Json:
    """An item with all its events and challenges."""
    return {
        "item": item_json(history.item),
        "events": [_event(event) for event in history.events],
        "challenges": [_challenge(challenge) for challenge in history.challenges],
        **freshness_json(history.freshness),
    }


def overview_json(overview: Overview) -> Json:
    """Counts and lag."""
    return {
        "items": overview.items,
        "events": overview.events,
        "items_by_stage": {stage_words(stage): count for stage, count in overview.by_stage.items()},
        "submissions": overview.submissions,
        "journal": _hex(overview.journal),
        "chain_head": overview.head,
        **freshness_json(overview.freshness),
    }


def _event(event: Event) -> Json:
    return {
        "seq": event.seq,
        "kind": event.kind,
        "what": event.words,
        "stage": stage_words(event.stage),
        "grade": grade_words(event.grade),
        "on_hold": event.on_hold,
        "by": _signed_by(event.by, event.signer),
        "to": _signed_by(event.to, event.receiver),
        "reservations": list(event.reservations),
        "corrects": event.corrects,
        "corrected_by": event.corrected_by,
        "answers": event.answers,
        "challenged_by": list(event.challenged),
        "details": _fields(event, by_receiver=False),
        "acceptance_details": _fields(event, by_receiver=True),
        "withheld_fields": event.withheld,
        "details_missing": event.missing_details,
        "made_up": list(event.made_up),
        "recorded": _time(event.time),
        "block": event.block,
        "block_hash": _hex(event.block_hash),
        "transaction": _hex(event.tx),
        "digest": _hex(event.digest),
        "slot": _hex(event.slot),
        "final": event.final,
    }


def _challenge(challenge: ChallengeView) -> Json:
    return {
        "count": challenge.count,
        "challenged": challenge.challenged,
        "by": _party(challenge.by),
        "details": {field.name: field.value for field in challenge.said},
        "recorded": _time(challenge.time),
        "block": challenge.block,
        "final": challenge.final,
    }


def _fields(event: Event, *, by_receiver: bool) -> Json:
    return {field.name: field.value for field in event.fields if field.by_receiver is by_receiver}


def _signed_by(party: Party | None, key: bytes | None) -> Json | None:
    return {"partner": party.partner, "name": party.name, "key": _hex(key)} if party else None


def _party(party: Party | None) -> Json | None:
    return {"partner": party.partner, "name": party.name} if party else None


def _hex(value: bytes | None) -> str | None:
    return None if value is None else f"0x{value.hex()}"


def _time(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
