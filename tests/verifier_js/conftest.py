from collections.abc import Iterator

import pytest

from verifier_js.engine import Engine, running
from verifier_js.proofs import Proof, made_proofs


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The browser's modules in one node for all tests."""
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Proof]:
    """Proofs of some lives, by name."""
    return made_proofs(tmp_path_factory.mktemp("proofs"))
