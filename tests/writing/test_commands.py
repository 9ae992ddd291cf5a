"""Partners write from the command line, signing with key files of their own, to a server near or far."""

import json
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from eth_account import Account
from typer.testing import CliRunner

from ledger.world import Member, World
from provenance.bootstrap import relaying
from provenance.cli import app
from provenance.errors import ConfigError, FieldError, ProvenanceError
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS
from provenance.ledger.keystore import read_keystore
from provenance.workflows.posting import Expected, Server, sign_typed
from provenance_api.app import create_app
from sample_keys import private_key
from writing.office import settings_for

PASSWORD = "correct horse battery"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def url(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application behind a real HTTP server."""
    settings = settings_for(world, tmp_path_factory.mktemp("served"))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def keys(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[Member, Path]:
    folder = tmp_path_factory.mktemp("keys")
    found = {who: folder / f"{who.label}.json" for who in (world.centre, world.workshop, world.auditor)}
    for who, path in found.items():
        quick = Account.encrypt(private_key(who.label), PASSWORD, kdf="pbkdf2", iterations=1000)
        path.write_text(json.dumps(quick))
    return found


def run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(
        app, list(arguments), env={"PROVENANCE_PASSWORD": PASSWORD, **environment}, catch_exceptions=True
    )


def made(*arguments: str) -> list[Json]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    (found,) = json.loads(result.stdout).values()
    return list(found)


def test_an_item_goes_from_intake_to_another_partner_and_is_disputed(
    world: World, url: str, keys: dict[Member, Path], tmp_path: Path
) -> None:
    centre, workshop, auditor = ((f"--key={keys[who]}", f"--server={url}") for who in keys)
    item = "0x" + world.new_item().hex()
    time.sleep(1)  # the server reads the registry first
    deployment = tmp_path / "deployment.json"
    world.deployment.save(deployment)
    pinned = f"--deployment={deployment}"
    assert (
        made("intake", item, *centre, pinned, "--detail", "partners:rma=RMA-7", "--wait")[0]["status"]
        == "final"
    )
    made("report", item, *centre, "--stage", "evaluated", "--grade", "3", "--detail", "note=Works", "--wait")
    (offer,) = made("offer", item, "--to", str(world.workshop.partner), *centre)
    listed = made("inbox", str(world.workshop.partner), f"--server={url}")
    assert offer["offer"] in [one["offer"] for one in listed]
    taken = made("accept", offer["offer"], "--exception", "damaged", *workshop, "--wait")
    assert (taken[0]["kind"], taken[0]["status"]) == ("CustodyTransfer", "final")
    (other,) = made("offer", item, "--to", str(world.centre.partner), *workshop)
    assert made("decline", other["offer"], "--reason", "No room", *centre)[0]["state"] == "declined"
    (third,) = made("offer", item, "--to", str(world.centre.partner), *workshop)
    assert made("withdraw", third["offer"], *workshop, "--wait")[0]["status"] == "final"
    made("challenge", item, "2", *centre, "--wait")
    made("correct", item, "2", "--answers", "1", *workshop, "--wait")
    made("hold", item, *auditor, "--wait")
    made("hold", item, "--lift", *auditor, "--wait")
    made("rule", item, "--stage", "received", "--to", str(world.workshop.partner), *auditor, "--wait")
    assert world.slot(bytes.fromhex(item[2:])).stage == 1


def test_a_refusal_is_one_line_that_says_what_to_do(url: str, keys: dict[Member, Path], world: World) -> None:
    result = run(
        "report", "0x" + "ab" * 32, "--stage", "missing", f"--key={keys[world.centre]}", f"--server={url}"
    )
    assert isinstance(result.exception, ProvenanceError)
    assert "take it in first" in str(result.exception)


def test_what_a_server_hands_out_instead_is_not_signed(url: str, world: World) -> None:
    item = "0x" + world.new_item().hex()
    wanted = {"item": item, "grade": 2, "details": [{"name": "note", "value": "a"}]}
    typed = Server(url).post("/typed-data/intake", {"messages": [wanted]})
    secret = private_key("centre")
    assert len(sign_typed("intake", [wanted], typed, secret, Expected())) == 65
    for other, where in (
        ({**wanted, "grade": 3}, Expected()),
        ({**wanted, "item": "0x" + "12" * 32}, Expected()),
        ({**wanted, "details": [{"name": "note", "value": "b"}]}, Expected()),
        (wanted, Expected(chain_id=1)),
        (wanted, Expected(ledger=bytes(20))),
    ):
        with pytest.raises(FieldError, match="not signed"):
            sign_typed("intake", [other], typed, secret, where)


def test_a_new_key_is_encrypted_readable_by_its_owner_alone_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    result = run("key", "new", str(file), "--json")
    assert result.exit_code == 0, result.output
    secret = read_keystore(file, PASSWORD)
    assert secret.hex() not in result.output + file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run("key", "new", str(file))
    assert isinstance(again.exception, ConfigError)
    with pytest.raises(ConfigError, match="password is another") as refused:
        read_keystore(file, "another password")
    assert secret.hex() not in str(refused.value)


def test_a_key_that_one_has_is_imported_without_being_shown(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    secret = private_key("imported")
    result = CliRunner().invoke(
        app, ["key", "import", str(file)], input=secret.hex() + "\n", env={"PROVENANCE_PASSWORD": PASSWORD}
    )
    assert result.exit_code == 0, result.output
    assert secret.hex() not in result.output
    assert read_keystore(file, PASSWORD) == secret


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    result = run("key", "new", str(tmp_path / "key.json"), PROVENANCE_PASSWORD="short")
    assert "longer" in str(result.exception)
    assert not (tmp_path / "key.json").exists()


def test_the_relayer_s_key_comes_from_a_keystore_and_is_never_shown(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "relayer.json"
    file.write_text(json.dumps(Account.encrypt(DEVELOPMENT_KEYS[2], PASSWORD, kdf="pbkdf2", iterations=1000)))
    settings = settings_for(
        world, tmp_path, operator_key=None, operator_keystore=file, operator_password=PASSWORD
    )
    with relaying(settings) as relay:
        assert "0x" + relay.address.hex() == str(Account.from_key(DEVELOPMENT_KEYS[2]).address).lower()
        shown = f"{settings!r} {settings} {relay!r} {vars(relay)!r} {caplog.text}"
    assert DEVELOPMENT_KEYS[2].removeprefix("0x") not in shown
    assert PASSWORD not in shown
