"""The command line. A user's mistake is one clear line and exit code 2, never a traceback.

What a command needs beyond the verifier's dependencies is imported inside it: the base installation stays small.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provenance.errors import ChainError, ConfigError, ProvenanceError, StoreError

if TYPE_CHECKING:
    from provenance.config import Settings
    from provenance.interchange.tables import Problem
    from provenance.store.database import Database
    from provenance.workflows.importing import Report, Source
    from provenance.workflows.playing import SamplePartner
    from provenance.workflows.tracing import History, Item

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=("A provenance ledger for returned products: complete, ordered, signed histories anyone can check."),
)
item_app = typer.Typer(no_args_is_help=True, help="Look items up.")
event_app = typer.Typer(no_args_is_help=True, help="Look events up.")
partner_app = typer.Typer(no_args_is_help=True, help="Look partners up.")
key_app = typer.Typer(no_args_is_help=True, help="Look keys up: whose they are, what they may do, and when.")
chain_app = typer.Typer(no_args_is_help=True, help="The embedded chain.")
import_app = typer.Typer(no_args_is_help=True, help="Bring records of other systems in.")
app.add_typer(item_app, name="item")
app.add_typer(event_app, name="event")
app.add_typer(partner_app, name="partner")
app.add_typer(key_app, name="key")
app.add_typer(chain_app, name="chain")
index_app = typer.Typer(no_args_is_help=True, help="The index, which follows from the chain.")
app.add_typer(index_app, name="index")
app.add_typer(import_app, name="import")

MISTAKE, FAILURE, INTERRUPTED = 2, 1, 130

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The data folder (PROVENANCE_DATA).")
]
HostOption = Annotated[str | None, typer.Option("--host", help="Address to listen on (PROVENANCE_HOST).")]
PortOption = Annotated[int | None, typer.Option("--port", help="Port to listen on (PROVENANCE_PORT).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """The console script."""
    try:
        app(standalone_mode=True)
    except ProvenanceError as error:
        _say(f"error: {error}")
        sys.exit(FAILURE if isinstance(error, ChainError | StoreError) else MISTAKE)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("provenance"):
            raise
        _say(f"error: this command needs {error.name}: install returns-provenance[server]")
        sys.exit(MISTAKE)
    except (ConnectionError, OSError) as error:
        _say(f"error: {error}")
        sys.exit(FAILURE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@app.command()
def demo(
    items: Annotated[int, typer.Option("--items", metavar="N", help="How many real repairs to play.")] = 200,
    data: DataOption = None,
    host: HostOption = None,
    port: PortOption = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when all is recorded.")] = False,
) -> None:
    """Set everything up, play real repairs through sample partners, and serve the pages.

    Run again after it was stopped, even by force, it goes on where it was.
    """
    settings = _settings(data=data, host=host, port=port)
    if not no_serve:
        _require_free_port(settings)
    _play(settings, items)
    _print_where_to_look(settings, serving=not no_serve)
    if not no_serve:
        _serve(settings)


@app.command()
def serve(data: DataOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Serve the pages and the API, following the chain."""
    settings = _settings(data=data, host=host, port=port)
    _require_deployment(settings)
    _require_free_port(settings)
    _say(f"serving on http://{settings.host}:{settings.port}/ (Ctrl-C stops it)")
    _serve(settings)


@app.command()
def deploy(data: DataOption = None) -> None:
    """Deploy the contracts to the chain in the settings, and write deployment.json and trust.json."""
    from provenance import bootstrap
    from provenance.workflows.trusting import write_trust_file

    settings = _settings(data=data)
    there = settings.deployment_file.exists()
    with bootstrap.writing(settings, bootstrap.open_demo_keyring(settings)) as network:
        write_trust_file(settings.trust_file, network.gateway)
        deployment = network.gateway.deployment
    verb = "was deployed before" if there else "deployed"
    typer.echo(
        f"{verb}: ledger 0x{deployment.ledger.hex()} on chain {deployment.chain_id}, block {deployment.block}"
    )
    typer.echo(f"{settings.deployment_file}\n{settings.trust_file}")


@app.command()
def status(data: DataOption = None, as_json: JsonOption = False) -> None:
    """How much is recorded, and how far the index has followed the chain."""
    from provenance.workflows import answers, counting

    with _index(_settings(data=data)) as database:
        found = counting.overview(database)
    document = answers.overview_json(found)
    if as_json:
        _print_json(document)
        return
    for name, value in document.items():
        if isinstance(value, dict):
            typer.echo(f"{name.replace('_', ' ')}:")
            for part, count in value.items():
                typer.echo(f"  {part:<22} {count:>8}")
        else:
            typer.echo(f"{name.replace('_', ' '):<24} {value}")


@chain_app.command("serve")
def chain_serve(data: DataOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Run the embedded chain as a process of its own that speaks JSON-RPC (port 8545 by default)."""
    from provenance import bootstrap

    settings = _settings(data=data, host=host)
    bootstrap.serve_chain(
        settings, port if port is not None else 8545, lambda url: typer.echo(f"listening on {url}")
    )


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
    _import(_settings(data=data), source, playing.PARTNERS, strict=strict, as_json=as_json)


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
    _import(_settings(data=data), source, source.partners, made_up=made_up, strict=strict, as_json=as_json)


@index_app.command("rebuild")
def index_rebuild(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Drop the index, make it again from the chain, and say whether it is equal. Names and details stay."""
    from provenance import bootstrap
    from provenance.workflows.rebuilding import rebuild

    with bootstrap.reading(_settings(data=data)) as ledger:
        _say("rebuilding; until it is done, questions are answered as of an earlier block")
        rebuilt = rebuild(ledger.database, ledger.gateway)
    if as_json:
        _print_json({"block": rebuilt.block, "rows": rebuilt.rows, "differing": list(rebuilt.differing)})
    else:
        for name, count in rebuilt.rows.items():
            typer.echo(f"{name:<18} {count:>9} rows  {'DIFFERS' if name in rebuilt.differing else 'equal'}")
        typer.echo(f"compared as of block {rebuilt.block}")
    if rebuilt.differing:
        raise StoreError(
            f"the index was another than the chain gives, in {', '.join(rebuilt.differing)}; it is rebuilt now"
        )


@item_app.command("list")
def item_list(
    search: Annotated[
        str, typer.Argument(metavar="[WORDS]", help="Words of title, brand, category, URI.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many to print.")] = 20,
    after: Annotated[
        str | None, typer.Option("--after", help="The cursor printed by the page before.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List items, newest change first."""
    from provenance.workflows import answers, listing

    with _index(_settings(data=data)) as database:
        page = listing.list_items(database, search=search, after=after, limit=limit)
    if as_json:
        _print_json(answers.items_json(page))
        return
    _print_items(list(page.items))
    if page.next:
        typer.echo(f"more: --after {page.next}")
    if not page.items:
        _say("nothing found")


ItemArgument = Annotated[
    str,
    typer.Argument(metavar="ITEM", help="A GS1 Digital Link or other URI, a serial number, or an item id."),
]


@item_app.command("show")
def item_show(item: ItemArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one item as it stands."""
    from provenance.workflows import answers, tracing

    with _index(_settings(data=data)) as database:
        found, freshness = tracing.show(database, tracing.find(database, item))
    document = answers.item_json(found) | answers.freshness_json(freshness)
    if as_json:
        _print_json(document)
        return
    for name, value in document.items():
        shown = value["name"] if isinstance(value, dict) else value
        typer.echo(f"{name.replace('_', ' '):<18} {'-' if shown is None else shown}")


@item_app.command("history")
def item_history(item: ItemArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show everything that happened to an item, in order."""
    from provenance.workflows import answers, tracing

    with _index(_settings(data=data)) as database:
        history = tracing.history(database, tracing.find(database, item))
    if as_json:
        _print_json(answers.history_json(history))
        return
    _print_history(history)


AfterOption = Annotated[str | None, typer.Option("--after", help="The cursor printed by the page before.")]
PageOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many to print.")]


@event_app.command("list")
def event_list(
    *,
    item: Annotated[
        str | None, typer.Option("--item", help="Only of this item: URI, serial number or id.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind, such as Ruling.")] = None,
    limit: PageOption = 20,
    after: AfterOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List events in the order of the chain, newest first."""
    from provenance.workflows import answers, listing, tracing

    with _index(_settings(data=data)) as database:
        of = tracing.find(database, item).hex() if item else None
        page = listing.find_events(database, listing.EventQuery(of, kind), after=after, limit=limit)
    if as_json:
        _print_json(answers.events_json(page))
        return
    for event in page.entries:
        to = f" -> {event.to.name or event.to.partner}" if event.to else ""
        typer.echo(
            f"{event.time:%Y-%m-%d %H:%M}  {event.words:<28} {event.by.name or event.by.partner}{to}  "
            f"{event.title or ''}  {event.uri or '0x' + event.item.hex()} {event.seq}"
        )
    _print_more(page.next, len(page.entries))


@event_app.command("show")
def event_show(
    item: ItemArgument,
    seq: Annotated[int, typer.Argument(metavar="SEQ", help="The event's number in the item's history.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one event with its corrections, challenges and rulings."""
    from provenance.workflows import answers, tracing

    with _index(_settings(data=data)) as database:
        history = tracing.history(database, tracing.find(database, item))
    document = answers.event_json(history, tracing.event(history, seq))
    if as_json:
        _print_json(document)
        return
    typer.echo(history.item.title or history.item.uri or f"0x{history.item.id.hex()}")
    _print_fields(document["event"])


@partner_app.command("list")
def partner_list(
    limit: PageOption = 100, after: AfterOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """List partners by number."""
    from provenance.workflows import answers, members

    with _index(_settings(data=data)) as database:
        page = members.find_partners(database, after=after, limit=limit)
    document = answers.partners_json(page)
    if as_json:
        _print_json(document)
        return
    for found in document["partners"]:
        suspended = "  suspended" if found["suspended"] else ""
        made_up = "  (made up)" if found["made_up"] else ""
        roles = ", ".join(found["allowed_roles"])
        typer.echo(
            f"{found['partner']:>4}  {found['name'] or found['name_hash']:<28} {roles}{suspended}{made_up}"
        )
    _print_more(page.next, len(page.entries))


@partner_app.command("show")
def partner_show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The partner's number.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one partner with all its keys."""
    from provenance.workflows import answers, members

    with _index(_settings(data=data)) as database:
        document = answers.partner_json(members.partner(database, number))
    if as_json:
        _print_json(document)
        return
    keys = document.pop("all_keys")
    _print_fields(document)
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

    with _index(_settings(data=data)) as database:
        page = members.find_keys(database, partner, after=after, limit=limit)
    document = answers.keys_json(page)
    if as_json:
        _print_json(document)
        return
    for key in document["keys"]:
        _print_key(key)
    _print_more(page.next, len(page.entries))


@key_app.command("show")
def key_show(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="0x and 40 hex digits.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one key: whose it is, what it may do, and when."""
    from provenance.workflows import answers, members

    with _index(_settings(data=data)) as database:
        found, freshness = members.key(database, members.parse_address(address))
    document = answers.key_json(found) | answers.freshness_json(freshness)
    if as_json:
        _print_json(document)
        return
    _print_fields(document)


def _print_fields(document: dict[str, Any]) -> None:
    """One line a field; of a partner its name, of a list its parts."""
    for name, value in document.items():
        shown = value.get("name", value) if isinstance(value, dict) else value
        if isinstance(shown, dict | list):
            shown = json.dumps(shown, ensure_ascii=False) if shown else None
        typer.echo(f"{name.replace('_', ' '):<20} {'-' if shown is None else shown}")


def _print_key(key: dict[str, Any]) -> None:
    until = f"to {key['valid_to']}" if key["valid_to"] else "without end"
    validity = "valid" if key["valid"] else "not valid"
    typer.echo(
        f"{key['key']}  {key['partner']['name'] or key['partner']['partner']:<28} {', '.join(key['roles'])}  "
        f"{validity}, from {key['valid_from']} {until}"
    )


def _print_more(cursor: str | None, printed: int) -> None:
    if cursor:
        typer.echo(f"more: --after {cursor}")
    if not printed:
        _say("nothing found")


def _settings(**given: object) -> Settings:
    from provenance.config import load_settings

    return load_settings(**given)


@contextmanager
def _index(settings: Settings) -> Iterator[Database]:
    from provenance import bootstrap

    with bootstrap.index_only(settings) as database:
        yield database


def _require_deployment(settings: Settings) -> None:
    from provenance.ledger.deployment import Deployment

    Deployment.load(settings.deployment_file)


def _require_free_port(settings: Settings) -> None:
    """Says before any work is done that the port is taken."""
    import socket

    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigError(
                f"port is {settings.port}: nothing can listen there on {settings.host} ({error.strerror}); "
                "give another with --port"
            ) from None


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
            with _progress(report.events, f"importing {source.name}") as notice:
                importing.import_rows(network, cast, source, report, notice=notice, tell=_tell)
            write_trust_file(settings.trust_file, network.gateway)
    if as_json:
        _print_json(report.as_json())
    else:
        _print_report(report)
    if not report.whole or (strict and (report.malformed or report.played.stuck)):
        sys.exit(MISTAKE)


def _tell(problem: Problem) -> None:
    _say(f"not imported: {problem}")


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


def _play(settings: Settings, items: int) -> None:
    from provenance import bootstrap
    from provenance.interchange.sample import sample_repairs
    from provenance.workflows import playing
    from provenance.workflows.trusting import write_trust_file

    repairs = sample_repairs(items)
    keyring = bootstrap.open_demo_keyring(settings)
    _say(f"data folder: {settings.data.resolve()}")
    with bootstrap.writing(settings, keyring) as network:
        write_trust_file(settings.trust_file, network.gateway)
        _say(
            f"chain {network.gateway.deployment.chain_id}, ledger 0x{network.gateway.deployment.ledger.hex()}"
        )
        cast = playing.enrol_cast(network, keyring)
        _say(f"{len(playing.PARTNERS)} sample partners enrolled, with keys of their own")
        parts = playing.parts(repairs, keyring)
        with _progress(sum(len(part.steps) for part in parts), "playing real repairs") as notice:
            playing.perform(network, cast, parts, notice)
        write_trust_file(settings.trust_file, network.gateway)


@contextmanager
def _progress(total: int, title: str) -> Iterator[Any]:
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


def _print_where_to_look(settings: Settings, *, serving: bool) -> None:
    from provenance.model.vocabulary import Stage
    from provenance.workflows import counting, listing, tracing

    base = f"http://{settings.host}:{settings.port}"
    with _index(settings) as database:
        overview = counting.overview(database)
        stages = (Stage.RESOLD, Stage.RECYCLED, Stage.STORED_FOR_ANALYSIS)
        examples = [item for s in stages for item in listing.list_items(database, stage=s, limit=1).items]
    typer.echo(f"{overview.items} items, {overview.events} events, all recorded on chain and indexed")
    typer.echo("Open (Ctrl-C stops serving):" if serving else "With `provenance serve`, open:")
    typer.echo(f"  {base}/")
    for item in examples:
        typer.echo(f"  {base}{tracing.page_path(item)}  ({item.title})")


def _serve(settings: Settings) -> None:
    import uvicorn

    # The application is built by name in the server's own process: settings travel by the environment.
    os.environ["PROVENANCE_DATA"] = str(settings.data)
    os.environ["PROVENANCE_HOST"], os.environ["PROVENANCE_PORT"] = settings.host, str(settings.port)
    uvicorn.run(
        "provenance_api.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        server_header=False,
    )


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


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _say(line: str) -> None:
    typer.echo(line, err=True)


__all__ = ["app", "main"]
