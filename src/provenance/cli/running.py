"""Set up and run: demo, serve, deploy, and the embedded chain as a process of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from provenance.cli.shared import DataOption, HostOption, PortOption, load, open_index, progress, say
from provenance.errors import ConfigError

if TYPE_CHECKING:
    from provenance.config import Settings

chain_app = typer.Typer(no_args_is_help=True, help="The embedded chain.")


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
    settings = load(data=data, host=host, port=port)
    if not no_serve:
        _require_free_port(settings)
    _play(settings, items)
    _print_where_to_look(settings, serving=not no_serve)
    if not no_serve:
        _serve(settings)


def serve(data: DataOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Serve the pages and the API, following the chain."""
    settings = load(data=data, host=host, port=port)
    _require_deployment(settings)
    _require_free_port(settings)
    say(f"serving on http://{settings.host}:{settings.port}/ (Ctrl-C stops it)")
    _serve(settings)


def deploy(data: DataOption = None) -> None:
    """Deploy the contracts to the chain in the settings, and write deployment.json and trust.json."""
    from provenance import bootstrap
    from provenance.workflows.trusting import write_trust_file

    settings = load(data=data)
    there = settings.deployment_file.exists()
    with bootstrap.writing(settings, bootstrap.open_demo_keyring(settings)) as network:
        write_trust_file(settings.trust_file, network.gateway)
        deployment = network.gateway.deployment
    verb = "was deployed before" if there else "deployed"
    typer.echo(
        f"{verb}: ledger 0x{deployment.ledger.hex()} on chain {deployment.chain_id}, block {deployment.block}"
    )
    typer.echo(f"{settings.deployment_file}\n{settings.trust_file}")


@chain_app.command("serve")
def chain_serve(data: DataOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Run the embedded chain as a process of its own that speaks JSON-RPC (port 8545 by default)."""
    from provenance import bootstrap

    settings = load(data=data, host=host)
    bootstrap.serve_chain(
        settings, port if port is not None else 8545, lambda url: typer.echo(f"listening on {url}")
    )


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


def _play(settings: Settings, items: int) -> None:
    from provenance import bootstrap
    from provenance.interchange.sample import sample_repairs
    from provenance.workflows import playing
    from provenance.workflows.trusting import write_trust_file

    repairs = sample_repairs(items)
    keyring = bootstrap.open_demo_keyring(settings)
    say(f"data folder: {settings.data.resolve()}")
    with bootstrap.writing(settings, keyring) as network:
        write_trust_file(settings.trust_file, network.gateway)
        say(
            f"chain {network.gateway.deployment.chain_id}, ledger 0x{network.gateway.deployment.ledger.hex()}"
        )
        cast = playing.enrol_cast(network, keyring)
        say(f"{len(playing.PARTNERS)} sample partners enrolled, with keys of their own")
        parts = playing.parts(repairs, keyring)
        with progress(sum(len(part.steps) for part in parts), "playing real repairs") as notice:
            playing.perform(network, cast, parts, notice)
        write_trust_file(settings.trust_file, network.gateway)


def _print_where_to_look(settings: Settings, *, serving: bool) -> None:
    from provenance.model.vocabulary import Stage
    from provenance.workflows import counting, listing, tracing

    base = f"http://{settings.host}:{settings.port}"
    with open_index(settings) as database:
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
