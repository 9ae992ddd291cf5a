"""The bytes and hashes of a factor set.

```
rows digest = keccak256(keccak256("returns-provenance factor rows 1") || RFC 8785 of the rows)
set digest  = keccak256(keccak256("returns-provenance factor set 1")  || RFC 8785 of the set)
```

The rows stand sorted by key, numbers as plain decimal text. The set digest is what is anchored (kind 1): it covers name,
version, purpose, the SHA-256 of the file read, and every row; the rows digest shows that two sets hold the same.
"""

from __future__ import annotations

from typing import Any

from provenance.errors import FieldError
from provenance.model.factors import FactorRow, FactorSet, Printed, Unit, parse_purpose
from provenance.model.hashing import keccak
from provenance.model.sustainability.amounts import parse_decimal, plain
from provenance.proofs.canonical import canonical
from provenance.proofs.reading import array, hex_bytes, members, parse_json

FORMAT = "returns-provenance factor set"
VERSION = 1
_ROWS_TAG = keccak(b"returns-provenance factor rows 1")
_SET_TAG = keccak(b"returns-provenance factor set 1")
_SET_MEMBERS = ("format", "format_version", "name", "version", "purpose", "file_sha256", "rows")
_ROW_MEMBERS = ("activity", "subject", "value", "unit", "printed", "source", "licence", "boundary", "note")
_TEXTS = ("activity", "subject", "source", "licence", "boundary", "note")


def rows_digest(factors: FactorSet) -> bytes:
    """Of the rows alone, whatever the set is called."""
    return keccak(_ROWS_TAG + canonical([row_document(row) for row in factors.rows]))


def set_digest(factors: FactorSet) -> bytes:
    """Of the whole set: what is anchored."""
    return keccak(_SET_TAG + set_bytes(factors))


def set_bytes(factors: FactorSet) -> bytes:
    """The set's one file: RFC 8785 JSON."""
    return canonical(set_document(factors))


def set_document(factors: FactorSet) -> dict[str, Any]:
    """The set as JSON writes it."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "name": factors.name,
        "version": factors.version,
        "purpose": factors.purpose.value,
        "file_sha256": "0x" + factors.file_sha256.hex(),
        "rows": [row_document(row) for row in factors.rows],
    }


def row_document(row: FactorRow) -> dict[str, Any]:
    """The row as JSON writes it; what it does not have is left out."""
    document: dict[str, Any] = {name: getattr(row, name) for name in _TEXTS}
    document["value"] = plain(row.value)
    document["unit"] = row.unit.value
    document["printed"] = {"value": row.printed.value, "unit": row.printed.unit}
    if row.gwp is not None:
        document["gwp"] = row.gwp
    if row.uncertainty is not None:
        document["uncertainty"] = plain(row.uncertainty)
    return document


def parse_set(data: bytes) -> FactorSet:
    """The set in such a file.

    Raises FieldError for anything but the one canonical form, so that equal digests mean equal files.
    """
    document = members(parse_json(data), "factor set", _SET_MEMBERS)
    if (document["format"], document["format_version"]) != (FORMAT, VERSION):
        raise FieldError("format", document["format"], f"give a {FORMAT} of version {VERSION}")
    factors = FactorSet(
        _text(document["name"], "name"),
        _text(document["version"], "version"),
        parse_purpose(_text(document["purpose"], "purpose")),
        hex_bytes(document["file_sha256"], "file_sha256", 32),
        array(document["rows"], "rows", _row),
    )
    if set_bytes(factors) != data:
        raise FieldError(
            "factor set", factors.label, "its file is not in canonical form (RFC 8785): take the original"
        )
    return factors


def _row(value: object, place: str) -> FactorRow:
    row = members(value, place, _ROW_MEMBERS, ("gwp", "uncertainty"))
    printed = members(row["printed"], f"{place}.printed", ("value", "unit"))
    texts = {name: _text(row[name], f"{place}.{name}") for name in _TEXTS}
    return FactorRow(
        **texts,
        value=parse_decimal(_text(row["value"], f"{place}.value"), f"{place}.value"),
        unit=_unit(row["unit"], f"{place}.unit"),
        printed=Printed(
            _text(printed["value"], f"{place}.printed.value"), _text(printed["unit"], f"{place}.printed.unit")
        ),
        gwp=_text(row["gwp"], f"{place}.gwp") if "gwp" in row else None,
        uncertainty=parse_decimal(_text(row["uncertainty"], place), f"{place}.uncertainty")
        if "uncertainty" in row
        else None,
    )


def _unit(value: object, place: str) -> Unit:
    try:
        return Unit(_text(value, place))
    except ValueError:
        raise FieldError(place, value, f"give one of {', '.join(Unit)}") from None


def _text(value: object, place: str) -> str:
    if type(value) is not str:
        raise FieldError(place, value, "give text")
    return value
