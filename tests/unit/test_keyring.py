"""A keyring is made once, whole, for its owner alone, and gives no secret away in a message."""

import stat
from pathlib import Path

import pytest

from provenance.errors import ConfigError
from provenance.workflows.keyring import open_keyring


def test_the_same_keys_are_found_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "keys.json"
    first, second = (open_keyring(file, ("one", "two")) for _ in range(2))
    assert first == second
    assert first["one"].address != first["two"].address
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["keys.json"]


def test_a_name_that_is_new_gets_a_key_and_the_others_keep_theirs(tmp_path: Path) -> None:
    before = open_keyring(tmp_path / "keys.json", ("one",))
    after = open_keyring(tmp_path / "keys.json", ("one", "two"))
    assert (after["one"], after.network_key) == (before["one"], before.network_key)
    assert open_keyring(tmp_path / "keys.json", ("two",))["two"] == after["two"]


def test_what_was_left_by_a_kill_in_mid_write_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "keys.part").write_text('{"format": "retu')
    assert len(open_keyring(tmp_path / "keys.json", ("one",))["one"].secret) == 32


@pytest.mark.parametrize("text", ["", "[]", '{"format": "another 7"}', '{"format": 3, "keys": {}}'])
def test_a_file_that_is_no_keyring_is_refused_by_its_path(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"keys\.json"):
        open_keyring(file, ("one",))
    assert file.read_text() == text


def test_a_key_does_not_print_its_secret(tmp_path: Path) -> None:
    key = open_keyring(tmp_path / "keys.json", ("one",))["one"]
    assert key.secret.hex() not in repr(key)
    assert key.address.hex() in repr(key)
