"""The browser's verifier in node, driven line by line."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "api" / "provenance_api" / "verifier"
DRIVER = Path(__file__).parent / "driver.mjs"


class Rejection(Exception):  # noqa: N818 - what a module says, not a failure
    """The module rejected what it was given."""


class Refusal(Rejection):
    """A rule of the ledger refused, by name."""


class Engine:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def call(self, op: str, **given: Any) -> Any:
        """What the module answers; Rejection or Refusal where it refuses."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"op": op, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the engine broke down: see what it printed"
        answer = json.loads(line)
        if "refused" in answer:
            raise Refusal(answer["refused"])
        if "rejected" in answer:
            raise Rejection(answer["rejected"])
        return answer["ok"]

    def verify(self, bundle: bytes, trust: bytes, **options: Any) -> Mapping[str, Any]:
        """The report on a bundle; `attestations` are files' bytes, `blockHash` is what a node would answer."""
        if "attestations" in options:
            options["attestations"] = [as_file(data) for data in options["attestations"]]
        report: Mapping[str, Any] = self.call(
            "verify", bundle=as_file(bundle), trust=as_file(trust), options=options
        )
        return report


def as_file(data: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode()}


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def node() -> str:
    """The path of node; skips where the JavaScript libraries are not installed, which on CI is a failure."""
    missing = "run scripts/install-node-tools"
    if not (ROOT / "node_modules" / "@noble" / "curves").is_dir():
        if os.environ.get("CI"):
            raise RuntimeError(missing)
        pytest.skip(missing)
    folder = subprocess.run([ROOT / "scripts" / "node-path"], capture_output=True, text=True, check=True)
    return str(Path(folder.stdout.strip()) / "node")


@contextmanager
def running() -> Iterator[Engine]:
    process = subprocess.Popen([node(), DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield Engine(process)
        assert process.stdin
        process.stdin.close()
    assert process.returncode == 0
