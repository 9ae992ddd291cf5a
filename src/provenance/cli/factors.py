"""Tables of default masses and emission factors: `provenance factors`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provenance.cli.keystores import password
from provenance.cli.shared import FAILURE, DataOption, JsonOption, load, print_fields, print_json, say
from provenance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.interchange.factors.findings import Finding
    from provenance.interchange.factors.oefdb import Origin
    from provenance.interchange.factors.reading import SourceFile
    from provenance.interchange.factors.shipped import Shipped
    from provenance.model.factors import Change, FactorRow, FactorSet
    from provenance.store.factors import FactorStore

factors_app = typer.Typer(
    no_args_is_help=True,
    help="Versioned tables of default masses and emission factors: hashed, never changed.",
)

SHIPPED = "shipped:"
FileArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A CSV file, or shipped:fixometer, shipped:warm, shipped:beis."),
]
MeansOption = Annotated[
    Path | None,
    typer.Option(
        "--means", metavar="FILE", help="Published means, to compare rebuilt ones with (Fixometer)."
    ),
]
OnlyOption = Annotated[
    str | None,
    typer.Option("--only", metavar="SOURCE/YEAR/REGION", help="Whose rows, where the table has several."),
]
KeyOption = Annotated[
    Path, typer.Option("--key", envvar="PROVENANCE_KEY", metavar="FILE", help="Your key file (`key new`).")
]
LabelArgument = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="A set that is kept.")]


@factors_app.command("import")
def factors_import(  # noqa: PLR0917 - typer calls it by name
    file: FileArgument,
    name: Annotated[str | None, typer.Option("--name", help="The set's name, such as warm.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="Its version, such as 15.")] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help="inventory or comparative.")] = None,
    means: MeansOption = None,
    only: OnlyOption = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave out rows that cannot be read, rather than refuse.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a table as a factor set, and name every factor in it that looks wrong."""
    from provenance.bootstrap import factor_store
    from provenance.model.factors import parse_purpose
    from provenance.workflows.factors import Request, import_table

    shipped = _shipped(file)
    request = Request(
        _given(name or (shipped.name if shipped else None), "--name"),
        _given(version or (shipped.version if shipped else None), "--version"),
        parse_purpose(_given(purpose or (shipped.purpose.value if shipped else None), "--purpose")),
        _summary(means, shipped),
        _only(only),
        leave_out,
    )
    imported = import_table(factor_store(load(data=data)), _source(file, shipped), request)
    findings = imported.reading.findings
    document = _described(imported.factors) | {
        "new": imported.is_new,
        "left_out": imported.reading.unread,
        "findings": len(findings),
    }
    if as_json:
        print_json(document | {"findings": [_finding_document(finding) for finding in findings]})
        return
    print_fields(document)
    for finding in findings:
        say(str(finding))


@factors_app.command("check")
def factors_check(
    file: FileArgument, means: MeansOption = None, only: OnlyOption = None, as_json: JsonOption = False
) -> None:
    """Name every factor in a table that looks wrong, and keep nothing. Exit code 1 where one does."""
    from provenance.interchange.factors.reading import read_factors

    shipped = _shipped(file)
    reading = read_factors(_source(file, shipped), _summary(means, shipped), _only(only))
    if as_json:
        print_json(
            {
                "format": reading.format,
                "rows": len(reading.rows),
                "left_out": reading.unread,
                "findings": [_finding_document(finding) for finding in reading.findings],
            }
        )
    else:
        for finding in reading.findings:
            typer.echo(str(finding))
        say(f"{len(reading.rows)} factors, {reading.unread} rows left out, {len(reading.findings)} findings")
    if reading.findings:
        raise typer.Exit(FAILURE)


@factors_app.command("list")
def factors_list(data: DataOption = None, as_json: JsonOption = False) -> None:
    """The sets that are kept."""
    from provenance.workflows.factors import kept_sets

    found = kept_sets(_store(data))
    if as_json:
        print_json({"factor_sets": [_described(factors) for factors in found]})
        return
    for factors in found:
        typer.echo(f"{factors.label:<24} {factors.purpose.value:<12} {len(factors.rows):>6} factors")
    if not found:
        say("no factor set is kept: provenance factors import shipped:fixometer (or warm, beis, a file)")


@factors_app.command("show")
def factors_show(
    label: LabelArgument,
    find: Annotated[str, typer.Option("--find", metavar="TEXT", help="Only factors whose key has it.")] = "",
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Write the set's canonical file here; never over another."),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """A set: its hashes, and each factor with its unit, uncertainty and what its source printed."""
    from provenance.proofs.factors import row_document, set_bytes
    from provenance.workflows.factors import kept_set

    factors = kept_set(_store(data), label)
    if to is not None:
        with to.open("xb") as copy:
            copy.write(set_bytes(factors))
    rows = [row for row in factors.rows if find.casefold() in row.key.casefold()]
    if as_json:
        print_json(_described(factors) | {"rows": [row_document(row) for row in rows]})
        return
    print_fields(_described(factors))
    for row in rows:
        typer.echo(_row_line(row))


@factors_app.command("diff")
def factors_diff(
    before: LabelArgument, after: LabelArgument, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """What is different from one set to another, factor by factor."""
    from provenance.model.factors import changes
    from provenance.workflows.factors import kept_set

    store = _store(data)
    found = changes(kept_set(store, before), kept_set(store, after))
    if as_json:
        print_json(
            {"before": before, "after": after, "changes": [_change_document(change) for change in found]}
        )
        return
    for change in found:
        typer.echo(_change_line(change))
    if not found:
        say("no factor differs")


@factors_app.command("recompute")
def factors_recompute(
    label: LabelArgument, only: OnlyOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Read a set's own file again, and say where the set differs from it. Exit code 1 where it does."""
    from provenance.workflows.factors import changes_on_reading_again

    found = changes_on_reading_again(_store(data), label, _only(only))
    if as_json:
        print_json({"factor_set": label, "changes": [_change_document(change) for change in found]})
    else:
        for change in found:
            typer.echo(_change_line(change))
        say(
            f"{label}: {len(found)} factors differ from the file"
            if found
            else f"{label} recomputes from its file"
        )
    if found:
        raise typer.Exit(FAILURE)


@factors_app.command("anchor")
def factors_anchor(
    label: LabelArgument, key: KeyOption, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Have the chain date a set's digest in your partner's name. The operator's account pays, and must not be in use."""
    from provenance.bootstrap import open_demo_keyring, writing
    from provenance.ledger.deployment import Deployment
    from provenance.ledger.keystore import read_keystore
    from provenance.model.vocabulary import AnchorKind
    from provenance.proofs.factors import set_digest
    from provenance.workflows.anchoring import anchor
    from provenance.workflows.factors import kept_set
    from provenance.workflows.keyring import Key

    settings = load(data=data)
    digest = set_digest(kept_set(_store(data), label))
    Deployment.load(
        settings.deployment_file
    )  # an anchor belongs to a ledger that is there: none is deployed for it
    signer = Key(read_keystore(key, password()))
    with writing(settings, open_demo_keyring(settings)) as network:
        found = anchor(network.gateway, network.sender, AnchorKind.FACTOR_SET, digest, signer)
    document = {"factor_set": label, "set_digest": "0x" + digest.hex(), **vars(found)}
    print_json(document) if as_json else print_fields(document)


def _store(data: Path | None) -> FactorStore:
    from provenance.bootstrap import factor_store

    return factor_store(load(data=data))


def _given(value: str | None, option: str) -> str:
    if not value:
        raise InputError(f"{option} is missing: give it with a file of your own")
    return value


def _shipped(file: str) -> Shipped | None:
    from provenance.interchange.factors.shipped import shipped_table

    return shipped_table(file.removeprefix(SHIPPED)) if file.startswith(SHIPPED) else None


def _source(file: str, shipped: Shipped | None) -> SourceFile:
    return shipped.source() if shipped else _read(Path(file))


def _summary(means: Path | None, shipped: Shipped | None) -> SourceFile | None:
    if means is not None:
        return _read(means)
    return shipped.summary() if shipped else None


def _read(path: Path) -> SourceFile:
    from provenance.interchange.factors.reading import SourceFile

    return SourceFile(path.name, path.read_bytes())


def _only(text: str | None) -> Origin | None:
    from provenance.interchange.factors.oefdb import parse_origin

    return parse_origin(text) if text is not None else None


def _described(factors: FactorSet) -> dict[str, Any]:
    from provenance.proofs.factors import rows_digest, set_digest

    return {
        "name": factors.name,
        "version": factors.version,
        "purpose": factors.purpose.value,
        "factors": len(factors.rows),
        "licences": _in_order(row.licence for row in factors.rows),
        "gwp": _in_order(row.gwp for row in factors.rows if row.gwp is not None),
        "file_sha256": "0x" + factors.file_sha256.hex(),
        "rows_digest": "0x" + rows_digest(factors).hex(),
        "set_digest": "0x" + set_digest(factors).hex(),
    }


def _in_order(texts: Iterable[str]) -> list[str]:
    return sorted(set(texts))


def _finding_document(finding: Finding) -> dict[str, Any]:
    return vars(finding) | {"kind": finding.kind.value}


def _row_line(row: FactorRow) -> str:
    from provenance.model.sustainability.amounts import plain

    uncertainty = f" +-{plain(row.uncertainty)} %" if row.uncertainty is not None else ""
    printed = f" (printed {row.printed.value} {row.printed.unit})" if row.printed.value else ""
    return f"{row.key}: {plain(row.value)} {row.unit.value}{uncertainty}{printed}"


def _change_document(change: Change) -> dict[str, Any]:
    from provenance.proofs.factors import row_document

    return {
        "key": change.key,
        "kind": change.kind,
        "fields": list(change.fields),
        "before": row_document(change.before) if change.before else None,
        "after": row_document(change.after) if change.after else None,
    }


def _change_line(change: Change) -> str:
    from provenance.model.sustainability.amounts import plain

    if change.before is None or change.after is None:
        row = change.before or change.after
        return f"{change.kind:<8} {_row_line(row)}" if row else ""
    line = f"{change.kind:<8} {change.key}: {', '.join(change.fields)}"
    before, after = change.before, change.after
    if before.unit is after.unit and before.value != after.value:
        line += f": {plain(before.value)} -> {plain(after.value)} {after.unit.value}"
        if before.value:
            line += f" ({(after.value / before.value - 1) * 100:+.2f} %)"
    return line
