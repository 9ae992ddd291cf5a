from collections.abc import Iterator

import pytest

from verifier_js.engine import Engine, running
from verifier_js.proofs import Proof, committed_proofs


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The browser's modules in one node for all tests."""
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def proofs() -> dict[str, Proof]:
    """Proofs of some lives, by name."""
    return committed_proofs()
