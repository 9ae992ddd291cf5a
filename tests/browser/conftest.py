import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from verifier_js.proofs import Proof, committed_proofs

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """The machine's browser; skips where there is none, which on CI is a failure."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    missing = "no Chromium on the PATH: run scripts/install-browser"
    if os.environ.get("CI"):
        raise RuntimeError(missing)
    pytest.skip(missing)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module; each test takes a context of its own."""
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to start under root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        found = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield found
        found.close()


@pytest.fixture(scope="module")
def proofs() -> dict[str, Proof]:
    """Proofs of some lives, by name."""
    return committed_proofs()


@pytest.fixture
def files(proofs: dict[str, Proof], tmp_path: Path) -> Path:
    """A folder with `<name>.json` and `<name>.trust.json` for each proof."""
    for name, proof in proofs.items():
        (tmp_path / f"{name}.json").write_bytes(proof.bundle)
        (tmp_path / f"{name}.trust.json").write_bytes(proof.trust)
    return tmp_path
