"""Look items up: `provenance item`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from provenance.cli.shared import (
    AfterOption,
    DataOption,
    ItemArgument,
    JsonOption,
    PageOption,
    load,
    open_index,
    print_json,
    say,
)

if TYPE_CHECKING:
    from provenance.workflows.tracing import History, Item

item_app = typer.Typer(no_args_is_help=True, help="Look items up.")


@item_app.command("list")
def item_list(
    search: Annotated[
        str, typer.Argument(metavar="[WORDS]", help="Words of title, brand, category, URI.")
    ] = "",
    *,
    category: Annotated[str | None, typer.Option("--category", help="Only of this category.")] = None,
    brand: Annotated[str | None, typer.Option("--brand", help="Only of this brand.")] = None,
    stage: Annotated[
        int | None,
        typer.Option("--stage", min=1, max=14, help="Only in this stage: 1 Received to 14 Disposed of."),
    ] = None,
    custodian: Annotated[
        int | None, typer.Option("--custodian", min=1, help="Only those that this partner holds.")
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort", help="newest, oldest, first_seen, title, brand; -title and so on from the end."
        ),
    ] = None,
    limit: PageOption = 20,
    after: AfterOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List items, newest change first."""
    from provenance.workflows import answers, listing

    with open_index(load(data=data)) as database:
        query = listing.ItemQuery(
            q=search or None, category=category, brand=brand, stage=stage, custodian=custodian, sort=sort
        )
        page = listing.find_items(database, query, after=after, limit=limit)
    if as_json:
        print_json(answers.items_json(page))
        return
    _print_items(list(page.items))
    if page.next:
        typer.echo(f"more: --after {page.next}")
    if not page.items:
        say("nothing found")


@item_app.command("show")
def item_show(item: ItemArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one item as it stands."""
    from provenance.workflows import answers, tracing

    with open_index(load(data=data)) as database:
        found, freshness = tracing.show(database, tracing.find(database, item))
    document = answers.item_json(found) | answers.freshness_json(freshness)
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        shown = value["name"] if isinstance(value, dict) else value
        typer.echo(f"{name.replace('_', ' '):<18} {'-' if shown is None else shown}")


@item_app.command("history")
def item_history(item: ItemArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show everything that happened to an item, in order."""
    from provenance.workflows import answers, tracing

    with open_index(load(data=data)) as database:
        history = tracing.history(database, tracing.find(database, item))
    if as_json:
        print_json(answers.history_json(history))
        return
    _print_history(history)


def _print_items(items: list[Item]) -> None:
    from provenance.workflows.wording import grade_words, stage_words

    for item in items:
        typer.echo(
            f"{item.last_time:%Y-%m-%d}  {stage_words(item.stage):<20} {grade_words(item.grade):<18} "
            f"{item.serial or '-':<14} {'made up' if item.made_up else '':<8} {item.title or item.uri or item.id.hex()}"
        )


def _print_history(history: History) -> None:
    from provenance.workflows.wording import grade_words, stage_words

    item = history.item
    identity = f"{item.uri or item.id.hex()}{'  (made up)' if item.made_up else ''}"
    typer.echo(f"{item.title or 'Item'}\n{identity}")
    for event in history.events:
        to = f" -> {event.to.name or event.to.partner}" if event.to else ""
        made_up = "  (made up)" if "event" in event.made_up else ""
        typer.echo(
            f"{event.seq:>3}  {event.occurred or '-':<10}  {event.words:<28} {stage_words(event.stage):<20} "
            f"{grade_words(event.grade):<18} {event.by.name or event.by.partner}{to}{made_up}"
        )
    held = item.custodian.name if item.custodian else "nobody in the network"
    final = "final" if item.final else "not final yet"
    typer.echo(
        f"held by {held}; {final} at block {item.last_block}; as of block {history.freshness.as_of_block}"
    )
