"""The commands that read answer from the index; a mistake is one clear line and a code, never a traceback."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from played import played
from provenance import cli


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cli")
    with played(folder, 3):
        pass
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["provenance", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    code = stopped.value.code
    assert isinstance(code, int)
    return code


def test_an_item_s_history_is_told_in_full_as_json(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "item", "list", "--data", str(folder), "--json") == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert len(items) == 3
    for item in items:
        assert run(monkeypatch, "item", "show", str(item["uri"]), "--data", str(folder), "--json") == 0
        assert json.loads(capsys.readouterr().out)["slot"] == item["slot"]
        assert run(monkeypatch, "item", "history", item["serial"], "--data", str(folder), "--json") == 0
        events = json.loads(capsys.readouterr().out)["events"]
        assert [event["seq"] for event in events] == list(range(1, item["events"] + 1))


def test_every_event_names_digest_signers_slot_block_and_transaction_as_the_readme_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert "item history ITEM --json      # each event: digest, signers, slot, block, transaction" in readme
    run(monkeypatch, "item", "list", "--data", str(folder), "--json")
    item = json.loads(capsys.readouterr().out)["items"][0]
    run(monkeypatch, "item", "history", item["id"], "--data", str(folder), "--json")
    events = json.loads(capsys.readouterr().out)["events"]
    word, address = re.compile(r"0x[0-9a-f]{64}"), re.compile(r"0x[0-9a-f]{40}")
    for event in events:
        assert all(word.fullmatch(event[name]) for name in ("digest", "slot", "transaction"))
        assert event["block"] > 0
        signers = [party["key"] for party in (event["by"], event["to"]) if party]
        assert all(address.fullmatch(key) for key in signers)
        assert len(signers) == (2 if event["kind"] == "CustodyTransfer" else 1)
    assert events[-1]["slot"] == item["slot"]


def test_what_is_printed_for_people_names_partners_stage_and_what_is_made_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "item", "list", "--data", str(folder), "--json")
    item = json.loads(capsys.readouterr().out)["items"][0]
    assert run(monkeypatch, "item", "history", item["id"], "--data", str(folder)) == 0
    printed = capsys.readouterr().out
    assert item["title"] in printed
    assert "Sample Returns Centre" in printed
    assert "(made up)" in printed
    assert f"final at block {item['last_block']}" in printed


def test_events_partners_and_keys_are_listed_and_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> dict[str, Any]:
        assert run(monkeypatch, *arguments, "--data", str(folder), "--json") == 0
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert document["complete"] is True
        return document

    def printed(*arguments: str) -> str:
        assert run(monkeypatch, *arguments, "--data", str(folder)) == 0
        return capsys.readouterr().out

    first = told("event", "list", "--limit", "1")
    second = told("event", "list", "--limit", "1", "--after", first["next"])
    assert first["events"] != second["events"]
    event = first["events"][0]
    shown = told("event", "show", event["uri"], str(event["seq"]))["event"]
    assert shown["digest"] == event["digest"]
    assert event["what"] in printed("event", "show", event["item"], str(event["seq"]))
    assert event["title"] in printed("event", "list", "--item", event["uri"])

    partners = told("partner", "list")["partners"]
    auditor = next(partner for partner in partners if partner["name"] == "Sample Auditor")
    assert "AUDITOR" in auditor["allowed_roles"]
    assert "Sample Auditor" in printed("partner", "list")
    keys = told("partner", "show", str(auditor["partner"]))["all_keys"]
    assert keys == told("key", "list", "--partner", str(auditor["partner"]))["keys"]
    for key in keys:
        assert told("key", "show", key["key"])["roles"] == key["roles"]
        assert key["key"] in printed("key", "show", key["key"])
        assert key["key"] in printed("partner", "show", str(auditor["partner"]))


def test_one_search_finds_items_partners_keys_and_transactions(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "event", "list", "--limit", "1", "--data", str(folder), "--json")
    (event,) = json.loads(capsys.readouterr().out)["events"]
    for asked, kind in (
        (event["uri"], "item"),
        (event["transaction"], "transaction"),
        (event["by"]["key"], "key"),
        (event["by"]["name"], "partner"),
    ):
        assert run(monkeypatch, "search", asked, "--data", str(folder), "--json") == 0
        assert kind in [hit["kind"] for hit in json.loads(capsys.readouterr().out)["hits"]]
        assert run(monkeypatch, "search", asked, "--data", str(folder)) == 0
        assert capsys.readouterr().out.startswith(kind)
    assert run(monkeypatch, "search", "nosuchthing", "--data", str(folder)) == 0
    assert "nothing found as of block" in capsys.readouterr().err


def test_lists_are_filtered_and_sorted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> dict[str, Any]:
        assert run(monkeypatch, *arguments, "--data", str(folder), "--json") == 0
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    titles = [item["title"].lower() for item in told("item", "list", "--sort", "title")["items"]]
    assert titles == sorted(titles)
    brand = told("item", "list")["items"][0]["brand"]
    assert {item["brand"] for item in told("item", "list", "--brand", brand)["items"]} == {brand}
    event = told("event", "list", "--kind", "CustodyTransfer", "--limit", "1")["events"][0]
    giver = event["by"]["partner"]
    signed = told("event", "list", "--partner", str(giver), "--limit", "100")["events"]
    assert all(giver in (e["by"]["partner"], e["to"] and e["to"]["partner"]) for e in signed)
    carried = told("event", "list", "--transaction", event["transaction"])["events"]
    assert event["digest"] in [other["digest"] for other in carried]


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command of the command line, with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


# These do something; what they print is for people.
DOING = {("demo",), ("serve",), ("deploy",), ("chain", "serve"), ("evidence", "erase")}
# These write a document that is JSON anyway.
WRITING_JSON = {("prove",), ("witness",), ("trust", "make")}


def test_every_reading_command_prints_json_on_demand() -> None:
    for path, command in commands(typer.main.get_command(cli.app)):
        options = {option for parameter in command.params for option in parameter.opts}
        assert ("--json" in options) is (path not in DOING | WRITING_JSON), path


def test_status_counts_what_is_recorded(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "status", "--data", str(folder), "--json") == 0
    status = json.loads(capsys.readouterr().out)
    assert status["items"] == 3
    assert status["complete"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ("item", "show", "https://id.gs1.org/01/09521234543214/21/A"),
            2,
            "Expected 3, got 4. Scan or type it again",
        ),
        (("event", "show", "NOSUCHSERIAL", "1"), 1, "no item NOSUCHSERIAL is indexed"),
        (("partner", "show", "99"), 1, "no partner 99 is indexed as of block"),
        (("key", "show", "0x12"), 2, "an address is 0x and 40 hex digits"),
        (("event", "list", "--kind", "Repair"), 2, "kind is Repair: give one of Intake, ConditionReport"),
        (("item", "list", "--sort", "price"), 2, "sort is price: give one of newest, oldest, first_seen"),
        (("item", "show", "NOSUCHSERIAL"), 1, "no item NOSUCHSERIAL is indexed as of block"),
        (("item", "list", "--after", "yesterday"), 2, "cursor yesterday is none of ours"),
    ],
)
def test_a_mistake_is_one_clear_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    assert run(monkeypatch, *arguments, "--data", str(folder)) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert words in printed.err
    assert printed.err.count("\n") == 1


def test_a_folder_without_a_ledger_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "item", "list", "--data", str(tmp_path)) == 1
    assert "run `provenance demo`" in capsys.readouterr().err
    assert run(monkeypatch, "serve", "--data", str(tmp_path)) == 2
    assert "deployment.json is missing" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROVENANCE_PORT", "http")
    assert run(monkeypatch, "status") == 2
    assert capsys.readouterr().err.startswith("error: PROVENANCE_PORT is http: ")
