"""A keyring file: private keys of sample partners, for demonstrations only.

Real partners sign with wallets of their own; nothing here asks for their keys. The file is written whole, synced and
readable by its owner alone before any of its keys is used, so that a demonstration that was killed finds them again.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from provenance.errors import ConfigError
from provenance.model.ids import NETWORK_KEY
from provenance.proofs.signatures import address_of_key

FORMAT = "returns-provenance demonstration keys 1"
WARNING = "Demonstration keys: they protect nothing. Never use them for anything of value."


@dataclass(frozen=True)
class Key:
    """A private key (32 bytes) and the address it signs as."""

    secret: bytes

    @cached_property
    def address(self) -> bytes:
        return address_of_key(self.secret)

    def __repr__(self) -> str:  # the secret stays out of logs and tracebacks
        return f"Key(0x{self.address.hex()})"


@dataclass(frozen=True)
class Keyring:
    """Keys by name, and the network key from which item ids are derived."""

    network_key: bytes
    keys: Mapping[str, Key]

    def __getitem__(self, name: str) -> Key:
        return self.keys[name]


def open_keyring(path: Path, names: tuple[str, ...]) -> Keyring:
    """The keyring in a file, with a key for each name: made where there is none, added where one is new.

    Raises ConfigError for a file that is none.
    """
    if not path.exists():
        _write(path, _document(names))
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise ConfigError(f"{path}: format is {document['format']}, this version reads {FORMAT}")
        if new := [name for name in names if name not in document["keys"]]:
            document["keys"] |= _new_keys(new)
            _write(path, document)
        keys = {name: Key(bytes.fromhex(document["keys"][name])) for name in names}
        return Keyring(bytes.fromhex(document["networkKey"]), keys)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ConfigError(
            f"{path} is no keyring of this version: {error}; move it away to make another"
        ) from error


def _document(names: Iterable[str]) -> dict[str, Any]:
    network_key = secrets.token_bytes(NETWORK_KEY).hex()
    return {"format": FORMAT, "warning": WARNING, "networkKey": network_key, "keys": _new_keys(names)}


def _new_keys(names: Iterable[str]) -> dict[str, str]:
    return {name: secrets.token_hex(32) for name in names}


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
