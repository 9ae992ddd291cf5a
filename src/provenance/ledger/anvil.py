"""A local anvil as a child process, under the same rules as the embedded chain (see `embedded.forks`).

One rule is missing: under Prague anvil 1.7.1 does not enforce EIP-7825's cap, whatever it is told.
"""

import json
import os
import platform
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provenance.errors import ChainError, ConfigError

from .embedded.genesis import BASE_FEE, BLOCK_GAS_LIMIT

CHAIN_ID = 31_337
START_SECONDS = 20
STOP_SECONDS = 5
ATTEMPTS = 5  # a port found free may be taken by someone else before anvil binds it
PACKAGES = {"x86_64": "anvil-linux-amd64", "aarch64": "anvil-linux-arm64"}


class AnvilMissing(ConfigError):  # noqa: N818 - named for what happened
    """No anvil binary was found."""


class AnvilFailed(ChainError):  # noqa: N818
    """Anvil did not start, or it is not our child that answers."""


@dataclass(frozen=True, slots=True)
class Anvil:
    """A running anvil of our own: `url` is its JSON-RPC address."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def find_anvil() -> Path:
    """The anvil binary: PROVENANCE_ANVIL, else node_modules of the repository, else PATH.

    The file of npm's platform package is the binary itself; the ``anvil`` command npm makes is a node script
    around it, whose death would leave the binary running.
    """
    named = os.environ.get("PROVENANCE_ANVIL")
    if named:
        return _require_executable(Path(named))
    package = PACKAGES.get(platform.machine(), "")
    for root in Path(__file__).resolve().parents:
        binary = root / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
        if package and binary.is_file():
            return binary
    found = shutil.which("anvil")
    if found is None:
        raise AnvilMissing(
            "anvil: not found in PROVENANCE_ANVIL, node_modules or PATH; npm install @foundry-rs/anvil@1.7.1"
        )
    return Path(found)


def _require_executable(binary: Path) -> Path:
    if not os.access(binary, os.X_OK):
        raise AnvilMissing(f"PROVENANCE_ANVIL is {binary}: not an executable file; name the anvil binary")
    return binary


@contextmanager
def run_anvil(
    *, chain_id: int = CHAIN_ID, timestamp: int | None = None, states: int | None = None
) -> Iterator[Anvil]:
    """Start anvil on a free port of 127.0.0.1 and stop it at the end of the block.

    Every transaction gets a block; the ten development accounts are funded. `states` is the number of newest blocks whose
    state it keeps, None for all. Raises AnvilMissing, AnvilFailed.
    """
    anvil = _start(find_anvil(), _rules(chain_id, timestamp, states))
    try:
        yield anvil
    finally:
        _stop(anvil.process)


def _start(binary: Path, rules: list[str]) -> Anvil:
    for attempt in range(1, ATTEMPTS + 1):
        port = _free_port()
        process = subprocess.Popen(  # noqa: S603 - the binary found above, no shell
            [str(binary), *rules, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _await_our_child(process, port)
        except AnvilFailed:
            _stop(process)
            if attempt == ATTEMPTS:
                raise
        else:
            return Anvil(process, port)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _rules(chain_id: int, timestamp: int | None, states: int | None) -> list[str]:
    rules = ["--silent", "--host", "127.0.0.1", "--hardfork", "prague", "--chain-id", str(chain_id)]
    rules += ["--gas-limit", str(BLOCK_GAS_LIMIT), "--base-fee", str(BASE_FEE), "--no-priority-fee"]
    if timestamp is not None:
        rules += ["--timestamp", str(timestamp)]
    return rules if states is None else [*rules, "--prune-history", str(states)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_our_child(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the child answers at block 0: with a stranger on the port, our child would be dead."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        number = _block_number(port)
        if process.poll() is not None:
            raise AnvilFailed(f"anvil: ended with exit code {process.returncode} on port {port}")
        if number is not None:
            if number != 0:
                raise AnvilFailed(
                    f"anvil: port {port} answers at block {number}; it is not the one just started"
                )
            return
        time.sleep(0.02)
    raise AnvilFailed(f"anvil: no answer on port {port} within {START_SECONDS} s")


def _block_number(port: int) -> int | None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=2) as response:  # noqa: S310
            return int(json.load(response)["result"], 16)
    except (OSError, ValueError, KeyError):
        return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
