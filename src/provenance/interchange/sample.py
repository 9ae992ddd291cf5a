"""The sample of real repairs that ships with the project (CC BY-SA 4.0, Open Repair Alliance)."""

from __future__ import annotations

from importlib.resources import files

from provenance.errors import FieldError
from provenance.interchange.ords import RepairRecord, read_repairs

FILE = "samples/repairs.csv"


def sample_repairs(count: int) -> list[RepairRecord]:
    """The first ``count`` repairs of the sample, outcomes in about the whole file's proportions.

    Raises FieldError when the sample has not so many.
    """
    text = files("provenance").joinpath(FILE).read_text(encoding="utf-8")
    repairs = list(read_repairs(text.splitlines(keepends=True), FILE))
    if not 1 <= count <= len(repairs):
        raise FieldError(
            "items", count, f"the sample holds {len(repairs)} repairs: give a number from 1 to that"
        )
    return repairs[:count]
