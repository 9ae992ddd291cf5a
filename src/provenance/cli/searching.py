"""The one search box: `provenance search`."""

from __future__ import annotations

from typing import Annotated

import typer

from provenance.cli.shared import DataOption, JsonOption, load, open_index, print_json, say


def search(
    words: Annotated[
        str,
        typer.Argument(
            metavar="WORDS",
            help="An item id, URI, serial number, IMEI, GTIN, transaction hash, key address, partner, or words.",
        ),
    ],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find items, transactions, keys and partners by any identifier, or by words."""
    from provenance.workflows import answers, searching

    with open_index(load(data=data)) as database:
        found = searching.search(database, words)
    if as_json:
        print_json(answers.search_json(found))
        return
    for hit in found.hits:
        typer.echo(f"{hit.kind:<12} {hit.title or '-':<40} {hit.id}  (by its {hit.by})")
    if not found.hits:
        say(f"nothing found as of block {found.freshness.as_of_block}")
