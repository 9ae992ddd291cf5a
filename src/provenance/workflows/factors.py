"""Factor sets: take a table in, find kept sets, compare them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from provenance.errors import InputError, StoreError
from provenance.interchange.factors.oefdb import Origin
from provenance.interchange.factors.reading import Reading, SourceFile, read_factors
from provenance.model.factors import Change, FactorSet, Purpose, changes, parse_label
from provenance.proofs.factors import parse_set, set_bytes
from provenance.store.factors import FactorStore


@dataclass(frozen=True)
class Request:
    """What to make of a table: the set's name, version and purpose, and how to read the file."""

    name: str
    version: str
    purpose: Purpose
    means: SourceFile | None = None
    only: Origin | None = None
    leaves_out: bool = False
    """Whether rows that cannot be read are left out; otherwise one such row refuses the table."""


@dataclass(frozen=True)
class Imported:
    """The set that was kept, what its table holds, and whether the set is new here."""

    factors: FactorSet
    reading: Reading
    is_new: bool


def import_table(store: FactorStore, file: SourceFile, request: Request) -> Imported:
    """Reads the table and keeps its set, durable on return; the same again changes nothing.

    Raises InputError for a table or request that makes no set, FactorSetTakenError where the name belongs to another,
    StoreError where the folder fails.
    """
    reading = read_factors(file, request.means, request.only)
    reading.require_purpose(request.purpose)
    if reading.unread and not request.leaves_out:
        raise InputError(
            f"{file.name}: {reading.unread} rows cannot be read, the first: {_first_unread(reading)}; "
            "put them right, or give --leave-out"
        )
    factors = FactorSet(
        request.name,
        request.version,
        request.purpose,
        sha256(file.content).digest(),
        tuple(placed.row for placed in reading.rows),
    )
    return Imported(factors, reading, store.keep(factors.label, set_bytes(factors), file.content))


def kept_set(store: FactorStore, label: str) -> FactorSet:
    """The set called NAME@VERSION. Raises FieldError for no such label, FactorSetMissingError, StoreError."""
    parse_label(label)
    factors = parse_set(store.read(label))
    if factors.label != label:
        raise StoreError(f"under the name {label} the set {factors.label} is kept: import its file again")
    return factors


def kept_sets(store: FactorStore) -> list[FactorSet]:
    """All sets, by name and version."""
    return [kept_set(store, label) for label in store.labels()]


def changes_on_reading_again(
    store: FactorStore, label: str, only: Origin | None = None
) -> tuple[Change, ...]:
    """What differs between a set and what its own file gives when it is read again; nothing where it recomputes.

    ``only`` is whose rows were taken, where the file holds several origins.
    Raises InputError, StoreError where set or file are not there as they were.
    """
    factors = kept_set(store, label)
    content = store.source(factors.file_sha256)
    reading = read_factors(SourceFile(f"{factors.file_sha256.hex()[:16]}.csv", content), only=only)
    return changes(factors, replace(factors, rows=tuple(placed.row for placed in reading.rows)))


def _first_unread(reading: Reading) -> str:
    read = {placed.line for placed in reading.rows}
    return next((str(found) for found in reading.findings if found.line not in read), "")
