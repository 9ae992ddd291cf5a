"""How one real repair is played as a custody chain, for demonstrations and load.

The outcome decides the ending: Fixed is resold or reused, Repairable and Unknown are stored for analysis,
End of life goes to material recovery and is recycled, or is disposed of. Which of two endings, and whether a
carrier drives, is decided by the hash of the row's id: everybody plays a row the same way, in 7 to 10 events.

Real are the product, its category, brand and age, the fault, the outcome, the barrier, the group and the day of
the repair. Made up are the partners, the legs between them and their days; each event says in its field
``madeUp`` what of it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from provenance.interchange.ords import Outcome, RepairRecord, coin
from provenance.model.vocabulary import Grade, Stage
from provenance.proofs.canonical import JsonValue

PUBLIC = "public"
PARTNERS = "partners"
EVERYTHING: JsonValue = ["event"]
LICENCE = "CC BY-SA 4.0, Open Repair Alliance"

Fields = Mapping[str, tuple[JsonValue, str]]
"""Field name -> (JSON value, audience)."""


class Actor(StrEnum):
    """The sample partners of the play."""

    RETURNS = "returns centre"
    CARRIER = "carrier"
    WORKSHOP = "workshop"
    RESELLER = "reseller"
    RECYCLER = "recycler"
    LAB = "lab"


@dataclass(frozen=True)
class TakeIn:
    """The returns centre takes the item in."""

    by: str
    fields: Fields


@dataclass(frozen=True)
class Report:
    """The custodian reports a stage and a grade."""

    by: str
    stage: Stage
    grade: Grade
    fields: Fields


@dataclass(frozen=True)
class HandOver:
    """Custody goes from one partner to the next; each says something of its own."""

    by: str
    to: str
    fields: Fields
    receiver_fields: Fields = field(default_factory=dict)


Step = TakeIn | Report | HandOver

# How the outcome of a repair attempt reads as a coarse grade: an assumption of ours, named in each report.
GRADING = "ORDS repair_status"
GRADE_RULE = "rule: repair_status to grade, version 1"
GRADES = {
    Outcome.FIXED: Grade.GOOD,
    Outcome.REPAIRABLE: Grade.POOR,
    Outcome.UNKNOWN: Grade.DEFECTIVE,
    Outcome.END_OF_LIFE: Grade.FOR_MATERIAL,
}


def steps(record: RepairRecord) -> tuple[Step, ...]:
    """The events of this row, in order: the first one takes the item in and has seq 1."""
    return (*_way_in(record), *_repair(record), *_way_out(record))


def _way_in(record: RepairRecord) -> Iterator[Step]:
    arrived = record.day - timedelta(days=3 + _dice(record, "arrival", 4))
    yield TakeIn(Actor.RETURNS, _product(record, arrived))
    yield from _legs(record, Actor.RETURNS, Actor.WORKSHOP, arrived + timedelta(days=1))


def _repair(record: RepairRecord) -> Iterator[Step]:
    yield Report(
        Actor.WORKSHOP,
        Stage.EVALUATED,
        Grade.DEFECTIVE,
        _made_up(record.day, finding="Does not work as it should; repair will be tried"),
    )
    yield Report(Actor.WORKSHOP, Stage.IN_REPAIR, Grade.DEFECTIVE, _attempt(record))
    yield Report(Actor.WORKSHOP, Stage.EVALUATED, GRADES[record.outcome], _outcome(record))


def _way_out(record: RepairRecord) -> Iterator[Step]:
    leaves = record.day + timedelta(days=1 + _dice(record, "departure", 3))
    arrives = leaves + timedelta(days=1)
    grade = GRADES[record.outcome]
    if record.outcome is Outcome.FIXED:
        yield from _legs(record, Actor.WORKSHOP, Actor.RESELLER, leaves)
        yield from _second_life(record, arrives, grade)
    elif record.outcome is Outcome.END_OF_LIFE:
        yield from _legs(record, Actor.WORKSHOP, Actor.RECYCLER, leaves)
        yield from _end(record, arrives, grade)
    else:
        yield from _legs(record, Actor.WORKSHOP, Actor.LAB, leaves)
        why = (
            "Kept for spare parts and analysis" if record.outcome is Outcome.REPAIRABLE else "Outcome unknown"
        )
        yield Report(Actor.LAB, Stage.STORED_FOR_ANALYSIS, grade, _made_up(arrives, purpose=why))


def _second_life(record: RepairRecord, day: date, grade: Grade) -> Iterator[Step]:
    if coin(record, "resold or reused"):
        yield Report(Actor.RESELLER, Stage.RESALE_READY, grade, _made_up(day))
        yield Report(Actor.RESELLER, Stage.RESOLD, grade, _made_up(day + timedelta(days=5)))
    else:
        yield Report(
            Actor.RESELLER, Stage.REUSED, grade, _made_up(day, purpose="Given to a community project")
        )


def _end(record: RepairRecord, day: date, grade: Grade) -> Iterator[Step]:
    if coin(record, "recycled or disposed"):
        yield Report(Actor.RECYCLER, Stage.MATERIAL_RECOVERY, grade, _made_up(day))
        yield Report(Actor.RECYCLER, Stage.RECYCLED, grade, _made_up(day + timedelta(days=4)))
    else:
        yield Report(Actor.RECYCLER, Stage.DISPOSED, grade, _made_up(day))


def _legs(record: RepairRecord, giver: Actor, taker: Actor, day: date) -> Iterator[Step]:
    """One hand-over, or two with a carrier between."""
    if not coin(record, f"carrier to the {taker}"):
        yield HandOver(giver, taker, _made_up(day), _made_up(day))
        return
    parcel = f"PARCEL-{_dice(record, taker, 900_000) + 100_000}"
    yield HandOver(giver, Actor.CARRIER, _made_up(day), _made_up(day) | {"parcel": (parcel, PARTNERS)})
    arrival = day + timedelta(days=1)
    yield HandOver(
        Actor.CARRIER, taker, _made_up(arrival) | {"parcel": (parcel, PARTNERS)}, _made_up(arrival)
    )


def _product(record: RepairRecord, day: date) -> Fields:
    return _present(
        {
            "title": record.title,
            "product": record.product,
            "category": record.category,
            "fixometerCategory": record.fixometer_category,
            "brand": record.brand,
            "yearOfManufacture": record.year,
            "ageYears": str(record.age) if record.age is not None else None,
            "source": f"Open Repair Data {record.standard}, {record.provider}, row {record.row_id}",
            "licence": LICENCE,
            "occurredAt": day.isoformat(),
            "madeUp": ["gtin", "serial", "partner", "occurredAt", "returnReference"],
        }
    ) | {"returnReference": (f"RMA-{_dice(record, 'rma', 900_000) + 100_000}", PARTNERS)}


def _attempt(record: RepairRecord) -> Fields:
    return _present(
        {
            "problem": record.problem,
            "repairGroup": record.group,
            "country": record.country,
            "occurredAt": record.day.isoformat(),
            "madeUp": ["partner"],
        }
    )


def _outcome(record: RepairRecord) -> Fields:
    return _present(
        {
            "outcome": record.outcome.value,
            "barrier": record.barrier,
            "gradeScheme": f"{GRADING} {record.standard}",
            "assessedBy": GRADE_RULE,
            "occurredAt": record.day.isoformat(),
            "madeUp": ["partner", "grade"],
        }
    )


def _made_up(day: date, **values: JsonValue) -> dict[str, tuple[JsonValue, str]]:
    return dict(_present(values | {"occurredAt": day.isoformat(), "madeUp": EVERYTHING}))


def _present(values: Mapping[str, JsonValue]) -> dict[str, tuple[JsonValue, str]]:
    return {name: (value, PUBLIC) for name, value in values.items() if value is not None}


def _dice(record: RepairRecord, what: str, sides: int) -> int:
    """A reproducible number below ``sides``."""
    return int.from_bytes(hashlib.sha256(f"{what}\n{record.row_id}".encode()).digest()[1:9], "big") % sides
