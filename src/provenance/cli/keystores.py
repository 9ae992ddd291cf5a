"""Make encrypted key files: `provenance key new|import`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from provenance.cli.members import key_app
from provenance.cli.shared import JsonOption, print_json
from provenance.errors import FieldError

__all__ = ["key_app", "password"]

PASSWORD = "PROVENANCE_PASSWORD"  # noqa: S105 - the variable's name
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The key file to write; never over another.")
]


@key_app.command("new")
def key_new(file: FileArgument, as_json: JsonOption = False) -> None:
    """Make a key, encrypted into a file that every Ethereum wallet reads (version 3, scrypt).

    The password is asked for, or read from PROVENANCE_PASSWORD. The key itself is never printed.
    """
    _write(file, secrets.token_bytes(32), as_json=as_json)


@key_app.command("import")
def key_import(file: FileArgument, as_json: JsonOption = False) -> None:
    """Encrypt a key that you have into a file: 64 hex digits, asked for without being shown, or on standard input."""
    text = typer.prompt("Private key", hide_input=True).strip().removeprefix("0x")
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        raise FieldError("private key", "not shown", "give 64 hex digits") from None
    _write(file, secret, as_json=as_json)


def password(*, new: bool = False) -> str:
    """From the environment, or asked for."""
    return os.environ.get(PASSWORD) or typer.prompt("Password", hide_input=True, confirmation_prompt=new)


def _write(file: Path, secret: bytes, *, as_json: bool) -> None:
    from provenance.ledger.keystore import write_keystore

    address = "0x" + write_keystore(file, secret, password(new=True)).hex()
    if as_json:
        print_json({"address": address, "file": str(file)})
    else:
        typer.echo(f"{address}\n{file}")
