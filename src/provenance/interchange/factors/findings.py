"""What a reader found wrong, or doubtful, in a factor table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provenance.errors import shown


class Kind(StrEnum):
    """What is wrong."""

    NO_NUMBER = "no number"
    UNIT = "unit"
    MEAN = "mean does not reproduce"
    NO_MEAN = "mean missing"
    NO_PRODUCTS = "no products"
    SPELLING = "spelling"
    WEIGHT = "implausible weight"
    PER_KILOGRAM = "per kilogram?"
    PREFIX = "factor of thousand?"
    COLUMNS = "columns disagree"
    TWICE = "twice"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where it stands, the value, what to do. ``line`` is None where it is of no one line."""

    kind: Kind
    file: str
    line: int | None
    field: str
    value: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        # What a table holds may hold line ends and worse.
        remedy = " ".join(self.remedy.split())
        return f"{place}: {self.kind}: {shown(self.field)} is {shown(self.value)}: {remedy}"
