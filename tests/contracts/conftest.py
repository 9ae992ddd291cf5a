"""The compiler for tests that compile Solidity of their own."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def node_tools() -> None:
    """Installs compiler and libraries where they are missing; a failure is the test's failure."""
    subprocess.run([ROOT / "scripts" / "install-node-tools"], check=True)
