"""Look partners and keys up: `provenance partner`, `provenance key`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from provenance.cli.shared import (
    AfterOption,
    DataOption,
    JsonOption,
    PageOption,
    load,
    open_index,
    print_fields,
    print_json,
    print_more,
)

partner_app = typer.Typer(no_args_is_help=True, help="Look partners up.")
key_app = typer.Typer(no_args_is_help=True, help="Look keys up: whose they are, what they may do, and when.")


@partner_app.command("list")
def partner_list(
    limit: PageOption = 100, after: AfterOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """List partners by number."""
    from provenance.workflows import answers, members

    with open_index(load(data=data)) as database:
        page = members.find_partners(database, after=after, limit=limit)
    document = answers.partners_json(page)
    if as_json:
        print_json(document)
        return
    for found in document["partners"]:
        suspended = "  suspended" if found["suspended"] else ""
        made_up = "  (made up)" if found["made_up"] else ""
        roles = ", ".join(found["allowed_roles"])
        typer.echo(
            f"{found['partner']:>4}  {found['name'] or found['name_hash']:<28} {roles}{suspended}{made_up}"
        )
    print_more(page.next, len(page.entries))


@partner_app.command("show")
def partner_show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The partner's number.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one partner with all its keys."""
    from provenance.workflows import answers, members

    with open_index(load(data=data)) as database:
        document = answers.partner_json(members.partner(database, number))
    if as_json:
        print_json(document)
        return
    keys = document.pop("all_keys")
    print_fields(document)
    for key in keys:
        _print_key(key)


@key_app.command("list")
def key_list(
    partner: Annotated[int | None, typer.Option("--partner", min=1, help="Only this partner's.")] = None,
    limit: PageOption = 100,
    after: AfterOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List keys by address, with roles and validity."""
    from provenance.workflows import answers, members

    with open_index(load(data=data)) as database:
        page = members.find_keys(database, partner, after=after, limit=limit)
    document = answers.keys_json(page)
    if as_json:
        print_json(document)
        return
    for key in document["keys"]:
        _print_key(key)
    print_more(page.next, len(page.entries))


@key_app.command("show")
def key_show(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="0x and 40 hex digits.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one key: whose it is, what it may do, and when."""
    from provenance.workflows import answers, members

    with open_index(load(data=data)) as database:
        found, freshness = members.key(database, members.parse_address(address))
    document = answers.key_json(found) | answers.freshness_json(freshness)
    if as_json:
        print_json(document)
        return
    print_fields(document)


def _print_key(key: dict[str, Any]) -> None:
    until = f"to {key['valid_to']}" if key["valid_to"] else "without end"
    validity = "valid" if key["valid"] else "not valid"
    typer.echo(
        f"{key['key']}  {key['partner']['name'] or key['partner']['partner']:<28} {', '.join(key['roles'])}  "
        f"{validity}, from {key['valid_from']} {until}"
    )
