"""The ledger's tests run on the embedded chain and on anvil alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.conftest import open_chain
from ledger.world import World


@pytest.fixture(scope="session", params=["embedded", "anvil"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One deployment with three partners; tests share it and use items of their own."""
    folder: Path = tmp_path_factory.mktemp(f"ledger-{request.param}")
    with open_chain(request.param, folder) as chain:
        yield World(chain)
