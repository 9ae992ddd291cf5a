"""A history in plain words: the summary, the facts and the timeline that a buyer reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from provenance.errors import FieldError
from provenance.model.vocabulary import Stage
from provenance.proofs.evidence import parse_evidence_name
from provenance.workflows import wording
from provenance.workflows.tracing import Event, History, Item

# Where the item's journey stands, as a colour: good, busy, kept, ended, alert.
TONES = {
    Stage.RESOLD: "good",
    Stage.REUSED: "good",
    Stage.RESALE_READY: "good",
    Stage.REMANUFACTURED: "good",
    Stage.RECYCLED: "ended",
    Stage.DISPOSED: "ended",
    Stage.STORED_FOR_ANALYSIS: "kept",
    Stage.SENT_BACK: "kept",
    Stage.MISSING: "alert",
}
# Public fields that the timeline shows, with their labels, in this order.
LABELS = {
    "problem": "Fault and work",
    "finding": "Finding",
    "outcome": "Outcome",
    "barrier": "What prevented a repair",
    "purpose": "Purpose",
    "place": "Place",
    "reason": "Reason",
    "gradeScheme": "Graded by scheme",
    "assessedBy": "Assessed by",
    "source": "Source",
    "licence": "Licence of the data",
}
# Fields that the page shows elsewhere, or says in another way.
ELSEWHERE = {
    "title",
    "product",
    "category",
    "fixometerCategory",
    "brand",
    "yearOfManufacture",
    "ageYears",
    "occurredAt",
    "madeUp",
    "repairGroup",
    "country",
}
LEADING = ("problem", "finding", "outcome", "barrier", "purpose", "reason")


@dataclass(frozen=True)
class Told:
    """One event as the timeline tells it. ``leading`` is what to read, ``facts`` what can be looked up."""

    event: Event
    heading: str
    icon: str
    who: tuple[str, ...]
    day: str | None
    leading: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    real: bool
    invented: bool
    invented_parts: tuple[str, ...]
    grade_changed: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """An item's history for a person."""

    summary: str
    holder: str
    partners: int
    handovers: int
    custody: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    events: tuple[Told, ...]
    real_data: tuple[str, ...]
    invented: bool


def tell(history: History) -> Story:
    """The story of a history: every sentence rests on a recorded event."""
    events = history.events
    invented = history.item.made_up or any(event.made_up for event in events)
    return Story(
        summary=_summary(history),
        holder=_holder(history.item),
        partners=len({party.partner for e in events for party in (e.by, e.to) if party}),
        handovers=sum(event.kind == "CustodyTransfer" for event in events),
        custody=_custody(events),
        facts=_facts(history),
        events=tuple(_told(event, before) for event, before in zip(events, (None, *events), strict=False)),
        real_data=tuple(sorted({str(event.said("source")) for event in events if event.said("source")})),
        invented=invented,
    )


def tone(stage: Stage) -> str:
    """The colour word of a stage."""
    return TONES.get(stage, "busy")


def day_words(day: date) -> str:
    """1 May 2017."""
    return f"{day.day} {day:%B %Y}"


def _summary(history: History) -> str:
    sentences = [_arrival(history), _attempt(history), _ending(history)]
    return " ".join(sentence for sentence in sentences if sentence)


def _arrival(history: History) -> str:
    intakes = [event for event in history.events if event.kind == "Intake"]
    if not intakes:
        return ""
    times = "" if len(intakes) == 1 else f" It has come back {len(intakes)} times."
    day = _occurred(intakes[-1])
    return f"This product came back{f' on {day}' if day else ''} and was taken in by {_name(intakes[-1])}.{times}"


def _attempt(history: History) -> str:
    repairs = [event for event in history.events if event.kind == "ConditionReport" and event.said("outcome")]
    if not repairs:
        return ""
    outcome, name, day = repairs[-1].said("outcome"), _name(repairs[-1]), _occurred(repairs[-1])
    verdict = {
        "Fixed": "and fixed it",
        "Repairable": "but could not finish: it remains repairable",
        "End of life": "but it was beyond repair",
    }.get(str(outcome), "with an outcome that was not recorded")
    return f"{name} tried to repair it{f' on {day}' if day else ''} {verdict}."


def _ending(history: History) -> str:
    item, last = history.item, history.events[-1]
    if item.on_hold:
        return "An auditor has put it on hold."
    said = {
        Stage.RESOLD: "sold it again",
        Stage.REUSED: "gave it to a new user",
        Stage.SENT_BACK: "sent it back",
        Stage.RECYCLED: "recycled its materials",
        Stage.DISPOSED: "disposed of it",
        Stage.STORED_FOR_ANALYSIS: "has kept it for spare parts and analysis",
        Stage.RESALE_READY: "has had it ready for resale",
    }.get(item.stage)
    if said:
        ending = next(
            e for e in reversed(history.events) if e.stage == item.stage and e.kind != "CustodyTransfer"
        )
        day = _occurred(ending)
        when = "since" if item.stage.is_held else "on"
        return f"{_name(ending)} {said}{f' {when} {day}' if day else ''}."
    holder = item.custodian.name if item.custodian else None
    return f"It is now {wording.stage_words(item.stage).lower()}, held by {holder or _name(last)}."


def _holder(item: Item) -> str:
    if item.custodian:
        return item.custodian.name or f"Partner {item.custodian.partner}"
    return {
        Stage.RESOLD: "Its new owner",
        Stage.REUSED: "Its new user",
        Stage.SENT_BACK: "Whoever it was sent back to",
    }.get(item.stage, "Nobody any more")


def _name(event: Event) -> str:
    return event.by.name or f"partner {event.by.partner}"


def _occurred(event: Event) -> str | None:
    try:
        return day_words(date.fromisoformat((event.occurred or "")[:10]))
    except ValueError:
        return None


def _custody(events: tuple[Event, ...]) -> tuple[str, ...]:
    """Who held the item, in order."""
    holders: list[str] = []
    for event in events:
        holder = event.to if event.kind in ("CustodyTransfer", "Ruling") and event.to else None
        if event.kind == "Intake":
            holder = event.by
        if holder:
            holders.append(holder.name or f"Partner {holder.partner}")
    return tuple(holders)


def _facts(history: History) -> tuple[tuple[str, str], ...]:
    item, first = history.item, history.events[0]
    age = first.said("ageYears")
    candidates = (
        ("Brand", item.brand),
        ("Product", first.said("product")),
        ("Category", item.category),
        ("Year of manufacture", first.said("yearOfManufacture")),
        ("Age at the repair", f"{age} years" if age else None),
        ("GTIN", item.gtin),
        ("Serial number", item.serial),
        ("Identifier", None if item.gtin else item.uri),
    )
    return tuple((label, str(value)) for label, value in candidates if value)


def _told(event: Event, before: Event | None) -> Told:
    evidence = evidence_named(event.said("evidence"))
    elsewhere = ELSEWHERE | {"evidence"} if evidence else ELSEWHERE
    shown = [field for field in event.fields if field.name not in elsewhere]
    shown.sort(key=lambda field: list(LABELS).index(field.name) if field.name in LABELS else len(LABELS))
    pairs = [(field.name, LABELS.get(field.name, field.name), _words(field.value)) for field in shown]
    whole = "event" in event.made_up
    return Told(
        event=event,
        heading=_heading(event),
        icon=_icon(event),
        who=_who(event),
        day=_occurred(event),
        leading=(*((label, value) for name, label, value in pairs if name in LEADING), *_where(event)),
        facts=tuple((label, value) for name, label, value in pairs if name not in LEADING),
        real=bool(event.made_up) and not whole,
        invented=whole,
        invented_parts=() if whole else tuple(_part_words(name) for name in event.made_up),
        grade_changed=event.grade != (before.grade if before else 0),
        evidence=evidence,
    )


def evidence_named(value: object) -> tuple[str, ...]:
    """The SHA-256 of each file that a field names, in hex; none where anything in it is no such name."""
    names = value if isinstance(value, list) else [value]
    try:
        return tuple(parse_evidence_name(name if isinstance(name, str) else "").hex() for name in names)
    except FieldError:
        return ()


def _where(event: Event) -> tuple[tuple[str, str], ...]:
    parts = [str(event.said(name)) for name in ("repairGroup", "country") if event.said(name)]
    return (("Where", ", ".join(parts)),) if parts else ()


def _heading(event: Event) -> str:
    if event.kind == "CustodyTransfer" and event.to:
        return f"Handed over to {event.to.name or f'partner {event.to.partner}'}"
    if event.kind == "Hold":
        return "Put on hold" if event.on_hold else "Hold lifted"
    if event.kind == "ConditionReport" and event.said("outcome"):
        return f"Repair attempt ended: {str(event.said('outcome')).lower()}"
    return event.words


def _who(event: Event) -> tuple[str, ...]:
    parties = [event.by, *([event.to] if event.to else [])]
    return tuple(party.name or f"Partner {party.partner}" for party in parties)


def _icon(event: Event) -> str:
    if event.kind == "CustodyTransfer":
        return "handover"
    if event.kind == "Intake":
        return "arrive"
    if event.kind != "ConditionReport":
        return "flag"
    return {
        Stage.EVALUATED: "inspect",
        Stage.IN_REPAIR: "repair",
        Stage.IN_REFURBISHMENT: "repair",
        Stage.MATERIAL_RECOVERY: "recycle",
        Stage.RECYCLED: "recycle",
        Stage.DISPOSED: "bin",
        Stage.STORED_FOR_ANALYSIS: "store",
        Stage.MISSING: "flag",
    }.get(event.stage, "sell")


def _part_words(name: str) -> str:
    return {
        "gtin": "product number",
        "serial": "serial number",
        "occurredAt": "day",
        "returnReference": "reference",
    }.get(name, name)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_words(part) for part in value)
    return str(value)


def identity_words(item: Item) -> str:
    """The title, or what stands for it while details are not here."""
    return item.title or item.uri or f"Item 0x{item.id.hex()[:8]}…"
