"""The command line. A user's mistake is one clear line and exit code 2, never a traceback.

One file a group of commands; here they are registered. What a command needs beyond the verifier's dependencies is
imported inside it: the base installation stays small.
"""

from __future__ import annotations

import sys

import typer

from provenance.cli import (
    events,
    evidence,
    factors,
    importing,
    index,
    items,
    keystores,
    members,
    proving,
    running,
    searching,
    settings,
    verifying,
    writing,
)
from provenance.cli.shared import FAILURE, INTERRUPTED, MISTAKE, say
from provenance.errors import ChainError, ProvenanceError, StoreError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=("A provenance ledger for returned products: complete, ordered, signed histories anyone can check."),
)
app.command()(running.demo)
app.command()(running.serve)
app.command()(running.deploy)
app.command()(proving.prove)
app.command()(verifying.verify)
app.command()(proving.witness)
app.command()(index.status)
app.command()(settings.config)
app.command()(searching.search)
for command in writing.COMMANDS:
    app.command()(command)
app.add_typer(proving.trust_app, name="trust")
app.add_typer(items.item_app, name="item")
app.add_typer(events.event_app, name="event")
app.add_typer(members.partner_app, name="partner")
app.add_typer(keystores.key_app, name="key")
app.add_typer(evidence.evidence_app, name="evidence")
app.add_typer(factors.factors_app, name="factors")
app.add_typer(running.chain_app, name="chain")
app.add_typer(index.index_app, name="index")
app.add_typer(importing.import_app, name="import")


def main() -> None:
    """The console script."""
    try:
        app(standalone_mode=True)
    except ProvenanceError as error:
        say(f"error: {error}")
        sys.exit(FAILURE if isinstance(error, ChainError | StoreError) else MISTAKE)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("provenance"):
            raise
        say(f"error: this command needs {error.name}: install returns-provenance[server]")
        sys.exit(MISTAKE)
    except OSError as error:
        say(f"error: {error.filename}: {error.strerror}" if error.filename else f"error: {error}")
        sys.exit(FAILURE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


__all__ = ["app", "main"]
