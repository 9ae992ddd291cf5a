"""A verifier's report as JSON: names in snake case, hashes as hex, times as Unix seconds and as text."""

from datetime import UTC, datetime
from typing import Any

from provenance.model.hashing import ZERO
from provenance.proofs.bundle import Document, KeySignature, Told
from provenance.proofs.journal import JournalReport, ProvenJournal
from provenance.proofs.state import Header
from provenance.proofs.verdict import NOT_PROVEN, Passed, Proven, Recorded, Report


def report_json(report: Report | JournalReport) -> dict[str, Any]:
    """Everything that the report says."""
    failed = {"step": report.failed.value, "name": report.failed.words} if report.failed else None
    proven = _proven(report.proven) if report.proven else {}
    return {
        "verdict": report.verdict.words,
        "failed": failed,
        "reason": report.reason,
        "steps": [_step(passed) for passed in report.steps],
        **proven,
        "not_proven": list(NOT_PROVEN),
    }


_END_OF_CALENDAR = 253_402_300_799  # 9999-12-31T23:59:59Z


def moment(time: int) -> str:
    """Unix seconds as UTC text; a header can name moments that no calendar here reaches."""
    if time > _END_OF_CALENDAR:
        return f"{time} seconds after 1970"
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _step(passed: Passed) -> dict[str, Any]:
    return {"step": passed.step.value, "name": passed.step.words, "found": passed.found}


def _proven(proven: Proven | ProvenJournal) -> dict[str, Any]:
    if isinstance(proven, ProvenJournal):
        return {
            "complete_as_of": _block(proven.header),
            "records": proven.records,
            "items": proven.items,
        }
    names = dict(proven.bundle.partners)
    return {
        "complete_as_of": _block(proven.header),
        "item": {"id": _hex(proven.bundle.item.id), "uri": proven.bundle.item.uri},
        "slot": _hex(proven.slot.to_word()) if proven.slot else None,
        "history": [_recorded(recorded, proven, names) for recorded in proven.history],
        "remarks": list(proven.remarks),
    }


def _block(header: Header) -> dict[str, Any]:
    return {
        "block": header.number,
        "hash": _hex(header.hash),
        "time": header.time,
        "time_utc": moment(header.time),
    }


def _recorded(recorded: Recorded, proven: Proven, names: dict[int, str | None]) -> dict[str, Any]:
    told, slot = recorded.told, recorded.after.slot
    parties = [_party(signed, proven, names) for signed in told.signatures]
    return {
        "kind": told.kind,
        "number": number_of(told, recorded),
        "time": told.time,
        "time_utc": moment(told.time),
        "stage": slot.stage.name if slot else None,
        "grade": slot.grade if slot else None,
        "on_hold": slot.on_hold if slot else None,
        "by": parties[0],
        "to": parties[1] if len(parties) > 1 else None,
        "reservations": told.accepted.acceptance.exceptions if told.accepted else 0,
        "corrects": getattr(told.message, "corrects", None),
        "challenged": getattr(told.message, "challenged", None),
        "answers": getattr(told.message, "answers", None) or None,
        "details": [_document(document) for document in told.documents if document.root != ZERO],
    }


def number_of(told: Told, recorded: Recorded) -> int:
    """The event's seq, or the challenge's count."""
    count = getattr(told.message, "count", None)
    if count is not None:
        return int(count)
    return recorded.after.slot.seq if recorded.after.slot else 0


def _party(signed: KeySignature, proven: Proven, names: dict[int, str | None]) -> dict[str, Any]:
    partner = proven.partner_of[signed.key]
    return {
        "partner": partner,
        "name": names.get(partner),
        "key": _hex(signed.key),
        "checked": signed.signature is not None,
    }


def _document(document: Document) -> dict[str, Any]:
    return {
        "root": _hex(document.root),
        "fields": {field.name: field.value for field in document.fields},
        "withheld": len(document.withheld),
    }


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
