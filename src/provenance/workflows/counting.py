"""How many: items by stage, grade and category, events by kind, and the flows between stages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from provenance.model.vocabulary import Grade, Stage
from provenance.store import index, lists, reads
from provenance.store.database import Database
from provenance.workflows.listing import blocks_of
from provenance.workflows.tracing import Freshness, freshness_now


@dataclass(frozen=True)
class Counts:
    """How much is recorded. ``by_category`` counts items by what their first intake said, None where it said none."""

    items: int
    events: int
    by_stage: dict[Stage, int]
    by_grade: dict[Grade, int]
    by_category: dict[str | None, int]
    by_kind: dict[str, int]
    on_hold: int
    challenges: int
    freshness: Freshness


@dataclass(frozen=True)
class Overview:
    """How much is recorded, and how far the index is."""

    counts: Counts
    submissions: dict[str, int]
    journal: bytes
    head: int

    @property
    def items(self) -> int:
        return self.counts.items

    @property
    def events(self) -> int:
        return self.counts.events

    @property
    def by_stage(self) -> dict[Stage, int]:
        return self.counts.by_stage

    @property
    def freshness(self) -> Freshness:
        return self.counts.freshness


@dataclass(frozen=True)
class Flow:
    """How many events of a kind took items from one stage to the next; from NONE: first taken in."""

    before: Stage
    after: Stage
    kind: str
    events: int


@dataclass(frozen=True)
class Flows:
    """All flows of some days, largest first."""

    flows: tuple[Flow, ...]
    freshness: Freshness


def counts(database: Database) -> Counts:
    """Counts of everything, from sums that are kept as the index is written."""
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = reads.flows(connection, *lists.EVERY_BLOCK)
        categories = reads.first_intakes(connection)
        on_hold, challenges = reads.rarities(connection)
    by_kind: Counter[str] = Counter()
    for row in rows:
        by_kind[row.kind] += int(row.events)
    by_stage = {Stage(stage): number for stage, number in _now(rows, "stage", "stage_before", empty=0)}
    items = sum(by_stage.values())
    graded = {
        Grade(grade): number for grade, number in _now(rows, "grade", "grade_before", empty=None) if grade
    }
    return Counts(
        items=items,
        events=sum(by_kind.values()),
        by_stage=by_stage,
        by_grade=({Grade.NONE: items - sum(graded.values())} if items else {}) | graded,
        by_category={name or None: int(number) for name, number in sorted(categories.items())},
        by_kind=dict(sorted(by_kind.items())),
        on_hold=on_hold,
        challenges=challenges,
        freshness=freshness,
    )


def overview(database: Database) -> Overview:
    """Counts, and how far the index has come."""
    counted = counts(database)
    with database.reading() as connection:
        position = index.position(connection)
        submissions = reads.submission_counts(connection)
    journal, head = (position.journal, position.head) if position else (bytes(32), 0)
    return Overview(counted, submissions, journal, head)


def flows(database: Database, since: str | None = None, until: str | None = None) -> Flows:
    """Flows between stages recorded on these days (UTC, both included). Raises InputError for what is no day."""
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = reads.flows(connection, *blocks_of(connection, since, until))
    moved: Counter[tuple[Stage, Stage, str]] = Counter()
    for row in rows:
        moved[Stage(row.stage_before), Stage(row.stage), row.kind] += int(row.events)
    ordered = sorted(moved.items(), key=lambda entry: (-entry[1], entry[0]))
    return Flows(tuple(Flow(*key, number) for key, number in ordered), freshness)


def _now(rows: Sequence[Any], into: str, out_of: str, *, empty: int | None) -> list[tuple[int, int]]:
    """Who came in less who went out, by place; ``empty`` is the place that stands for nowhere."""
    balance: Counter[int] = Counter()
    for row in rows:
        balance[getattr(row, into)] += int(row.events)
        balance[getattr(row, out_of)] -= int(row.events)
    return sorted((place, number) for place, number in balance.items() if number > 0 and place != empty)
