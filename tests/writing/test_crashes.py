"""Killed at any step, restarted or replaced, the sender brings every accepted submission to the chain exactly once."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration.conftest import new_database_url, postgres  # noqa: F401 - fixtures
from ledger.world import World
from provenance.model.calls import Contract
from provenance.model.messages import Intake
from provenance.proofs.eip712 import SignedTree
from provenance.proofs.signatures import no_wallet_answers
from provenance.store.database import Database, open_database
from provenance.store.reads import submission_counts
from provenance.workflows.following import follow
from provenance.workflows.judging import Bench, Signature
from provenance.workflows.submitting import Package, submit
from writing.office import settings_for
from writing.worker_process import STEPS

PATIENCE = 60.0
FOREVER = 2**40


class Load:
    """Partners who submit without a pause until they are told to stop."""

    def __init__(self, database: Database, world: World, threads: int = 2) -> None:
        self.accepted: list[bytes] = []
        self._database, self._world = database, world
        self._bench = Bench(world.deployment, no_wallet_answers)
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._submit) for _ in range(threads)]

    def _submit(self) -> None:
        domain = self._world.deployment.signatures().domains[Contract.LEDGER]
        many = 1
        while not self._stopping.wait(0.2):
            many = many % 7 + 1
            messages = tuple(Intake(self._world.new_item(), 1, 0, FOREVER) for _ in range(many))
            signature = self._world.centre.sign(domain, messages)
            assert SignedTree(messages).height <= 3
            submit(self._database, self._bench, Package(messages, Signature(signature)), int(time.time()))
            self.accepted += [message.item for message in messages]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def worker(folder: Path, world: World, url: str, step: str = "") -> Iterator[subprocess.Popen[bytes]]:
    program = Path(__file__).with_name("worker_process.py")
    process = subprocess.Popen(
        [sys.executable, str(program), str(folder), world.chain.target, url, step],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"works\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def url(new_database_url: Callable[[], str]) -> str:  # noqa: F811 - the fixture
    return new_database_url()


@pytest.fixture
def database(url: str, world: World) -> Iterator[Database]:
    opened = open_database(url)
    follow(opened, world.gateway)
    yield opened
    opened.close()


def await_all(database: Database) -> dict[str, int]:
    """Counts by status once nothing waits any more."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with database.reading() as connection:
            counts = submission_counts(connection)
        if not counts.keys() & {"pending", "sent", "included"}:
            return counts
        assert time.monotonic() < deadline, counts
        time.sleep(0.1)


def require_exactly_once(world: World, database: Database, accepted: Sequence[bytes], before: int) -> None:
    """Each item has its one event, and the ledger has no other record."""
    assert await_all(database) == {"final": len(accepted)}
    assert len(set(accepted)) == len(accepted)
    for item in accepted[:: max(1, len(accepted) // 20)]:
        assert world.slot(item).seq == 1
    assert world.gateway.journal().count - before == len(accepted)


def test_killed_at_every_step_every_submission_is_recorded_exactly_once(
    world: World, database: Database, url: str, tmp_path: Path
) -> None:
    settings_for(world, tmp_path)
    before = world.gateway.journal().count
    with Load(database, world) as load:
        for step in STEPS:
            with worker(tmp_path, world, url, step) as process:
                assert process.wait(PATIENCE) == -9, step
    with worker(tmp_path, world, url):
        require_exactly_once(world, database, load.accepted, before)
    assert len(load.accepted) > 50


def test_another_process_takes_over_within_ten_seconds(
    world: World, database: Database, url: str, tmp_path: Path
) -> None:
    settings_for(world, tmp_path)
    before = world.gateway.journal().count
    with Load(database, world) as load, worker(tmp_path, world, url) as first:
        await_records(world, before)
        with worker(tmp_path, world, url):
            first.kill()
            first.wait()
            died, recorded = time.monotonic(), world.gateway.journal().count
            await_records(world, recorded)
            assert time.monotonic() - died < 10
            load.__exit__()
            require_exactly_once(world, database, load.accepted, before)


def await_records(world: World, beyond: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while world.gateway.journal().count <= beyond:
        assert time.monotonic() < deadline
        time.sleep(0.05)
