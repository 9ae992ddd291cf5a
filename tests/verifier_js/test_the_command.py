"""The browser's verifier on the command line, as continuous integration and other programs drive it."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from verifier_js.engine import SOURCES, node
from verifier_js.proofs import Proof


def run(*arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [node(), SOURCES / "cli.mjs", *arguments], input=given, capture_output=True, text=True, check=False
    )


@pytest.fixture
def files(proofs: dict[str, Proof], tmp_path: Path) -> tuple[Path, Path]:
    bundle, trust = tmp_path / "item.json", tmp_path / "trust.json"
    bundle.write_bytes(proofs["never"].bundle)
    trust.write_bytes(proofs["never"].trust)
    return bundle, trust


def test_the_first_line_of_a_verified_proof_says_as_of_when(files):
    bundle, trust = files
    done = run(bundle, "--trust", trust)
    assert done.returncode == 0
    assert done.stdout.startswith("complete as of ")


@pytest.mark.parametrize(
    ("arguments", "code", "verdict"),
    [
        ((), 0, "verified"),
        (("--min-block", "999999"), 1, "rejected"),
        (("--max-age", "10", "--now", "99999999999"), 1, "rejected"),
        (("--attestation", "trust"), 2, "cannot evaluate"),
    ],
)
def test_the_exit_code_is_the_verdict(files, arguments, code, verdict):
    bundle, trust = files
    given = [str(trust) if argument == "trust" else argument for argument in arguments]
    done = run(bundle, "--trust", trust, "--json", *given)
    assert done.returncode == code
    assert json.loads(done.stdout)["verdict"] == verdict


@pytest.mark.parametrize(
    "arguments", [(), ("item.json",), ("--min-block", "x"), ("absent.json", "--trust", "absent.json")]
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_batch_answers_each_line_with_one(proofs):
    proof = proofs["never"]
    trust = proof.trust.decode()
    lines = [
        {"bundle": proof.bundle.decode(), "trust": trust},
        {"bundleBase64": base64.b64encode(proof.bundle + b"\xff").decode(), "trust": trust},
        {"bundle": proof.bundle.decode(), "trust": "{}"},
        {"bundle": proof.bundle.decode(), "trust": trust, "options": {"minBlock": 999_999}},
    ]
    done = run("--batch", given="".join(json.dumps(line) + "\n" for line in lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["verdict"] for answer in answers] == [
        "verified",
        "rejected",
        "cannot evaluate",
        "rejected",
    ]
    assert [answer["step"] for answer in answers] == [None, 1, 1, 11]
