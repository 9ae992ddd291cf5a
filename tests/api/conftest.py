"""One ledger with a few real repairs, served to all tests of the API."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from played import played, settings_in
from postgres import run_postgres
from provenance_api.app import create_app

ITEMS = 8


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Each kind of database in turn; None is the SQLite file in the data folder."""
    if request.param == "sqlite":
        yield None
        return
    with run_postgres() as server:
        yield server.new_database()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, database_url: str | None) -> FastAPI:
    """The application over a ledger with these repairs played to their end."""
    folder = tmp_path_factory.mktemp("api")
    with played(folder, ITEMS, database_url):
        pass
    return create_app(settings_in(folder, database_url))


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client
