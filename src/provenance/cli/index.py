"""How far the index is, and making it again: `provenance status`, `provenance index`."""

from __future__ import annotations

import typer

from provenance.cli.shared import DataOption, JsonOption, load, open_index, print_json, say
from provenance.errors import StoreError

index_app = typer.Typer(no_args_is_help=True, help="The index, which follows from the chain.")


def status(data: DataOption = None, as_json: JsonOption = False) -> None:
    """How much is recorded, and how far the index has followed the chain."""
    from provenance.workflows import answers, counting

    with open_index(load(data=data)) as database:
        found = counting.overview(database)
    document = answers.overview_json(found)
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        if isinstance(value, dict):
            typer.echo(f"{name.replace('_', ' ')}:")
            for part, count in value.items():
                typer.echo(f"  {part:<22} {count:>8}")
        else:
            typer.echo(f"{name.replace('_', ' '):<24} {value}")


@index_app.command("rebuild")
def index_rebuild(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Drop the index, make it again from the chain, and say whether it is equal. Names and details stay."""
    from provenance import bootstrap
    from provenance.workflows.rebuilding import rebuild

    with bootstrap.reading(load(data=data)) as ledger:
        say("rebuilding; until it is done, questions are answered as of an earlier block")
        rebuilt = rebuild(ledger.database, ledger.gateway)
    if as_json:
        print_json({"block": rebuilt.block, "rows": rebuilt.rows, "differing": list(rebuilt.differing)})
    else:
        for name, count in rebuilt.rows.items():
            typer.echo(f"{name:<18} {count:>9} rows  {'DIFFERS' if name in rebuilt.differing else 'equal'}")
        typer.echo(f"compared as of block {rebuilt.block}")
    if rebuilt.differing:
        raise StoreError(
            f"the index was another than the chain gives, in {', '.join(rebuilt.differing)}; it is rebuilt now"
        )
