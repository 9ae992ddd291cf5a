"""Settings: one table, read from options, from the environment (``PROVENANCE_...``) and from a ``.env`` file.

An option of the command line counts before the environment, the environment before ``.env`` in the working
directory, and that before the default. The fields of `Settings` are the table; the README repeats it, and a test
compares both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from provenance.errors import ConfigError

EMBEDDED = "embedded"
PREFIX = "PROVENANCE_"
FILE = ".env"
HIDDEN = "********"
SECRET = {"operator_key", "operator_password", "database"}
# Read elsewhere, before or without any settings: no mistake where they are set.
OTHERS = {"PROVENANCE_ANVIL", "PROVENANCE_KEY", "PROVENANCE_PASSWORD", "PROVENANCE_SERVER"}


def _setting(default: Any, meaning: str, takes: str, unset: str | None = None, **bounds: Any) -> Any:
    """One row of the table: what it means, what it takes, and in words what holds where it is not set."""
    return Field(default, description=meaning, json_schema_extra={"takes": takes, "unset": unset}, **bounds)


class Settings(BaseSettings):
    """All settings of all commands."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=FILE, extra="ignore", frozen=True)

    data: Path = _setting(
        Path("data"), "the one folder of the default set-up: chain, index, keys, evidence", "a folder"
    )
    chain: str = _setting(
        EMBEDDED,
        "`embedded` (a chain kept in the data folder) or a node's address",
        "`embedded` or a node's http(s) address, such as http://127.0.0.1:8545",
    )
    deployment: Path | None = _setting(
        None, "which contracts on which chain", "a file", "DATA/deployment.json"
    )
    database: str | None = _setting(
        None,
        "index, names, details, submissions",
        "a database URL, such as sqlite:///index.db or postgresql+psycopg://user@host/name",
        "sqlite:///DATA/index.db",
    )
    evidence: Path | None = _setting(
        None, "the folder that keeps evidence, each file under its hash", "a folder", "DATA/evidence"
    )
    evidence_limit: int = _setting(
        20_000_000,
        "the largest evidence file, in bytes",
        "a number of bytes from 1 to 1,000,000,000",
        ge=1,
        le=1_000_000_000,
    )
    keystore: Path | None = _setting(None, "the demonstration's keys; mode 600", "a file", "DATA/keys.json")
    operator_key: SecretStr | None = _setting(
        None, "who deploys and pays", "a private key, 64 hex digits", "the operator's in the keystore"
    )
    operator_keystore: Path | None = _setting(
        None, "the same key in an encrypted file, as `provenance key new` makes it", "a file", "none"
    )
    operator_password: SecretStr | None = _setting(None, "what opens that file", "a password", "none")
    host: str = _setting(
        "127.0.0.1", "the address on which pages and API listen", "an address of this machine"
    )
    port: int = _setting(8000, "and their port", "a port from 0 (any free one) to 65535", ge=0, le=65535)
    poll: float = _setting(
        1.0,
        "seconds between two looks for new blocks",
        "a number of seconds above 0",
        gt=0,
        allow_inf_nan=False,
    )
    confirmations: int | None = _setting(
        None,
        "after how many further blocks one is final",
        "a number of blocks, 0 or more",
        "at the chain's `finalized` tag, or 12 where it has none",
        ge=0,
    )
    capture: bool | None = _setting(
        None,
        "whether proofs are kept while the node still serves the state they are of",
        "true or false",
        "true for a node, false for the embedded chain, which forgets nothing",
    )

    @field_validator("chain")
    @classmethod
    def _is_embedded_or_a_url(cls, value: str) -> str:
        url = urlsplit(value)
        if value != EMBEDDED and (url.scheme not in ("http", "https") or not url.hostname or " " in value):
            raise ValueError("neither")
        return value

    @field_validator("database")
    @classmethod
    def _is_a_database_url(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"[a-z0-9_]+(\+[a-z0-9_]+)?://", value):
            raise ValueError("no URL")
        return value

    @field_validator("operator_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", value.get_secret_value()):
            raise ValueError("no key")
        return value

    @property
    def chain_location(self) -> str | Path:
        """What `ledger.chain.connect` takes: a URL, or the embedded chain's file."""
        return self.data / "chain.db" if self.chain == EMBEDDED else self.chain

    @property
    def deployment_file(self) -> Path:
        return self.deployment or self.data / "deployment.json"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'index.db'}"

    @property
    def evidence_folder(self) -> Path:
        return self.evidence or self.data / "evidence"

    @property
    def keystore_file(self) -> Path:
        return self.keystore or self.data / "keys.json"

    @property
    def captures(self) -> bool:
        """Whether proofs are captured."""
        return self.chain != EMBEDDED if self.capture is None else self.capture

    @property
    def trust_file(self) -> Path:
        return self.data / "trust.json"


@dataclass(frozen=True)
class Row:
    """One setting as the table shows it. ``default`` is in words where it depends on other settings."""

    variable: str
    default: str
    takes: str
    meaning: str


@dataclass(frozen=True)
class Chosen:
    """What one setting is, as it may be printed, and where that comes from: option, environment, file, default."""

    variable: str
    value: str
    source: str


def load_settings(**options: object) -> Settings:
    """Settings from options, environment, file and defaults, in this order; raises ConfigError for a wrong one."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic parses them
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        # What was meant as a key, or as an address with a password, is not printed, whatever it is.
        value = HIDDEN if name in SECRET else without_password(str(first.get("input")))
        raise ConfigError(f"{_variable(name)} is {value}: give {_row(name).takes}") from None


def table() -> list[Row]:
    """All settings, in the order in which the README lists them."""
    return [_row(name) for name in Settings.model_fields]


def chosen(settings: Settings, **options: object) -> list[Chosen]:
    """What each setting is and where it comes from; keys and passwords are not shown."""
    file = _file_variables()
    environment = _without_case(os.environ)
    found = []
    for name in Settings.model_fields:
        variable = _variable(name)
        if options.get(name) is not None:
            source = f"--{name}"
        elif variable in environment:
            source = "environment"
        elif variable in file:
            source = FILE
        else:
            source = "default"
        found.append(Chosen(variable, _printable(settings, name), source))
    return found


def unknown_variables() -> list[str]:
    """Variables of our prefix that are none of the settings: most likely misspelt."""
    known = {_variable(name) for name in Settings.model_fields} | OTHERS
    set_somewhere = {*_without_case(os.environ), *_file_variables()}
    return sorted(name for name in set_somewhere if name.startswith(PREFIX) and name not in known)


def without_password(url: str) -> str:
    """The address without the password that it may carry (RFC 3986 3.2.1)."""
    return re.sub(r"(://[^/?#@:]*):[^/?#]*@", rf"\1:{HIDDEN}@", url)


def _without_path(url: str) -> str:
    """A node's address without what follows the host: providers put their customers' keys there."""
    return re.sub(r"^(\w+://[^/?#]+)[/?#].+$", rf"\1/{HIDDEN}", url)


def _printable(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if value is None:
        effective = {
            "deployment": "deployment_file",
            "database": "database_url",
            "evidence": "evidence_folder",
        }
        effective |= {"keystore": "keystore_file"}
        return str(getattr(settings, effective[name])) if name in effective else _row(name).default
    if isinstance(value, SecretStr):
        return HIDDEN
    shown = without_password(str(value))
    return _without_path(shown) if name == "chain" else shown


def _row(name: str) -> Row:
    field = Settings.model_fields[name]
    more = field.json_schema_extra
    assert isinstance(more, dict)  # `_setting` made it
    default = more["unset"] or str(field.default)
    return Row(_variable(name), str(default), str(more["takes"]), str(field.description))


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _file_variables() -> dict[str, str | None]:
    return _without_case(DotEnvSettingsSource(Settings).env_vars)


def _without_case(variables: Mapping[str, str | None]) -> dict[str, str | None]:
    # pydantic-settings reads them whatever their case.
    return {name.upper(): value for name, value in variables.items()}
