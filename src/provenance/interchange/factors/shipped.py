"""The factor tables that ship with the project, under their own licences (``samples/factors/LICENSE.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from provenance.errors import FieldError
from provenance.interchange.factors.reading import SourceFile
from provenance.model.factors import Purpose

FOLDER = "samples/factors"


@dataclass(frozen=True)
class Shipped:
    """One table: the name, version and purpose that a set made of it has; ``means`` is its published summary."""

    name: str
    version: str
    purpose: Purpose
    file: str
    means: str | None = None

    def source(self) -> SourceFile:
        return _read(self.file)

    def summary(self) -> SourceFile | None:
        return _read(self.means) if self.means else None


TABLES = {
    table.name: table
    for table in (
        Shipped(
            "fixometer",
            "2021",
            Purpose.COMPARATIVE,
            "fixometer-2021-products.csv",
            "fixometer-2021-means.csv",
        ),
        Shipped("warm", "15", Purpose.COMPARATIVE, "warm-15.csv"),
        Shipped("beis", "2021", Purpose.INVENTORY, "beis-2021-gb.csv"),
    )
}


def shipped_table(name: str) -> Shipped:
    """The table of this name. Raises FieldError."""
    if name not in TABLES:
        raise FieldError("shipped table", name, f"give one of {', '.join(TABLES)}")
    return TABLES[name]


def _read(name: str) -> SourceFile:
    return SourceFile(name, files("provenance").joinpath(FOLDER, name).read_bytes())
