"""What the commands share: options, settings, the opened index, printing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from provenance.config import Settings
    from provenance.store.database import Database

MISTAKE, FAILURE, INTERRUPTED = 2, 1, 130

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The data folder (PROVENANCE_DATA).")
]
HostOption = Annotated[str | None, typer.Option("--host", help="Address to listen on (PROVENANCE_HOST).")]
PortOption = Annotated[int | None, typer.Option("--port", help="Port to listen on (PROVENANCE_PORT).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PageOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many to print.")]
AfterOption = Annotated[str | None, typer.Option("--after", help="The cursor printed by the page before.")]
ItemArgument = Annotated[
    str,
    typer.Argument(metavar="ITEM", help="A GS1 Digital Link or other URI, a serial number, or an item id."),
]


def load(**given: object) -> Settings:
    from provenance.config import load_settings

    return load_settings(**given)


@contextmanager
def open_index(settings: Settings) -> Iterator[Database]:
    from provenance import bootstrap

    with bootstrap.index_only(settings) as database:
        yield database


def print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def say(line: str) -> None:
    typer.echo(line, err=True)


def print_fields(document: dict[str, Any]) -> None:
    """One line a field; of a partner its name, of a list its parts."""
    for name, value in document.items():
        shown = value.get("name", value) if isinstance(value, dict) else value
        if isinstance(shown, dict | list):
            shown = json.dumps(shown, ensure_ascii=False) if shown else None
        typer.echo(f"{name.replace('_', ' '):<20} {'-' if shown is None else shown}")


def print_more(cursor: str | None, printed: int) -> None:
    if cursor:
        typer.echo(f"more: --after {cursor}")
    if not printed:
        say("nothing found")


@contextmanager
def progress(total: int, title: str) -> Iterator[Any]:
    """A bar on stderr with rate and time left; called with how many events are recorded."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("events"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total, rate="")

        def notice(done: int) -> None:
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, completed=done, rate=f"{speed:.0f} a second" if speed else "")

        yield notice
