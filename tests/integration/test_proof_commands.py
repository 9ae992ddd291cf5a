"""Proving and verifying by hand: files in, a verdict, an exit code, and one clear line for every mistake."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from integration.conftest import served
from played import played, settings_in
from provenance import bootstrap, cli
from sample_keys import address, private_key

Run = Callable[..., tuple[int, str]]
ITEMS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("proofs")
    with played(folder, ITEMS):
        pass
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command; its exit code, and what it said on either stream."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["provenance", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        out, err = capfdbinary.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, (out + err).decode()

    return run


@pytest.fixture
def items(run: Run, folder: Path) -> list[dict[str, Any]]:
    _, said = run("item", "list", "--data", folder, "--json")
    return list(json.loads(said)["items"])


@pytest.fixture
def bundle(run: Run, folder: Path, items: list[dict[str, Any]], tmp_path: Path) -> Path:
    file = tmp_path / "item.json"
    assert run("prove", items[0]["id"], "-o", file, "--data", folder)[0] == 0
    return file


@pytest.fixture
def trust(run: Run, folder: Path, bundle: Path, tmp_path: Path) -> Path:
    """Pins the block that the bundle is of."""
    return made_trust(run, folder, tmp_path / "trust.json", "--block", pinned_block(folder))


def pinned_block(folder: Path) -> str:
    with bootstrap.reading(settings_in(folder)) as reader:
        final = reader.gateway.finalized()
    assert final is not None
    return f"{final.number}:0x{final.hash.hex()}"


def made_trust(run: Run, folder: Path, file: Path, *root: object) -> Path:
    code, said = run("trust", "make", "--deployment", folder / "deployment.json", *root, "-o", file)
    assert code == 0, said
    return file


def test_a_history_is_verified_and_told_with_what_is_not_proven(run: Run, bundle: Path, trust: Path) -> None:
    code, said = run("verify", bundle, "--trust", trust)
    assert code == 0
    lines = said.splitlines()
    assert lines[0].startswith("complete as of ")
    assert lines[0].endswith(": VERIFIED")
    assert "10 completeness" in said
    assert "Taken in as a return" in said
    assert "Nothing after the proven block" in said
    assert "One party runs this chain" in said


def test_a_changed_value_is_rejected_with_the_step_that_failed(run: Run, bundle: Path, trust: Path) -> None:
    bundle.write_text(bundle.read_text().replace('"Sample Workshop"', '"Sample Worksh0p"'))
    code, said = run("verify", bundle, "--trust", trust, "--json")
    assert code == 1
    told = json.loads(said)["files"][0]
    assert (told["verdict"], told["failed"]) == ("rejected", {"step": 8, "name": "keys"})
    assert "Sample Worksh0p" in told["reason"]


def test_what_cannot_be_judged_has_an_exit_code_of_its_own(
    run: Run, folder: Path, bundle: Path, trust: Path, tmp_path: Path
) -> None:
    other = made_trust(run, folder, tmp_path / "other.json", "--block", f"7:0x{'00' * 32}")
    code, said = run("verify", bundle, "--trust", other)
    assert (code, said.splitlines()[0][:15]) == (2, "CANNOT EVALUATE")
    assert "pins block 7 alone" in said
    assert run("verify", trust, "--trust", trust)[0] == 2
    code, said = run("verify", tmp_path / "none.json", "--trust", trust)
    assert code == 2
    assert said.strip() == f"error: {tmp_path / 'none.json'} cannot be read: No such file or directory"


def test_a_proof_older_or_lower_than_asked_for_is_refused(run: Run, bundle: Path, trust: Path) -> None:
    assert run("verify", bundle, "--trust", trust, "--max-age", "9999d")[0] == 0
    assert run("verify", bundle, "--trust", trust, "--max-age", "0s")[0] in (
        0,
        1,
    )  # the block may be of this second
    code, said = run("verify", bundle, "--trust", trust, "--min-block", "1000000")
    assert (code, "step 11, freshness" in said) == (1, True)
    code, said = run("verify", bundle, "--trust", trust, "--max-age", "soon")
    assert (code, said.strip()) == (
        2,
        "error: --max-age is soon: give a number with s, m, h or d, such as 12h",
    )


def test_bundles_are_held_against_the_journal_whether_they_are_all_items(
    run: Run, folder: Path, items: list[dict[str, Any]], trust: Path, tmp_path: Path
) -> None:
    journal, bundles = tmp_path / "ledger.jsonl", tmp_path / "all"
    assert run("prove", "--journal", "-o", journal, "--data", folder)[0] == 0
    assert run("prove", *(item["id"] for item in items), "-o", bundles, "--data", folder)[0] == 0
    files = sorted(bundles.iterdir())
    assert len(files) == ITEMS
    code, said = run("verify", *files, journal, "--trust", trust)
    assert (code, f"these bundles are all {ITEMS} items of the ledger" in said) == (0, True)
    code, said = run("verify", *files[1:], journal, "--trust", trust)
    assert (code, f"the first is 0x{files[0].stem}" in said) == (1, True)


def test_a_product_that_was_never_taken_in_is_proven_to_be_so(
    run: Run, folder: Path, trust: Path, tmp_path: Path
) -> None:
    file = tmp_path / "absent.json"
    uri = "https://id.gs1.org/01/09506000134352/21/NEVER1"
    code, said = run("prove", uri, "-o", file, "--data", folder)
    assert code == 0, said
    code, said = run("verify", file, "--trust", trust)
    assert (code, "this item was never taken in" in said, uri in said) == (0, True, True)


def test_witnesses_sign_what_their_node_calls_final_and_two_of_three_are_enough(
    run: Run, folder: Path, items: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVENANCE_PASSWORD", "correct horse")
    words = []
    for name in ("first witness", "second witness"):
        keystore, word = tmp_path / f"{name}.json", tmp_path / f"{name}.attestation"
        keystore.write_text(json.dumps(Account.encrypt(private_key(name), "correct horse", iterations=2)))
        assert run("witness", "--key", keystore, "-o", word, "--data", folder)[0] == 0
        words.append(word)
    three = [f"0x{address(name).hex()}" for name in ("first witness", "second witness", "third witness")]
    named = [part for witness in three for part in ("--witness", witness)]
    trust = made_trust(run, folder, tmp_path / "witnesses.json", *named, "--threshold", 2)
    file = tmp_path / "item.json"
    attested = ["--attestation", words[0], "--attestation", words[1]]
    assert run("prove", items[0]["id"], "-o", file, "--data", folder, *attested)[0] == 0
    assert run("verify", file, "--trust", trust)[0] == 0
    # Given beside the bundle they count as well.
    assert run("prove", items[0]["id"], "-o", file, "--data", folder)[0] == 0
    assert run("verify", file, "--trust", trust, *attested)[0] == 0
    code, said = run("verify", file, "--trust", trust, *attested[:2])
    assert (code, "1 of the pinned witnesses: at least 2 are needed" in said) == (1, True)
    monkeypatch.setenv("PROVENANCE_PASSWORD", "wrong")
    assert run("witness", "--key", tmp_path / "first witness.json", "--data", folder)[0] == 2


def test_a_node_of_ones_own_is_asked_for_the_blocks_hash(
    run: Run, folder: Path, bundle: Path, tmp_path: Path
) -> None:
    with served(tmp_path / "another chain.db") as other:
        trust = made_trust(run, folder, tmp_path / "node.json", "--node", other.url)
        code, said = run("verify", bundle, "--trust", trust)
        assert (code, "CANNOT EVALUATE" in said) == (2, True)
    with served(folder / "chain.db") as node:
        trust = made_trust(run, folder, tmp_path / "node.json", "--node", node.url)
        assert run("verify", bundle, "--trust", trust)[0] == 0
    code, said = run("verify", bundle, "--trust", trust)
    assert (code, "does not tell block" in said) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prove",), "give items, or --journal: one of them"),
        (("prove", "x", "--journal"), "give items, or --journal: one of them"),
        (
            ("prove", "0x" + "00" * 32, "--audience", "all"),
            "audience is all: give public, partners, auditors",
        ),
        (("prove", "0x" + "00" * 32, "--block", "999999"), "block is 999999: the index ends at block"),
        (("witness", "--key", "none", "--block", "999999"), "block is 999999: this node calls final"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    run: Run, folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    code, said = run(*arguments, "--data", folder)
    assert code == 2
    assert said.startswith("error: ")
    assert says in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ((), "give one trust root"),
        (("--node", "http://x", "--block", "1:0x00"), "give one trust root"),
        (("--block", "one"), "--block is one"),
        (("--block", "1:0x00"), "--block is 0x00"),
        (("--witness", "0x12"), "--witness is 0x12"),
        (("--witness", "0x" + "12" * 20, "--threshold", "2"), "--threshold is 2: there are 1 witnesses"),
    ],
)
def test_a_trust_root_that_cannot_be_is_refused(
    run: Run, folder: Path, root: tuple[str, ...], says: str
) -> None:
    code, said = run("trust", "make", "--deployment", folder / "deployment.json", *root)
    assert (code, says in said) == (2, True), said
