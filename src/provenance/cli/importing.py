"""Bring records of other systems in: `provenance import`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance.cli.shared import MISTAKE, DataOption, JsonOption, load, print_json, progress, say

if TYPE_CHECKING:
    from provenance.config import Settings
    from provenance.interchange.tables import Problem
    from provenance.workflows.importing import Report, Source
    from provenance.workflows.playing import SamplePartner

import_app = typer.Typer(no_args_is_help=True, help="Bring records of other systems in.")

FileArgument = Annotated[Path, typer.Argument(metavar="FILE.csv", help="The file to import.")]
LimitOption = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="Look at the first N rows alone.")
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Record nothing unless every row can be imported.")
]


@import_app.command("repairs")
def import_repairs(
    file: FileArgument,
    limit: LimitOption = None,
    strict: StrictOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import Open Repair Data (v0.3 or v0.2.1), played through sample partners.

    Product, fault, outcome and date of each row are real; serial numbers, partners and the legs between them are
    made up, and labelled so. Run again it records nothing twice; killed, it goes on where it was.
    """
    from provenance.workflows import importing, playing

    source = importing.repair_file(file, limit)
    _import(load(data=data), source, playing.PARTNERS, strict=strict, as_json=as_json)


@import_app.command("csv")
def import_csv(  # noqa: PLR0917 - a command's options
    file: FileArgument,
    mapping: Annotated[
        Path, typer.Option("--mapping", metavar="MAP.toml", help="How the file's columns and codes read.")
    ],
    limit: LimitOption = None,
    strict: StrictOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import the export of any returns system: one row is one return of one item.

    The mapping says which columns name the item and what the codes stand for; steps that the ledger's rules want
    and the file does not state are recorded as inferred. Two worked mappings: provenance/samples/mappings.
    """
    from datetime import UTC, datetime

    from provenance.workflows import importing

    source = importing.mapped_file(file, mapping, datetime.now(UTC).date(), limit)
    made_up = source.mapping.made_up
    _import(load(data=data), source, source.partners, made_up=made_up, strict=strict, as_json=as_json)


def _import(
    settings: Settings,
    source: Source,
    partners: Mapping[str, SamplePartner],
    *,
    made_up: bool = True,
    strict: bool,
    as_json: bool,
) -> None:
    """Looks the file through, records its good rows, and reports. Exit code 2 where it was of no use."""
    from provenance import bootstrap
    from provenance.workflows import importing, playing
    from provenance.workflows.trusting import write_trust_file

    report = importing.look_through(source, _tell)
    if report.items and not (strict and report.malformed):
        keyring = bootstrap.open_demo_keyring(settings, playing.key_names(partners))
        with bootstrap.writing(settings, keyring) as network:
            cast = playing.enrol_cast(network, keyring, partners, made_up=made_up)
            with progress(report.events, f"importing {source.name}") as notice:
                importing.import_rows(network, cast, source, report, notice=notice, tell=_tell)
            write_trust_file(settings.trust_file, network.gateway)
    if as_json:
        print_json(report.as_json())
    else:
        _print_report(report)
    if not report.whole or (strict and (report.malformed or report.played.stuck)):
        sys.exit(MISTAKE)


def _tell(problem: Problem) -> None:
    say(f"not imported: {problem}")


def _print_report(report: Report) -> None:
    played = report.played
    for outcome, count in sorted(report.outcomes.items()):
        typer.echo(f"  {outcome:<22} {count:>8}")
    typer.echo(f"{report.rows} rows read as {report.encoding}, {report.malformed} malformed")
    typer.echo(
        f"{report.whole - played.items_before} items imported with {played.events - played.events_before} events, "
        f"{played.items_before} were recorded before"
    )
    if played.stuck:
        typer.echo(f"{played.stuck} items got no further than the reasons above say")
    if not played.items:
        typer.echo("nothing was recorded")
