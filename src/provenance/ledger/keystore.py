"""Encrypted key files, as every Ethereum wallet reads them (Web3 Secret Storage, version 3). Keys are never shown."""

from __future__ import annotations

import json
import os
from pathlib import Path

from eth_account import Account

from provenance.errors import ConfigError
from provenance.proofs.signatures import address_of_key

SHORTEST_PASSWORD = 8


def write_keystore(path: Path, secret: bytes, password: str) -> bytes:
    """Encrypts the key (32 bytes) into a new file that its owner alone reads; the key's address.

    Raises ConfigError where there is a file already, or for a password that protects nothing.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise ConfigError(f"the password is shorter than {SHORTEST_PASSWORD} characters: take a longer one")
    document = json.dumps(Account.encrypt(secret, password, kdf="scrypt"))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(f"{path} is there already: a key file is never overwritten") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(document + "\n")
        file.flush()
        os.fsync(file.fileno())
    return address_of_key(secret)


def read_keystore(path: Path, password: str) -> bytes:
    """The key in a file. Raises ConfigError for a file that is none, or another password."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as a key file: {type(error).__name__}") from None
    try:
        return bytes(Account.decrypt(text, password))
    except (ValueError, TypeError, KeyError, AssertionError):
        # The cause is left out: it might quote what it could not decrypt.
        raise ConfigError(f"{path} does not open: it is no key file, or the password is another") from None
