"""Real repairs played into a real embedded chain, for tests that need a ledger with a history."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provenance import bootstrap
from provenance.config import Settings
from provenance.interchange.sample import sample_repairs
from provenance.workflows import playing
from provenance.workflows.network import Network


def settings_in(folder: Path, database: str | None = None) -> Settings:
    """Settings of a data folder, whatever the environment says; ``database`` is a URL."""
    return Settings(data=folder, database=database, _env_file=None)


@contextmanager
def played(folder: Path, items: int, database: str | None = None) -> Iterator[Network]:
    """The ledger in the folder with these first repairs of the sample played to their end."""
    settings = settings_in(folder, database)
    keyring = bootstrap.open_demo_keyring(settings)
    with bootstrap.writing(settings, keyring) as network:
        cast = playing.enrol_cast(network, keyring)
        playing.perform(network, cast, playing.parts(sample_repairs(items), keyring), lambda _: None)
        yield network
