import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from verifier_js.proofs import Proof, committed_proofs

ROOT = Path(__file__).parents[2]
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


def node() -> str:
    """The node that the other tests use: Playwright's own wants a library that a bare Debian lacks (libatomic)."""
    found = subprocess.run(["scripts/node-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return f"{found.stdout.strip()}/node"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module; each test takes a context of its own."""
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node())
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
