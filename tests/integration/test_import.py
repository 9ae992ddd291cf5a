"""An import, run as a user runs it: killed by force it goes on, run again it records nothing, and it swallows nothing."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from integration.test_demo import PATIENCE, blocks_in
from played import settings_in
from provenance import bootstrap
from provenance.interchange import play
from provenance.interchange.ords import COLUMNS, made_up_item
from provenance.interchange.sample import sample_repairs
from provenance.model.vocabulary import Grade, Stage
from provenance.workflows import playing, tracing

ITEMS = 30
KILLED_AT = (5, 20, 22, 23)
MALFORMED = 2


@pytest.fixture(scope="module")
def repairs_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty real repairs in Windows' encoding, a row with a wrong status and one that comes twice among them."""
    text = files("provenance").joinpath("samples/repairs.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))[:ITEMS]
    wrong = rows[0] | {"id": "another_1", "repair_status": "Broken"}
    file = tmp_path_factory.mktemp("file") / "repairs.csv"
    with file.open("w", encoding="cp1252", errors="replace", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows([*rows[:10], wrong, rows[3], *rows[10:]])
    return file


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "provenance", "import", *map(str, arguments)]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def run(*arguments: object) -> tuple[int, str, str]:
    running = start(*arguments)
    output, errors = running.communicate(timeout=PATIENCE)
    return running.returncode, output, errors


def kill_at(folder: Path, file: Path, block: int) -> None:
    running = start("repairs", file, "--data", folder)
    patience = time.monotonic() + PATIENCE
    while blocks_in(folder) < block:
        assert running.poll() is None, f"ended before block {block}: {running.communicate()[1]}"
        assert time.monotonic() < patience
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, repairs_file: Path) -> tuple[Path, str]:
    """The data folder after an import was killed four times and left to finish; and what the last run printed."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    for block in KILLED_AT:
        kill_at(folder, repairs_file, block)
    code, output, errors = run("repairs", repairs_file, "--data", folder, "--json")
    assert code == 0, errors
    return folder, output


def test_killed_again_and_again_it_loses_and_doubles_nothing(imported: tuple[Path, str]) -> None:
    repairs = sample_repairs(ITEMS)
    expected = sum(len(play.steps(repair)) for repair in repairs)
    with bootstrap.reading(settings_in(imported[0])) as ledger:
        for repair in repairs:
            item = tracing.find(ledger.database, made_up_item(repair).uri)
            events = tracing.history(ledger.database, item).events
            assert [event.seq for event in events] == list(range(1, len(play.steps(repair)) + 1))
            assert not any(event.missing_details for event in events)
        assert ledger.gateway.journal().count == expected
    report = json.loads(imported[1])
    assert report["imported_events"] + report["already_recorded_events"] == expected
    assert report["already_recorded_events"] > 0


def test_counts_by_outcome_are_the_file_s_and_what_was_left_out_is_named(imported: tuple[Path, str]) -> None:
    report = json.loads(imported[1])
    assert report["outcomes"] == Counter(repair.outcome.value for repair in sample_repairs(ITEMS))
    assert (report["rows"], report["malformed_rows"]) == (ITEMS + MALFORMED, MALFORMED)
    status, again = report["problems"]
    assert "repair_status is Broken" in status["reason"]
    assert "an earlier row has the same id" in again["reason"]
    assert status["line"] < again["line"]


def test_run_again_it_records_nothing(imported: tuple[Path, str], repairs_file: Path) -> None:
    before = blocks_in(imported[0])
    code, output, errors = run("repairs", repairs_file, "--data", imported[0])
    assert code == 0, errors
    assert blocks_in(imported[0]) == before
    assert f"0 items imported with 0 events, {ITEMS} were recorded before" in output
    assert "not imported: repairs.csv, line" in errors


def test_strict_records_nothing_unless_every_row_is_good(tmp_path: Path, repairs_file: Path) -> None:
    code, output, _ = run("repairs", repairs_file, "--data", tmp_path / "data", "--strict")
    assert code == 2
    assert "nothing was recorded" in output
    assert not (tmp_path / "data").exists()


def test_a_file_with_nothing_to_import_is_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text(",".join(COLUMNS) + "\n")
    assert run("repairs", file, "--data", tmp_path / "data")[0] == 2


def test_a_mapped_export_is_recorded_by_its_own_partner_once(tmp_path: Path) -> None:
    mappings = files("provenance").joinpath("samples/mappings")
    command = ("csv", mappings.joinpath("rma-desk.csv"), "--mapping", mappings.joinpath("rma-desk.toml"))
    reports = []
    for _ in range(2):
        code, output, errors = run(*command, "--data", tmp_path, "--json")
        assert code == 0, errors
        reports.append(json.loads(output))
    assert (reports[0]["imported_items"], reports[1]["imported_items"]) == (6, 0)
    assert reports[1]["already_recorded_items"] == 6
    with bootstrap.reading(settings_in(tmp_path)) as ledger:
        history = tracing.history(ledger.database, tracing.find(ledger.database, "M0003"))
    assert {event.by.name for event in history.events} == {"Sample RMA Desk"}
    assert [event.said("inferred") for event in history.events] == [None, True, None, None, True, None]


def test_a_column_that_the_file_lacks_is_one_clear_line(tmp_path: Path) -> None:
    mapping = files("provenance").joinpath("samples/mappings/rma-desk.toml")
    file = tmp_path / "other.csv"
    file.write_text("EAN,Status\n1,OPEN\n")
    code, _, errors = run("csv", file, "--mapping", mapping, "--data", tmp_path / "data")
    assert code == 2
    assert errors.startswith("error: other.csv: column Serial No is missing: correct the mapping")
    assert errors.count("\n") == 1


def test_an_item_that_gets_stuck_is_named_with_its_reason_and_blocks_no_other(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    keyring = bootstrap.open_demo_keyring(settings)
    good, bad = playing.parts(sample_repairs(2), keyring)
    leap = play.Report(play.Actor.RETURNS, Stage.RESALE_READY, Grade.GOOD, {})
    bad = replace(bad, steps=(bad.steps[0], replace(leap, by=play.Actor.RESELLER)))
    heard: list[tuple[str, str]] = []
    with bootstrap.writing(settings, keyring) as network:
        cast = playing.enrol_cast(network, keyring)
        played = playing.perform(
            network, cast, [bad, good], lambda _: None, lambda part, why: heard.append((part.name.uri, why))
        )
    assert (played.items, played.stuck, played.events) == (2, 1, 1 + len(good.steps))
    ((uri, why),) = heard
    assert uri == bad.name.uri
    assert "is in stage RECEIVED (1) and cannot move to RESALE_READY (7)" in why
