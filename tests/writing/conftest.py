"""A ledger on an anvil of our own, served by the real application, and partners who sign what they are handed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from integration.conftest import require_anvil
from ledger.world import World
from postgres import run_postgres
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import connect
from provenance_api.app import create_app
from writing.office import Office, settings_for


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "sqlite":
        yield None
        return
    with run_postgres() as server:
        yield server.new_database()


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    require_anvil()
    with run_anvil() as anvil:
        yield World(connect(anvil.url))


@pytest.fixture(scope="session")
def office(
    world: World, database_url: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """The API over this ledger, which sends and follows."""
    folder: Path = tmp_path_factory.mktemp("office")
    settings = settings_for(world, folder, database_url)
    with TestClient(create_app(settings)) as client:
        office = Office(client, world)
        office.until_caught_up()
        yield office
