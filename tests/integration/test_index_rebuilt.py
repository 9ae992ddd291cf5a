"""`provenance index rebuild` makes an equal index from the chain, and tells where the old one was not equal."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.indexed import all_rows
from integration.test_index_commands import run
from played import played
from provenance.store import schema
from provenance.workflows.network import Network
from provenance.workflows.rebuilding import rebuild


@pytest.fixture(scope="module")
def network(
    tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[[], str]
) -> Iterator[Network]:
    with played(tmp_path_factory.mktemp("ledger"), 4, new_database_url()) as network:
        yield network


def test_a_rebuilt_index_is_equal_and_says_so(network: Network) -> None:
    before = all_rows(network.database)
    heard: list[int] = []
    rebuilt = rebuild(network.database, network.gateway, heard.append)
    assert rebuilt.differing == ()
    assert rebuilt.rows["items"] == 4
    assert heard[-1] == rebuilt.block == network.gateway.head().number
    assert all_rows(network.database) == before


def test_an_index_that_somebody_changed_is_named_and_put_right(network: Network) -> None:
    before = all_rows(network.database)
    with network.database.writing() as connection:
        connection.execute(schema.items.update().values(grade=7))
        connection.execute(schema.signatures.delete())
    rebuilt = rebuild(network.database, network.gateway)
    assert set(rebuilt.differing) == {"items", "signatures"}
    assert all_rows(network.database) == before


def test_the_command_rebuilds_and_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with played(tmp_path, 2):
        pass
    assert run(monkeypatch, "index", "rebuild", "--data", str(tmp_path), "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["differing"] == []
    assert printed["rows"]["items"] == 2
    assert run(monkeypatch, "index", "rebuild", "--data", str(tmp_path)) == 0
    assert "DIFFERS" not in capsys.readouterr().out
