"""What the contracts must answer, byte for byte, given what the model says: reverts and logs.

Signatures of errors come from the contracts' ABI, those of logs from the specification's section 7.
"""

import re
from functools import cache
from pathlib import Path

from equal_rules.evm import Log
from provenance.errors import Refused
from provenance.ledger.artifact import load
from provenance.model.calls import CallSkip, Outcome, Record, Skip
from provenance.model.events import AcceptedRuling, HandOver
from provenance.model.hashing import enc, keccak, word
from provenance.model.messages import (
    Challenge,
    ConditionReport,
    Correction,
    Hold,
    Intake,
    Ruling,
    Withdrawal,
)

SPEC = (Path(__file__).parents[2] / "contracts" / "SPEC.md").read_text(encoding="utf-8")
NOBODY = bytes(20)


@cache
def selectors() -> dict[str, bytes]:
    """The first four bytes of each custom error."""
    found = {}
    for contract in ("PartnerRegistry", "ProvenanceLedger", "Anchors"):
        for entry in load(contract).abi:
            if entry["type"] == "error":
                types = ",".join(given["type"] for given in entry["inputs"])
                found[entry["name"]] = keccak(f"{entry['name']}({types})".encode())[:4]
    return found


def revert_data(reason: Refused) -> bytes:
    return selectors()[reason.name] + enc(*reason.args)


@cache
def topics() -> dict[str, bytes]:
    """The first topic of each of the ledger's logs."""
    section = SPEC[SPEC.index("## 7.") :]
    found = {}
    for name, inside in re.findall(r"^(\w+)\((.*)\)$", section, re.MULTILINE):
        types = ",".join(part.strip().split(" ")[0] for part in inside.split(","))
        found[name] = keccak(f"{name}({types})".encode())
    return found


def ledger_log(ledger: bytes, outcome: Outcome) -> Log:
    match outcome:
        case Skip(item, index, reason):
            return Log(ledger, (topics()["Skipped"], item), word(index) + _tail(1, reason))
        case CallSkip(index, reason):
            return Log(ledger, (topics()["CallSkipped"],), word(index) + _tail(1, reason))
        case Record():
            name, values = _record(outcome)
            return Log(ledger, (topics()[name], outcome.event.item), enc(outcome.word, *values))
    raise TypeError(outcome)


def _tail(before: int, reason: Refused) -> bytes:
    """A dynamic last argument: its offset, length and padded bytes."""
    data = revert_data(reason)
    return enc(32 * (before + 1), len(data)) + data + bytes(-len(data) % 32)


def _record(record: Record) -> tuple[str, tuple[int | bytes, ...]]:
    event = record.event
    by = event.by.address
    if isinstance(event, HandOver):
        offer, accepted = event.offer, event.acceptance
        both = (by, event.receiver.address, offer.deadline)
        return "CustodyTransferred", (*both, accepted.exceptions, offer.details, accepted.details)
    if isinstance(event, AcceptedRuling):
        m, accepted = event.ruling, event.acceptance
        receiver = (event.receiver.address, accepted.exceptions, accepted.details)
        return "ItemRuled", (by, m.deadline, m.answers, m.details, *receiver)
    m = event.message
    match m:
        case Intake():
            return "ItemTakenIn", (by, m.deadline, m.details)
        case ConditionReport():
            return "ConditionReported", (by, m.deadline, m.details)
        case Withdrawal():
            return "OfferWithdrawn", (by, m.deadline, m.offer, m.details)
        case Correction():
            return "EventCorrected", (by, m.deadline, m.corrects, m.answers, m.details)
        case Challenge():
            return "EventChallenged", (by, m.deadline, m.challenged, m.details)
        case Hold():
            return "HoldChanged", (by, m.deadline, m.details)
        case Ruling():
            return "ItemRuled", (by, m.deadline, m.answers, m.details, NOBODY, 0, 0)
    raise TypeError(m)


def log(at: bytes, signature: str, indexed: tuple[int | bytes, ...], *data: int | bytes) -> Log:
    """A log of the registry or the anchors, by its Solidity signature."""
    return Log(at, (keccak(signature.encode()), *map(word, indexed)), enc(*data))
