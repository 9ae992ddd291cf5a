"""Check proofs: `provenance verify`. It runs with the base installation, offline unless the trust file names a node."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provenance.cli.shared import JsonOption, print_json
from provenance.errors import ConfigError

if TYPE_CHECKING:
    from provenance.proofs.ground import Wanted
    from provenance.proofs.journal import JournalReport
    from provenance.proofs.verdict import Proven, Recorded, Report

NODE_SECONDS = 20
_JOURNAL = b'{"format": "returns-provenance journal'
_AGES = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def verify(  # noqa: PLR0917 - a command's options
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Bundles, or a journal proof (.jsonl).")
    ],
    trust: Annotated[
        Path, typer.Option("--trust", metavar="TRUST.json", help="What you pin: see `provenance trust make`.")
    ],
    max_age: Annotated[
        str | None, typer.Option("--max-age", metavar="AGE", help="Refuse older proofs: 90s, 15m, 12h, 7d.")
    ] = None,
    min_block: Annotated[
        int | None, typer.Option("--min-block", min=0, help="Refuse proofs of a lower block.")
    ] = None,
    attestation: Annotated[
        list[Path] | None, typer.Option("--attestation", metavar="FILE", help="A witness's word; repeatable.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check item histories (or the whole ledger's journal) by nothing but the files given.

    Exit code 0: verified. 1: rejected. 2: cannot be evaluated. With a journal proof of the same block beside bundles, it also
    says whether the bundles cover every item of the ledger.
    """
    from provenance.proofs.verdict import Verdict

    wanted = _wanted(max_age, min_block, attestation or [])
    pinned = _read(trust)
    told, verdicts = [], []
    bundles: dict[bytes, Proven] = {}
    journals: list[tuple[Path, JournalReport, set[bytes]]] = []
    for file in files:
        report: Report | JournalReport
        if _is_journal(file):
            report, items = _journal(file, pinned, wanted)
            journals.append((file, report, items))
        else:
            report = _bundle(file, pinned, wanted, bundles)
        verdicts.append(report.verdict)
        told.append(_tell(file, report, as_json))
    covered = [_cover(file, report, items, bundles) for file, report, items in journals] if bundles else []
    if as_json:
        print_json({"files": told, "coverage": covered})
    else:
        _print_coverage(covered)
    missing = any(entry["missing"] for entry in covered)
    if Verdict.REJECTED in verdicts or missing:
        raise typer.Exit(Verdict.REJECTED.value)
    if Verdict.CANNOT_EVALUATE in verdicts:
        raise typer.Exit(Verdict.CANNOT_EVALUATE.value)


def _wanted(max_age: str | None, min_block: int | None, attestations: list[Path]) -> Wanted:
    from provenance.proofs.attestations import Attestation
    from provenance.proofs.ground import Wanted

    words = tuple(Attestation.from_bytes(_read(file)) for file in attestations)
    return Wanted(int(time.time()), _seconds(max_age), min_block, words)


def _seconds(age: str | None) -> int | None:
    if age is None:
        return None
    number, unit = age[:-1], age[-1:]
    if unit not in _AGES or not (number.isascii() and number.isdigit()):
        raise ConfigError(f"--max-age is {age}: give a number with s, m, h or d, such as 12h")
    return int(number) * _AGES[unit]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None


def _is_journal(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_JOURNAL)) == _JOURNAL
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None


def _bundle(file: Path, trust: bytes, wanted: Wanted, bundles: dict[bytes, Proven]) -> Report:
    from provenance.proofs import verifier

    report = verifier.verify(_read(file), trust, wanted, ask_node)
    if report.proven:
        bundles[report.proven.bundle.item.id] = report.proven
    return report


def _journal(file: Path, trust: bytes, wanted: Wanted) -> tuple[JournalReport, set[bytes]]:
    from provenance.proofs.journal import verify_journal

    items: set[bytes] = set()
    with file.open("rb") as lines:
        report = verify_journal(lines, trust, wanted, ask_node, lambda item, _: items.add(item))
    return report, items


def _cover(
    file: Path, report: JournalReport, items: set[bytes], bundles: dict[bytes, Proven]
) -> dict[str, Any]:
    """Whether the bundles are all the items that the journal names, each proven at its block."""
    same = {
        item
        for item, proven in bundles.items()
        if report.proven and proven.header.hash == report.proven.header.hash
    }
    missing = sorted(items - same) if report.proven else []
    return {
        "journal": str(file),
        "items": len(items),
        "missing": len(missing),
        "first_missing": "0x" + missing[0].hex() if missing else None,
    }


def _print_coverage(covered: list[dict[str, Any]]) -> None:
    for entry in covered:
        if entry["missing"]:
            typer.echo(
                f"{entry['missing']} of the ledger's {entry['items']} items have no verified bundle of the same block here; "
                f"the first is {entry['first_missing']}"
            )
        else:
            typer.echo(f"these bundles are all {entry['items']} items of the ledger")


def _tell(file: Path, report: Report | JournalReport, as_json: bool) -> dict[str, Any]:
    from provenance.proofs.telling import report_json

    document = {"file": str(file), **report_json(report)}
    if not as_json:
        _print_report(file, report, document)
    return document


def _print_report(file: Path, report: Report | JournalReport, document: dict[str, Any]) -> None:
    from provenance.proofs.verdict import NOT_PROVEN, Proven

    typer.echo(_first_line(report, document))
    typer.echo(f"  {file}")
    for step in document["steps"]:
        typer.echo(f"  {step['step']:>2} {step['name']:<13} {step['found']}")
    if report.failed:
        typer.echo(f"  {report.failed.value:>2} {report.failed.words:<13} FAILED: {report.reason}")
    if isinstance(report.proven, Proven):
        _print_history(report.proven)
        for remark in report.proven.remarks:
            typer.echo(f"  note: {remark}")
    typer.echo("What this does not say:")
    for sentence in NOT_PROVEN:
        typer.echo(f"  - {sentence}")


def _first_line(report: Report | JournalReport, document: dict[str, Any]) -> str:
    if report.proven:
        block = document["complete_as_of"]
        return f"complete as of {block['time_utc']} (block {block['block']}): VERIFIED"
    if report.failed:
        return f"REJECTED at step {report.failed.value}, {report.failed.words}: {report.reason}"
    return f"CANNOT EVALUATE: {report.reason}"


def _print_history(proven: Proven) -> None:
    if proven.slot is None:
        typer.echo("  this item was never taken in")
        return
    before = None
    for recorded in proven.history:
        typer.echo(_line(recorded, proven, before))
        before = recorded.after.slot.stage if recorded.after.slot else None


def _line(recorded: Recorded, proven: Proven, before: int | None) -> str:
    from provenance.proofs.telling import moment, number_of
    from provenance.workflows.wording import event_words

    told, slot = recorded.told, recorded.after.slot
    words = event_words(told.kind, slot.stage if slot else 0, before)
    names = dict(proven.bundle.partners)
    who = [
        names.get(proven.partner_of[signed.key]) or f"partner {proven.partner_of[signed.key]}"
        for signed in told.signatures
    ]
    mark = "c" if told.kind == "Challenge" else " "
    return f"  {mark}{number_of(told, recorded):>3}  {moment(told.time)}  {words:<32} {' -> '.join(who)}"


def ask_node(url: str, number: int) -> bytes:
    """The hash of the block of this number, as the node at the URL has it (eth_getBlockByNumber)."""
    from provenance.proofs.verdict import CannotEvaluate

    if not url.startswith(("http://", "https://")):
        raise CannotEvaluate(f"the trust root's url is {url}: give a node's http(s) address")
    question = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": [hex(number), False]}
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url, json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=NODE_SECONDS) as answer:  # noqa: S310
            block = json.load(answer)["result"]
        return bytes.fromhex(block["hash"].removeprefix("0x"))
    except (urllib.error.URLError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotEvaluate(f"the node at {url} does not tell block {number}: {error}") from error
