"""One ledger with a few real repairs, served to all tests of the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from played import played, settings_in
from provenance_api.app import create_app

ITEMS = 8


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with these repairs played to their end."""
    folder = tmp_path_factory.mktemp("api")
    with played(folder, ITEMS):
        pass
    return folder


@pytest.fixture(scope="session")
def app(folder: Path) -> FastAPI:
    return create_app(settings_in(folder))


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client
