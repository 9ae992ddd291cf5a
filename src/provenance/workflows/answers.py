"""The JSON form of what tracing finds: one shape for the command line and the API."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from provenance.workflows.counting import Counts, Flows, Overview
from provenance.workflows.event_text import challenge_text, encoded, event_text
from provenance.workflows.listing import (
    ChallengeEntry,
    EventEntry,
    HoldEntry,
    ItemPage,
)
from provenance.workflows.members import KeyView, PartnerKeys, PartnerView
from provenance.workflows.paging import Entries
from provenance.workflows.searching import Search
from provenance.workflows.tracing import (
    ChallengeView,
    Event,
    Freshness,
    History,
    Item,
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
    count = {"number": page.count.number, "exact": page.count.exact} if page.count else None
    return {"items": items, "next": page.next, "count": count, **freshness_json(page.freshness)}


def events_json(page: Entries[EventEntry]) -> Json:
    """A page of events."""
    return _page("events", [event_entry_json(entry) for entry in page.entries], page)


def event_entry_json(entry: EventEntry) -> Json:
    """One event in a list."""
    return {
        **_of_item(entry),
        "seq": entry.seq,
        "kind": entry.kind,
        "what": entry.words,
        "stage": stage_words(entry.stage),
        "grade": grade_words(entry.grade),
        "by": _signed_by(entry.by, entry.signer),
        "to": _signed_by(entry.to, entry.receiver),
        "corrects": entry.corrects,
        "corrected_by": entry.corrected_by,
        "answers": entry.answers,
        **_recorded(entry),
    }


def challenges_json(page: Entries[ChallengeEntry]) -> Json:
    """A page of challenges."""
    return _page("challenges", [challenge_entry_json(entry) for entry in page.entries], page)


def holds_json(page: Entries[HoldEntry]) -> Json:
    """A page of items on hold."""
    return _page("holds", [hold_json(hold) for hold in page.entries], page)


def hold_json(hold: HoldEntry) -> Json:
    """One item on hold."""
    return {
        "item": item_json(hold.item),
        "seq": hold.seq,
        "by": _signed_by(hold.by, hold.signer),
        "recorded": _time(hold.time),
        "block": hold.block,
    }


def partners_json(page: Entries[PartnerView]) -> Json:
    """A page of partners."""
    return _page("partners", [partner_entry_json(partner) for partner in page.entries], page)


def partner_json(found: PartnerKeys) -> Json:
    """One partner with its keys."""
    partner = partner_entry_json(found.partner) | {"all_keys": [key_json(key) for key in found.keys]}
    return partner | freshness_json(found.freshness)


def keys_json(page: Entries[KeyView]) -> Json:
    """A page of keys."""
    return _page("keys", [key_json(key) for key in page.entries], page)


def key_json(key: KeyView) -> Json:
    """One key, its roles by name; a null end is none that a calendar can hold."""
    return {
        "key": _hex(key.address),
        "partner": _party(key.of),
        "roles": [str(role.name) for role in key.roles],
        "kind": key.kind.name.lower(),
        "valid_from": _time(key.valid_from) if key.valid_from else None,
        "valid_to": _time(key.valid_to) if key.valid_to else None,
        "valid": key.valid,
    }


def counts_json(counts: Counts) -> Json:
    """How many, by what."""
    return {
        "items": counts.items,
        "events": counts.events,
        "on_hold": counts.on_hold,
        "challenges": counts.challenges,
        "by_stage": {stage_words(stage): number for stage, number in counts.by_stage.items()},
        "by_grade": {grade_words(grade): number for grade, number in counts.by_grade.items()},
        "by_category": [{"category": name, "items": number} for name, number in counts.by_category.items()],
        "by_kind": counts.by_kind,
        **freshness_json(counts.freshness),
    }


def search_json(search: Search) -> Json:
    """What a search found."""
    hits = [
        {"kind": hit.kind, "by": hit.by, "id": hit.id, "title": hit.title, "path": hit.path}
        for hit in search.hits
    ]
    return {"asked": search.asked, "hits": hits, **freshness_json(search.freshness)}


def flows_json(flows: Flows) -> Json:
    """Events from stage to stage."""
    moved = [
        {
            "from": stage_words(flow.before) if flow.before else None,
            "to": stage_words(flow.after),
            "kind": flow.kind,
            "events": flow.events,
        }
        for flow in flows.flows
    ]
    return {"flows": moved, **freshness_json(flows.freshness)}


def event_json(history: History, event: Event) -> Json:
    """One event with its item, as the corrected view shows it."""
    return {
        "item": item_json(history.item),
        "event": json.loads(event_text(history, event)),
        **freshness_json(history.freshness),
    }


def raw_history_json(history: History) -> Json:
    """What the chain holds of an item, record by record in the chain's order, without anything read into it."""
    records: list[tuple[tuple[int, int], Json]] = [
        (
            (e.block, e.log_index),
            {"record": "event", "number": e.seq, "kind": e.kind, **_raw(e), "word": _hex(e.slot)},
        )
        for e in history.events
    ]
    records += [
        (
            (c.block, c.log_index),
            {"record": "challenge", "number": c.count, "kind": "Challenge", **_raw(c), "word": _hex(c.word)},
        )
        for c in history.challenges
    ]
    ordered = [record for _, record in sorted(records, key=lambda pair: pair[0])]
    return {"item": item_json(history.item), "records": ordered, **freshness_json(history.freshness)}


def history_json(history: History) -> Json:
    """An item with all its events and challenges."""
    document: Json = json.loads(history_text(history))
    return document


def history_text(history: History) -> str:
    """The same as JSON text, for whoever only passes it on."""
    events = ",".join([event_text(history, event) for event in history.events])
    challenges = ",".join([challenge_text(challenge, history.events) for challenge in history.challenges])
    item = encoded(item_json(history.item))
    return f'{{"item":{item},"events":[{events}],"challenges":[{challenges}],{_freshness_members(history.freshness)}}}'


@lru_cache(maxsize=10)
def _freshness_members(freshness: Freshness) -> str:
    """Between two blocks every answer has the same."""
    return encoded(freshness_json(freshness))[1:-1]


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


def _page(name: str, entries: list[Json], page: Entries[Any]) -> Json:
    return {name: entries, "next": page.next, **freshness_json(page.freshness)}


def _of_item(entry: EventEntry | ChallengeEntry) -> Json:
    return {"item": _hex(entry.item), "uri": entry.uri, "title": entry.title}


def _recorded(entry: EventEntry | ChallengeEntry) -> Json:
    return {
        "recorded": _time(entry.time),
        "block": entry.block,
        "log_index": entry.log_index,
        "transaction": _hex(entry.tx),
        "digest": _hex(entry.digest),
        "final": entry.final,
    }


def challenge_entry_json(entry: ChallengeEntry) -> Json:
    """One challenge in a list."""
    return {
        **_of_item(entry),
        "count": entry.count,
        "challenged": entry.challenged,
        "answered_by": entry.answered_by,
        "by": _signed_by(entry.by, entry.signer),
        **_recorded(entry),
    }


def partner_entry_json(partner: PartnerView) -> Json:
    """One partner in a list."""
    return {
        "partner": partner.partner,
        "name": partner.name,
        "business": partner.business,
        "made_up": partner.made_up,
        "allowed_roles": [str(role.name) for role in partner.allowed],
        "suspended": partner.suspended,
        "keys": partner.keys,
        "name_hash": _hex(partner.name_hash),
    }


def _raw(record: Event | ChallengeView) -> Json:
    of_event = record if isinstance(record, Event) else None
    return {
        "signer": _hex(record.signer),
        "receiver": _hex(of_event.receiver) if of_event else None,
        "digest": _hex(record.digest),
        "details": _hex(record.details),
        "acceptance_details": _hex(of_event.acceptance_details) if of_event else None,
        "corrects": of_event.corrects if of_event else None,
        "answers": of_event.answers if of_event else None,
        "challenged": None if isinstance(record, Event) else record.challenged,
        "recorded": _time(record.time),
        "block": record.block,
        "log_index": record.log_index,
        "transaction": _hex(record.tx),
        "final": record.final,
    }


def _signed_by(party: Party | None, key: bytes | None) -> Json | None:
    return {"partner": party.partner, "name": party.name, "key": _hex(key)} if party else None


def _party(party: Party | None) -> Json | None:
    return {"partner": party.partner, "name": party.name} if party else None


def _hex(value: bytes | None) -> str | None:
    return None if value is None else f"0x{value.hex()}"


def _time(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
