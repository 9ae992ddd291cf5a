"""Both verifiers on one case of the corpus: the same bytes in, verdict and step out."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attacks.edits import applied
from provenance.proofs.attestations import Attestation
from provenance.proofs.ground import Wanted
from provenance.proofs.verdict import Report
from provenance.proofs.verifier import verify

ROOT = Path(__file__).parents[2]
BUNDLES = ROOT / "tests" / "vectors" / "bundles"
ENTRY = ROOT / "api" / "provenance_api" / "verifier" / "cli.mjs"

Case = Mapping[str, Any]


def load_files() -> dict[str, Any]:
    """The values of all files in `vectors/bundles`, by their names without `.json`."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(BUNDLES.glob("*.json"))}


def case_bytes(case: Case, files: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """The bundle's and the trust file's bytes."""
    return applied(files[case["bundle"]], case["edits"]), applied(files[case["trust"]], case["trustEdits"])


def report_of(case: Case, files: Mapping[str, Any]) -> Report:
    """What the Python verifier says of the case."""
    bundle, trust = case_bytes(case, files)
    options = case["options"]
    named = options.get("blockHash")
    wanted = Wanted(
        now=options.get("now"),
        max_age=options.get("maxAge"),
        min_block=options.get("minBlock"),
        attestations=tuple(
            Attestation.from_bytes(json.dumps(given).encode()) for given in options.get("attestations", ())
        ),
    )
    return verify(bundle, trust, wanted, (lambda _url, _number: bytes.fromhex(named[2:])) if named else None)


def judge_python(case: Case, files: Mapping[str, Any]) -> tuple[str, int | None, str | None]:
    """Verdict, number of the step that failed, and why."""
    report = report_of(case, files)
    return report.verdict.words, report.failed.value if report.failed else None, report.reason


def judge_javascript(
    cases: Iterable[Case], files: Mapping[str, Any]
) -> list[tuple[str, int | None, str | None]]:
    """The same by the browser's verifier, all in one process."""
    lines = "".join(json.dumps(_request(case, files)) + "\n" for case in cases)
    return judged_lines(lines)


def judged_lines(lines: str) -> list[tuple[str, int | None, str | None]]:
    """What the browser's verifier says of each request, a line each."""
    done = subprocess.run(
        [node(), ENTRY, "--batch"], input=lines.encode(), capture_output=True, check=True, timeout=120
    )
    return [_judgement(json.loads(line)) for line in done.stdout.decode().splitlines()]


def request_of(bundle: bytes, trust: bytes) -> dict[str, Any]:
    """A request to the browser's verifier."""
    return {"bundleBase64": base64.b64encode(bundle).decode(), "trust": trust.decode()}


def _request(case: Case, files: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(case["options"])
    if "attestations" in options:
        options["attestations"] = [json.dumps(given) for given in options["attestations"]]
    return {**request_of(*case_bytes(case, files)), "options": options}


def _judgement(report: Mapping[str, Any]) -> tuple[str, int | None, str | None]:
    step = report["step"] if report["verdict"] == "rejected" else None
    return report["verdict"], step, report["reason"]


def node() -> str:
    """The node that the project's scripts use."""
    folder = subprocess.run([ROOT / "scripts" / "node-path"], capture_output=True, text=True, check=True)
    found = shutil.which("node", path=folder.stdout.strip())
    assert found is not None
    return found
