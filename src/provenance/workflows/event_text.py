"""Events as JSON text, written in one go: what partners said is stored as canonical JSON and goes out as it is.

Built as dictionaries and encoded, a history took longer than its queries. `answers` gives the same as dictionaries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from provenance.workflows.tracing import ChallengeView, Event, History, Party, Said
from provenance.workflows.wording import grade_words, stage_words

_BOOLEAN = ("false", "true")


encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
"""JSON as every answer has it: no spaces, letters as they are."""


def event_text(history: History, event: Event) -> str:
    """The event with all that was said about it later: its correction, challenges, and the rulings on those."""
    return (
        f'{{"seq":{event.seq},"kind":{_quoted(event.kind)},"what":{_quoted(event.words)},'
        f'"stage":{_stage(event.stage)},"grade":{_grade(event.grade)},"on_hold":{_BOOLEAN[event.on_hold]},'
        f'"by":{_signed(event.by, event.signer)},"to":{_signed(event.to, event.receiver)},'
        f'"reservations":{_list(event.reservations)},"corrects":{_number(event.corrects)},'
        f'"corrected_by":{_number(event.corrected_by)},"answers":{_number(event.answers)},'
        f'"challenged_by":{_list(event.challenged)},"details":{_fields(event.signer_said)},'
        f'"acceptance_details":{_fields(event.receiver_said)},"withheld_fields":{event.withheld},'
        f'"details_missing":{_BOOLEAN[event.missing_details]},"made_up":{_list(event.made_up)},'
        f'"recorded":{_moment(event.time)},"block":{event.block},"block_hash":"0x{event.block_hash.hex()}",'
        f'"transaction":"0x{event.tx.hex()}","digest":"0x{event.digest.hex()}","slot":"0x{event.slot.hex()}",'
        f'"final":{_BOOLEAN[event.final]},{_later(history, event)}}}'
    )


def challenge_text(challenge: ChallengeView, events: Iterable[Event]) -> str:
    """A challenge, with the event that answers it."""
    answered_by = next((event.seq for event in events if event.answers == challenge.count), None)
    return (
        f'{{"count":{challenge.count},"challenged":{challenge.challenged},"answered_by":{_number(answered_by)},'
        f'"by":{_signed(challenge.by, challenge.signer)},"details":{_fields(challenge.signer_said)},'
        f'"recorded":{_moment(challenge.time)},"block":{challenge.block},"final":{_BOOLEAN[challenge.final]}}}'
    )


def _later(history: History, event: Event) -> str:
    if event.corrected_by is None and not event.challenged:  # as nearly always
        return '"stands":true,"corrections":[],"challenges":[],"rulings":[]'
    corrections = [e for e in history.events if e.corrects == event.seq]
    rulings = [e for e in history.events if e.kind == "Ruling" and e.answers in event.challenged]
    disputes = [challenge for challenge in history.challenges if challenge.challenged == event.seq]
    return (
        f'"stands":{_BOOLEAN[not corrections]},"corrections":{_remarks(corrections)},'
        f'"challenges":[{",".join(challenge_text(dispute, history.events) for dispute in disputes)}],'
        f'"rulings":{_remarks(rulings)}'
    )


def _remarks(events: Iterable[Event]) -> str:
    """Corrections or rulings, shown at the event they concern."""
    return f"[{','.join(map(_remark, events))}]"


def _remark(event: Event) -> str:
    return (
        f'{{"seq":{event.seq},"by":{_signed(event.by, event.signer)},"stage":{_stage(event.stage)},'
        f'"grade":{_grade(event.grade)},"answers":{_number(event.answers)},"details":{_fields(event.signer_said)},'
        f'"recorded":{_moment(event.time)},"final":{_BOOLEAN[event.final]}}}'
    )


def _fields(said: Iterable[Said]) -> str:
    return "{" + ",".join([f"{_quoted(name)}:{text}" for name, text in said]) + "}"


def _list(values: tuple[str | int, ...]) -> str:
    return _encoded_list(values) if values else "[]"


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


# Few partners, keys, names and blocks come again and again.
_quoted = lru_cache(maxsize=10_000)(encoded)
_encoded_list = lru_cache(maxsize=10_000)(encoded)


@lru_cache(maxsize=10_000)
def _signed(party: Party | None, key: bytes | None) -> str:
    if party is None:
        return "null"
    shown = None if key is None else f"0x{key.hex()}"
    return encoded({"partner": party.partner, "name": party.name, "key": shown})


@lru_cache(maxsize=10_000)
def _moment(time: datetime) -> str:
    return encoded(time.isoformat().replace("+00:00", "Z"))


@lru_cache(maxsize=32)
def _stage(stage: int) -> str:
    return encoded(stage_words(stage))


@lru_cache(maxsize=32)
def _grade(grade: int) -> str:
    return encoded(grade_words(grade))
