"""Settings: one table, one order of precedence, one clear line for a mistake, and no secret in what is printed."""

from pathlib import Path

import pytest

from provenance.config import Settings, chosen, load_settings, table, unknown_variables
from provenance.errors import ConfigError

README = Path(__file__).parents[2] / "README.md"
KEY = "5a" * 32


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def source_of(variable: str, **options: object) -> tuple[str, str]:
    found = {one.variable: one for one in chosen(load_settings(**options), **options)}[variable]
    return found.value, found.source


def test_the_readme_s_table_is_the_settings_own() -> None:
    rows = [f"| `{row.variable}` | {row.default} | {row.meaning} |" for row in table()]
    written = [line for line in README.read_text("utf-8").splitlines() if line.startswith("| `PROVENANCE_")]
    assert written == rows
    assert len(rows) == len(Settings.model_fields)


def test_an_option_counts_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert source_of("PROVENANCE_PORT") == ("8000", "default")
    Path(".env").write_text("PROVENANCE_PORT=8001\n")
    assert source_of("PROVENANCE_PORT") == ("8001", ".env")
    monkeypatch.setenv("PROVENANCE_PORT", "8002")
    assert source_of("PROVENANCE_PORT") == ("8002", "environment")
    assert source_of("PROVENANCE_PORT", port=8003) == ("8003", "--port")


def test_what_follows_from_the_data_folder_is_shown_as_it_is_used() -> None:
    assert source_of("PROVENANCE_EVIDENCE", data="x") == ("x/evidence", "default")
    assert source_of("PROVENANCE_DATABASE", data="x") == ("sqlite:///x/index.db", "default")


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("CHAIN", "ws://localhost", "`embedded` or a node's http(s) address"),
        ("CHAIN", "https://", "`embedded` or a node's http(s) address"),
        ("CHAIN", "Embedded chain", "`embedded` or a node's http(s) address"),
        ("PORT", "65536", "a port from 0 (any free one) to 65535"),
        ("POLL", "0", "a number of seconds above 0"),
        ("POLL", "inf", "a number of seconds above 0"),
        ("CONFIRMATIONS", "-1", "a number of blocks, 0 or more"),
        ("EVIDENCE_LIMIT", "2 GB", "a number of bytes"),
        ("DATABASE", "index.db", "a database URL, such as"),
        ("OPERATOR_KEY", "secret", "a private key, 64 hex digits"),
    ],
)
def test_a_wrong_setting_says_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, remedy: str
) -> None:
    monkeypatch.setenv(f"PROVENANCE_{variable}", value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"PROVENANCE_{variable} is ")
    assert f": give {remedy}" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "secret"),
    [
        ("OPERATOR_KEY", KEY, KEY),
        ("OPERATOR_KEY", "0x123", "123"),
        ("DATABASE", "postgresql://user:p@ss:w@host/name", "p@ss:w"),
        ("DATABASE", "postgres:/user:word@host", "word"),
        ("CHAIN", "https://user:word@node.example/", "word"),
        ("CHAIN", "https://node.example/v3/word", "word"),
        ("CHAIN", "wss://user:word@node.example", "word"),
    ],
)
def test_no_secret_is_printed_neither_of_a_good_setting_nor_of_a_wrong_one(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, secret: str
) -> None:
    monkeypatch.setenv(f"PROVENANCE_{variable}", value)
    try:
        printed, _ = source_of(f"PROVENANCE_{variable}")
    except ConfigError as error:
        printed = str(error)
    assert secret not in printed
    assert "********" in printed


def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVENANCE_DATABSE", "x")
    Path(".env").write_text("PROVENANCE_HSOT=y\n")
    assert unknown_variables() == ["PROVENANCE_DATABSE", "PROVENANCE_HSOT"]
