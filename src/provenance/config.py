"""Settings: one table, from the environment (``PROVENANCE_...``) or a ``.env`` file in the working directory.

======================  =======================  =========================================================
variable                default                  meaning
======================  =======================  =========================================================
PROVENANCE_DATA         ./data                   the one folder of the default set-up: chain, index, keys
PROVENANCE_CHAIN        embedded                 ``embedded`` (a chain kept in the data folder) or a
                                                 node's http(s) URL
PROVENANCE_DEPLOYMENT   DATA/deployment.json     which contracts on which chain
PROVENANCE_DATABASE     sqlite:///DATA/index.db  index, names, details, submissions (SQLAlchemy URL)
PROVENANCE_KEYSTORE     DATA/keys.json           the demonstration's keys; mode 600
PROVENANCE_OPERATOR_KEY (DATA/keys.json)         who deploys and pays: a private key, 64 hex digits
PROVENANCE_HOST         127.0.0.1                the address on which pages and API listen
PROVENANCE_PORT         8000                     and their port
PROVENANCE_POLL         1.0                      seconds between two looks for new blocks
PROVENANCE_CONFIRMATIONS (as the chain says)     after how many further blocks one is final; unset: at the
                                                 chain's ``finalized`` tag, or after 12 where it has none
======================  =======================  =========================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from provenance.errors import ConfigError

EMBEDDED = "embedded"


class Settings(BaseSettings):
    """All settings of all commands; see the module's table."""

    model_config = SettingsConfigDict(env_prefix="PROVENANCE_", env_file=".env", extra="ignore", frozen=True)

    data: Path = Path("data")
    chain: str = Field(EMBEDDED, pattern=r"^(embedded|https?://\S+)$")
    deployment: Path | None = None
    database: str | None = None
    keystore: Path | None = None
    operator_key: SecretStr | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    poll: Annotated[float, Field(gt=0)] = 1.0
    confirmations: Annotated[int, Field(ge=0)] | None = None

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
    def keystore_file(self) -> Path:
        return self.keystore or self.data / "keys.json"

    @property
    def trust_file(self) -> Path:
        return self.data / "trust.json"


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, except those given here; raises ConfigError for a wrong one."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic parses them
    except ValidationError as error:
        first = error.errors()[0]
        name = f"PROVENANCE_{str(first['loc'][0]).upper()}"
        raise ConfigError(f"{name} is {first.get('input')}: {first['msg']}") from error
