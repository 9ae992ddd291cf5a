"""Look events up: `provenance event`."""

from __future__ import annotations

from typing import Annotated

import typer

from provenance.cli.shared import (
    AfterOption,
    DataOption,
    ItemArgument,
    JsonOption,
    PageOption,
    load,
    open_index,
    print_fields,
    print_json,
    print_more,
)

SortOption = Annotated[str | None, typer.Option("--sort", help="newest or oldest.")]
event_app = typer.Typer(no_args_is_help=True, help="Look events up.")


@event_app.command("list")
def event_list(
    *,
    item: Annotated[
        str | None, typer.Option("--item", help="Only of this item: URI, serial number or id.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind, such as Ruling.")] = None,
    partner: Annotated[
        int | None, typer.Option("--partner", min=1, help="Only those that this partner signed or received.")
    ] = None,
    transaction: Annotated[
        str | None, typer.Option("--transaction", help="Only those of this transaction: 64 hex digits.")
    ] = None,
    sort: SortOption = None,
    limit: PageOption = 20,
    after: AfterOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List events in the order of the chain, newest first."""
    from provenance.workflows import answers, listing, tracing

    with open_index(load(data=data)) as database:
        of = tracing.find(database, item).hex() if item else None
        query = listing.EventQuery(of, kind, partner, transaction, sort=sort)
        page = listing.find_events(database, query, after=after, limit=limit)
    if as_json:
        print_json(answers.events_json(page))
        return
    for event in page.entries:
        to = f" -> {event.to.name or event.to.partner}" if event.to else ""
        typer.echo(
            f"{event.time:%Y-%m-%d %H:%M}  {event.words:<28} {event.by.name or event.by.partner}{to}  "
            f"{event.title or ''}  {event.uri or '0x' + event.item.hex()} {event.seq}"
        )
    print_more(page.next, len(page.entries))


@event_app.command("show")
def event_show(
    item: ItemArgument,
    seq: Annotated[int, typer.Argument(metavar="SEQ", help="The event's number in the item's history.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one event with its corrections, challenges and rulings."""
    from provenance.workflows import answers, tracing

    with open_index(load(data=data)) as database:
        history = tracing.history(database, tracing.find(database, item))
    document = answers.event_json(history, tracing.event(history, seq))
    if as_json:
        print_json(document)
        return
    typer.echo(history.item.title or history.item.uri or f"0x{history.item.id.hex()}")
    print_fields(document["event"])
