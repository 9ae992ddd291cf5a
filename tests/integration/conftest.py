"""Chains of every kind for the tests: in this process, over HTTP, and a local anvil."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration.probe import DEPLOYMENT
from integration.wallet import Wallet
from postgres import Server, run_postgres
from provenance.ledger.anvil import AnvilMissing, find_anvil, run_anvil
from provenance.ledger.chain import Chain, connect
from provenance.ledger.embedded.node import EmbeddedNode
from provenance.ledger.embedded.server import ChainServer
from provenance.store.database import Database, open_database

KINDS = ("embedded", "http", "anvil")


def require_anvil() -> None:
    """Skip where there is no anvil; on CI that is a failure instead."""
    try:
        find_anvil()
    except AnvilMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@contextmanager
def served(path: Path, *, development: bool = True) -> Iterator[ChainServer]:
    """An embedded chain behind its HTTP server, on a free port."""
    server = ChainServer(EmbeddedNode(path), "127.0.0.1", 0, development=development)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


@contextmanager
def open_chain(kind: str, folder: Path) -> Iterator[Chain]:
    path = folder / "chain.sqlite3"
    if kind == "embedded":
        with connect(path, development=True) as chain:
            yield chain
    elif kind == "http":
        with served(path) as server:
            yield connect(server.url)
    else:
        require_anvil()
        with run_anvil() as anvil:
            yield connect(anvil.url)


@pytest.fixture(params=KINDS)
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    """Each kind of chain in turn, fresh, with the development accounts funded."""
    with open_chain(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Chain]:
    with open_chain("embedded", tmp_path) as opened:
        yield opened


@pytest.fixture
def wallet(chain: Chain) -> Wallet:
    return Wallet(chain)


@pytest.fixture
def probe(wallet: Wallet) -> str:
    """Address of a deployed probe contract."""
    return wallet.deploy(DEPLOYMENT)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of our own; never skipped, it comes with the development dependencies."""
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Makes URLs of new databases, of each kind in turn."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        return server.new_database
    return lambda: f"sqlite:///{tmp_path_factory.mktemp('database') / 'index.db'}"


@pytest.fixture
def database(new_database_url: Callable[[], str]) -> Iterator[Database]:
    """A new, empty database of each kind in turn."""
    opened = open_database(new_database_url())
    yield opened
    opened.close()
