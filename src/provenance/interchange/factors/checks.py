"""Looks for factors that are wrong, by what stands around them.

None of these proves an error: each says what looks wrong, and with what to compare it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from provenance.interchange.factors.findings import Finding, Kind
from provenance.model.factors import FactorRow, Unit
from provenance.model.sustainability.amounts import plain

FAR = 5
"""A weight is implausible where it is beyond 5 times, or below a fifth, of the median of its category."""
ENOUGH = 5
"""Fewer others say nothing."""
LIGHTEST, HEAVIEST = Decimal("0.001"), Decimal(500)
"""kg that a returned item weighs."""
LEAST_PER_KG, MOST_PER_KG = Decimal(1), Decimal(1000)
"""kgCO2e that making one kg of a product emits: furniture has about 2, a phone about 330 (Fixometer 2021)."""
THOUSAND = 1000


@dataclass(frozen=True)
class Placed:
    """A row and where it stood: `line` of the file, ``group`` that it is compared within."""

    line: int
    row: FactorRow
    group: str


def check_rows(rows: Sequence[Placed], file: str) -> Iterator[Finding]:
    """All that can be asked of canonical rows."""
    yield from twice(rows, file)
    yield from weights_out_of_range(rows, file)
    yield from values_per_kilogram(rows, file)
    yield from slipped_prefixes(rows, file)


def twice(rows: Iterable[Placed], file: str) -> Iterator[Finding]:
    """Keys that come again."""
    first: dict[str, int] = {}
    for placed in rows:
        line = first.setdefault(placed.row.key, placed.line)
        if line != placed.line:
            yield Finding(
                Kind.TWICE,
                file,
                placed.line,
                "key",
                placed.row.key,
                f"line {line} has it already: keep one of them",
            )


def weights_out_of_range(rows: Iterable[Placed], file: str) -> Iterator[Finding]:
    """Masses of an item that nobody sends back by hand or van."""
    for placed in rows:
        row = placed.row
        if row.unit is Unit.MASS_PER_ITEM and not LIGHTEST <= row.value <= HEAVIEST:
            yield Finding(
                Kind.WEIGHT,
                file,
                placed.line,
                row.key,
                f"{plain(row.value)} kg",
                "compare it with its source: are these grams, or several items?",
            )


def values_per_kilogram(rows: Sequence[Placed], file: str) -> Iterator[Finding]:
    """Footprints per item that, by the category's weight, are more likely per kilogram."""
    weights = {p.row.subject: p.row.value for p in rows if p.row.unit is Unit.MASS_PER_ITEM}
    for placed in rows:
        row = placed.row
        if row.unit is Unit.EMISSION_PER_ITEM and (weight := weights.get(row.subject)):
            finding = per_kilogram(row.value, weight, file, placed.line, row.key)
            if finding is not None:
                yield finding


def per_kilogram(footprint: Decimal, weight: Decimal, file: str, line: int, field: str) -> Finding | None:
    """Whether a footprint in kgCO2e per item of ``weight`` kg reads like one per kilogram."""
    per_kg = footprint / weight
    if not ((0 < per_kg < LEAST_PER_KG and weight > 1) or (per_kg > MOST_PER_KG and weight < 1)):
        return None
    return Finding(
        Kind.PER_KILOGRAM,
        file,
        line,
        field,
        f"{plain(footprint)} kgCO2e for {plain(weight)} kg",
        f"{per_kg:.3g} kgCO2e per kg is unlike most products: is this a value per kilogram? Compare it with its source",
    )


def far_weights(weights: Iterable[tuple[int, str, Decimal]], file: str) -> Iterator[Finding]:
    """Weights (line, category, kg) far from the median of their category."""
    groups: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
    for line, category, weight in weights:
        groups[category].append((line, weight))
    for category, found in groups.items():
        if len(found) < ENOUGH:
            continue
        middle = median(weight for _, weight in found)
        for line, weight in found:
            if not middle / FAR <= weight <= middle * FAR:
                yield Finding(
                    Kind.WEIGHT,
                    file,
                    line,
                    f"weight of {category}",
                    f"{plain(weight)} kg",
                    f"the median of {len(found)} is {plain(middle)} kg: compare it with its source",
                )


def slipped_prefixes(rows: Sequence[Placed], file: str) -> Iterator[Finding]:
    """Emission factors that would lie among their group's others if they were a thousand times larger or smaller."""
    groups: dict[tuple[str, Unit], list[Placed]] = defaultdict(list)
    for placed in rows:
        if placed.row.value and placed.row.unit is not Unit.MASS_PER_ITEM:
            groups[placed.group, placed.row.unit].append(placed)
    for group in groups.values():
        if len(group) > ENOUGH:
            yield from _slipped(group, file)


def _slipped(group: Sequence[Placed], file: str) -> Iterator[Finding]:
    for placed in group:
        value = abs(placed.row.value)
        others = [abs(other.row.value) for other in group if other is not placed]
        low, high = min(others), max(others)
        if value * 100 < low <= value * THOUSAND <= high:
            said = "larger"
        elif value > high * 100 and low <= value / THOUSAND <= high:
            said = "smaller"
        else:
            continue
        yield Finding(
            Kind.PREFIX,
            file,
            placed.line,
            placed.row.key,
            f"{placed.row.printed.value} {placed.row.printed.unit}",
            f"a thousand times {said} it would lie among the {len(others)} others of {placed.group}: "
            "grams for kilograms? Compare it with its source",
        )
