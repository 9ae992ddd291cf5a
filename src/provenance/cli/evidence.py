"""Keep files and read them by their hash: `provenance evidence`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provenance.cli.shared import DataOption, JsonOption, load, print_fields, print_json, say

if TYPE_CHECKING:
    from provenance.workflows.evidence import Kept

evidence_app = typer.Typer(no_args_is_help=True, help="Photos, reports and other files, named by their hash.")

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="HASH", help="The file's SHA-256: 64 hex digits, or an ni: URI as details write it."
    ),
]


@evidence_app.command("add")
def evidence_add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A JPEG, PNG, WebP, PDF, JSON, CSV or text.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a file, and print the name that a details document writes in its field `evidence`."""
    from provenance.bootstrap import evidence_store
    from provenance.workflows.evidence import keep

    store = evidence_store(load(data=data))
    store.require_size(file.stat().st_size)
    _print_kept(keep(store, file.read_bytes()), as_json=as_json)


@evidence_app.command("show")
def evidence_show(
    name: NameArgument,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write the file here; never over another.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a file is, after checking its hash; `--to` also copies it out."""
    from provenance.bootstrap import evidence_store
    from provenance.proofs.evidence import parse_evidence_name
    from provenance.workflows.evidence import find

    found = find(evidence_store(load(data=data)), parse_evidence_name(name))
    if to is not None:
        with to.open("xb") as copy:
            copy.write(found.content)
    _print_kept(found.kept, as_json=as_json)


@evidence_app.command("erase")
def evidence_erase(name: NameArgument, data: DataOption = None) -> None:
    """Remove a file for good. Its name stays: what the chain commits to still verifies."""
    from provenance.bootstrap import evidence_store
    from provenance.proofs.evidence import parse_evidence_name
    from provenance.workflows.evidence import erase

    digest = parse_evidence_name(name)
    erase(evidence_store(load(data=data)), digest)
    say(f"evidence {digest.hex()} is erased")


def _print_kept(kept: Kept, *, as_json: bool) -> None:
    document: dict[str, Any] = {
        "sha256": kept.digest.hex(),
        "uri": kept.uri,
        "media_type": kept.media.type,
        "bytes": kept.size,
    }
    if as_json:
        print_json(document)
    else:
        print_fields(document)
