"""The demonstration, run as a user runs it: as a process of its own, stopped by force and started again."""

import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

import pytest

from played import settings_in
from provenance import bootstrap
from provenance.interchange import play
from provenance.interchange.ords import made_up_item
from provenance.interchange.sample import sample_repairs
from provenance.workflows import counting, tracing

ITEMS = 24
PATIENCE = 120
# Block numbers at which the demonstration is killed: while it deploys, enrols, and in four waves of the play.
KILLED_AT = (2, 9, 19, 21, 23, 24)


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "provenance", "demo", "--data", str(folder), *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )


def blocks_in(folder: Path) -> int:
    """How many blocks the chain file holds, read past the process that writes it."""
    try:
        chain = sqlite3.connect(f"file:{folder / 'chain.db'}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return 0
    try:
        return int(chain.execute("SELECT max(number) FROM block").fetchone()[0] or 0)
    except sqlite3.OperationalError:
        return 0
    finally:
        chain.close()


def killed_at(folder: Path, block: int) -> None:
    """Starts the demonstration and kills it as soon as the chain has so many blocks."""
    running = start(folder, "--items", str(ITEMS), "--no-serve")
    patience = time.monotonic() + PATIENCE
    while blocks_in(folder) < block:
        assert running.poll() is None, f"ended before block {block}: {running.communicate()[1]}"
        assert time.monotonic() < patience
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after being killed six times and then left to finish."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    for block in KILLED_AT:
        killed_at(folder, block)
    done = start(folder, "--items", str(ITEMS), "--no-serve")
    _, errors = done.communicate(timeout=PATIENCE)
    assert done.returncode == 0, errors
    return folder


def test_killed_again_and_again_it_finishes_with_every_history_whole_and_nothing_doubled(
    finished: Path,
) -> None:
    repairs = sample_repairs(ITEMS)
    with bootstrap.reading(settings_in(finished)) as ledger:
        for repair in repairs:
            item = tracing.find(ledger.database, made_up_item(repair).uri)
            events = tracing.history(ledger.database, item).events
            steps = play.steps(repair)
            assert [event.seq for event in events] == list(range(1, len(steps) + 1))
            assert [event.kind for event in events] == [kind_of(step) for step in steps]
            assert not any(event.missing_details for event in events)
        expected = sum(len(play.steps(repair)) for repair in repairs)
        assert ledger.gateway.journal().count == expected
        overview = counting.overview(ledger.database)
        assert (overview.items, overview.events) == (ITEMS, expected)
        assert overview.submissions == {"final": expected}
        assert ledger.gateway.partner_count() == 7


def kind_of(step: play.Step) -> str:
    return {play.TakeIn: "Intake", play.Report: "ConditionReport", play.HandOver: "CustodyTransfer"}[
        type(step)
    ]


def test_run_once_more_it_records_nothing(finished: Path) -> None:
    before = blocks_in(finished)
    again = start(finished, "--items", str(ITEMS), "--no-serve")
    output, errors = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, errors
    assert blocks_in(finished) == before
    assert f"{ITEMS} items" in output
    assert "/01/02" in output


def test_it_serves_the_pages_whose_addresses_it_prints(finished: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    serving = start(finished, "--items", str(ITEMS), "--port", port)
    assert serving.stdout is not None
    addresses = [line.split()[0] for line in lines_until(serving.stdout, 6) if f"//127.0.0.1:{port}/" in line]
    assert len(addresses) >= 4
    try:
        pages = [page(address) for address in addresses]
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=PATIENCE)
    assert "What happened to this product?" in pages[0]
    assert all("Final at block" in text and "real data" in text for text in pages[1:])


def lines_until(stream: IO[str], count: int) -> list[str]:
    return [stream.readline() for _ in range(count)]


def page(address: str) -> str:
    """The page at the address, as a browser gets it; the server may need a moment to start."""
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(request) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > patience:
                raise
            time.sleep(0.05)


def test_demonstration_keys_are_readable_by_their_owner_alone(finished: Path) -> None:
    mode = stat.S_IMODE((finished / "keys.json").stat().st_mode)
    assert mode == 0o600
    assert "Demonstration keys" in (finished / "keys.json").read_text()


def test_everything_it_made_is_in_its_data_folder(finished: Path) -> None:
    made = {path.name for path in finished.iterdir()}
    assert {"chain.db", "index.db", "keys.json", "deployment.json", "trust.json"} <= made


def test_more_items_than_the_sample_holds_is_one_clear_line(tmp_path: Path) -> None:
    refused = start(tmp_path / "data", "--items", "401", "--no-serve")
    output, errors = refused.communicate(timeout=PATIENCE)
    assert refused.returncode == 2
    assert errors == "error: items is 401: the sample holds 400 repairs: give a number from 1 to that\n"
    assert not output
    assert not (tmp_path / "data").exists()
