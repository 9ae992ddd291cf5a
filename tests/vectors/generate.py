"""Writes the vectors beside this file: what Python and Solidity must both compute.

Bytes are hex with 0x, integers are numbers below 2**53 or decimal text, lists are flat: Solidity tests read them too.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from provenance.model.anchors import AnchorWord
from provenance.model.calls import Contract
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer
from provenance.model.hashing import keccak
from provenance.model.ids import item_id, item_salt
from provenance.model.item import Item, apply
from provenance.model.messages import (
    Acceptance,
    Anchor,
    Challenge,
    ConditionReport,
    Correction,
    CustodyAcceptance,
    CustodyOffer,
    Hold,
    Intake,
    KeyGrant,
    KeyRevocation,
    Message,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import KeyKind, Role, Stage
from provenance.model.words import ChallengeWord, Journal, KeyWord, Slot, Standing, genesis
from provenance.proofs.canonical import canonical
from provenance.proofs.commitments import Field, root_of
from provenance.proofs.digests import event_digest
from provenance.proofs.eip712 import (
    CONTRACT_OF,
    TYPE_STRINGS,
    Domain,
    SignedTree,
    message_json,
    struct_hash,
    tree_type_hash,
    tree_type_string,
    type_hash,
    zero_hash,
)
from provenance.proofs.signatures import sign
from sample_keys import address, private_key

FOLDER = Path(__file__).parent

CHAIN_ID = 31337
CONTRACTS = {
    contract: keccak(f"vectors: {contract.value}".encode())[12:]
    for contract in (Contract.REGISTRY, Contract.LEDGER, Contract.ANCHORS)
}
DOMAINS = {contract: Domain(contract, CHAIN_ID, at) for contract, at in CONTRACTS.items()}
TIME = 1_767_225_600  # 2026-01-01T00:00:00Z
DEADLINE = TIME + 86_400
ITEM = keccak(b"vectors: item")


def detail(text: str) -> bytes:
    return keccak(f"vectors: {text}".encode())


MESSAGES: tuple[Message, ...] = (
    Intake(ITEM, 1, 0, DEADLINE, detail("intake")),
    ConditionReport(ITEM, 2, 2, 3, DEADLINE, detail("report")),
    CustodyOffer(ITEM, detail("prior"), 77, DEADLINE, detail("offer")),
    CustodyAcceptance(detail("offer"), 0x8021, detail("acceptance")),
    Withdrawal(ITEM, 4, detail("offer"), DEADLINE, detail("withdrawal")),
    Correction(ITEM, 5, 2, 1, DEADLINE, detail("correction")),
    Challenge(ITEM, 1, 2, DEADLINE, detail("challenge")),
    Hold(ITEM, 6, True, DEADLINE, detail("hold")),
    Ruling(ITEM, 65535, 14, 7, 0xFFFFFF, 65535, 2**64 - 1, detail("ruling")),
    KeyGrant(address("granted"), 9, 256 | 8, 2, TIME, 2**64 - 1, DEADLINE),
    KeyRevocation(address("granted"), TIME + 1, DEADLINE),
    Anchor(2, detail("statement"), DEADLINE),
)


def hexed(value: bytes) -> str:
    return "0x" + value.hex()


def plain(message: Message) -> dict[str, Any]:
    """Fields for reading back: bytes as hex, small integers as numbers, large ones as decimal text."""
    labels = message_json(message)
    values = (getattr(message, field.name) for field in fields(message))  # type: ignore[arg-type]
    return {label: _plain(value) for label, value in zip(labels, values, strict=True)}


def _plain(value: bytes | bool | int) -> str | bool | int:
    if isinstance(value, bytes):
        return hexed(value)
    return value if isinstance(value, bool) or value < 2**53 else str(value)


def items() -> Any:
    network_key = keccak(b"vectors: network key")
    uris = (
        "https://id.gs1.org/01/02000000000008/21/A1",
        "https://id.gs1.org/01/02000000000008/21/A%2F1",
        "urn:imei:353879234252633",
        "urn:x:" + "0" * 200,
    )
    for uri in uris:
        salt = item_salt(network_key, uri)
        yield {
            "networkKey": hexed(network_key),
            "uri": uri,
            "salt": hexed(salt),
            "item": hexed(item_id(salt, uri)),
        }


def details() -> Any:
    values: dict[str, Any] = {
        "occurredAt": "2026-01-01T00:00:00Z",
        "massKg": "1.250",
        "parts": [{"name": "belt", "count": 1}, {"name": "Schlüsselschraube M4", "count": 12}],
        "grade": {"code": "C5", "scheme": "R2v3"},
        "note": 'quote " backslash \\ control \u0001 euro € clef \U0001d11e',
        "powersOn": False,
        "assessor": None,
    }
    made = [
        Field(name, value, keccak(f"vectors: salt {name}".encode())[:16]) for name, value in values.items()
    ]
    withheld = made[1::3]
    yield {
        "fields": [
            {
                "name": field.name,
                "value": field.value,
                "salt": hexed(field.salt),
                "canonical": hexed(canonical(field.value)),
                "commitment": hexed(field.commitment),
            }
            for field in made
        ],
        "withheld": [hexed(field.commitment) for field in withheld],
        "root": hexed(root_of(made)),
        "emptyRoot": hexed(root_of([])),
    }


def messages() -> Any:
    for message in MESSAGES:
        of = type(message)
        label = f"signer of {of.__name__}"
        digest = DOMAINS[CONTRACT_OF[of]].digest(struct_hash(message))
        yield {
            "type": of.__name__,
            "contract": CONTRACT_OF[of].value,
            "typeString": TYPE_STRINGS[of],
            "typeHash": hexed(type_hash(of)),
            "zeroHash": hexed(zero_hash(of)),
            "message": plain(message),
            "structHash": hexed(struct_hash(message)),
            "domainSeparator": hexed(DOMAINS[CONTRACT_OF[of]].separator),
            "digest": hexed(digest),
            "privateKey": hexed(private_key(label)),
            "signer": hexed(address(label)),
            "signature": hexed(sign(private_key(label), digest)),
        }


def nth(message: Message, number: int) -> Message:
    """The message, made another by its details (or, where there are none, its deadline)."""
    values = {field.name: getattr(message, field.name) for field in fields(message)}  # type: ignore[arg-type]
    values["details"] = detail(f"{type(message).__name__} {number}")
    return type(message)(**values)


def trees() -> Any:
    """A tree of each type and of heights 1, 2, 3 and 7, with the paths of some of its subtrees."""
    counts = {1: 2, 2: 3, 3: 6, 7: 100}
    treed = [message for message in MESSAGES if CONTRACT_OF[type(message)] is Contract.LEDGER]
    for position, message in enumerate(treed):
        of = type(message)
        for height, count in counts.items():
            # The highest tree once for all: it is the same code, and the file stays small.
            if height == 7 and position != 1:
                continue
            tree = SignedTree(tuple(nth(message, number) for number in range(count)))
            label = f"signer of {of.__name__}"
            digest = DOMAINS[Contract.LEDGER].digest(tree.struct_hash)
            yield {
                "type": of.__name__,
                "height": height,
                "typeString": tree_type_string(of, height),
                "typeHash": hexed(tree_type_hash(of, height)),
                "leaves": [hexed(leaf) for leaf in tree.hashes],
                "structHash": hexed(tree.struct_hash),
                "digest": hexed(digest),
                "signer": hexed(address(label)),
                "signature": hexed(sign(private_key(label), digest)),
                "subtrees": list(_subtrees(tree)),
            }


def _subtrees(tree: SignedTree) -> Iterator[dict[str, Any]]:
    """The first and the last subtree of each height."""
    for height in range(tree.height + 1):
        last = (len(tree.messages) - 1) >> height
        for index in sorted({0, last}):
            first = index << height
            yield {
                "height": height,
                "index": index,
                "first": first,
                "count": min(1 << height, len(tree.messages) - first),
                "path": [hexed(node) for node in tree.path(index, height)],
            }


def signer(label: str, partner: int, roles: Role, kind: KeyKind = KeyKind.ACCOUNT) -> Signer:
    return Signer(address(label), partner, roles, kind)


CENTRE = signer("centre", 1, Role.INTAKE | Role.INSPECTOR)
SHOP = signer("shop", 2, Role.REPAIRER | Role.RESELLER, KeyKind.WALLET)
AUDITOR = signer("auditor", 3, Role.AUDITOR)


def history() -> Iterator[tuple[Callable[[Item], Event], int]]:
    """A life in events, each made from the item as it was before."""
    yield lambda _: Signed(Intake(ITEM, 1, 0, DEADLINE, detail("1")), CENTRE), TIME
    yield lambda _: Signed(ConditionReport(ITEM, 2, 2, 3, DEADLINE, detail("2")), CENTRE), TIME + 10
    yield lambda _: Signed(Challenge(ITEM, 1, 2, DEADLINE, detail("c1")), SHOP), TIME + 15
    yield (
        lambda i: HandOver(
            CustodyOffer(ITEM, i.slot.to_word(), 2, DEADLINE, detail("3")),
            CENTRE,
            Acceptance(33, detail("3a")),
            SHOP,
        ),
        TIME + 20,
    )
    yield lambda _: Signed(ConditionReport(ITEM, 4, 3, 3, DEADLINE, detail("4")), SHOP), TIME + 20
    yield lambda _: Signed(Withdrawal(ITEM, 5, detail("offer"), DEADLINE, detail("5")), SHOP), TIME + 30
    yield lambda _: Signed(Correction(ITEM, 6, 2, 1, DEADLINE, detail("6")), SHOP), TIME + 40
    yield lambda _: Signed(Hold(ITEM, 7, True, DEADLINE, detail("7")), AUDITOR), TIME + 50
    yield lambda _: Signed(Hold(ITEM, 8, False, DEADLINE, detail("8")), AUDITOR), TIME + 60
    yield (
        lambda _: AcceptedRuling(
            Ruling(ITEM, 9, 7, 2, 1, 1, DEADLINE, detail("9")), AUDITOR, Acceptance(0, detail("9a")), CENTRE
        ),
        TIME + 70,
    )
    yield lambda _: Signed(Challenge(ITEM, 2, 9, DEADLINE, detail("c2")), SHOP), TIME + 80
    yield lambda _: Signed(Ruling(ITEM, 10, 14, 7, 0, 2, DEADLINE, detail("10")), AUDITOR), TIME + 90


def events() -> Any:
    """One item's life: each event's digest, the word it leaves, and the journal after it."""
    ledger = CONTRACTS[Contract.LEDGER]
    item = Item(ITEM, genesis(CHAIN_ID, ledger, ITEM))
    journal = Journal.opened(CHAIN_ID, ledger)
    for make, time in history():
        event = make(item)
        digest = event_digest(event)
        is_challenge = isinstance(event, Signed) and isinstance(event.message, Challenge)
        before = item.challenges if is_challenge else item.slot
        item = apply(item, event, digest, time)
        after = item.challenges if is_challenge else item.slot
        word = after.to_word()
        journal = journal.fold(ITEM, word)
        begun = struct_hash(event.begins_with)
        entry = {
            "type": type(event.begins_with).__name__,
            "message": plain(event.begins_with),
            "structHash": hexed(begun),
            "signer": hexed(event.by.address),
            "kind": int(event.by.kind),
            "accepted": not isinstance(event, Signed),
            "acceptanceHash": hexed(bytes(32)),
            "receiver": hexed(bytes(20)),
            "receiverKind": 0,
            "time": time,
            "prior": hexed(before.to_word() if before else item.genesis),
            "digest": hexed(digest),
            "word": hexed(word),
            "journal": hexed(journal.to_word()),
        }
        if not isinstance(event, Signed):
            acceptance = event.acceptance.of(begun)
            entry["acceptance"] = plain(acceptance)
            entry["acceptanceHash"] = hexed(struct_hash(acceptance))
            entry["receiver"] = hexed(event.receiver.address)
            entry["receiverKind"] = int(event.receiver.kind)
        yield entry


def words() -> Any:
    head = keccak(b"vectors: head")
    slots = (
        Slot(head[:26], 1, Stage.RECEIVED, False, 0, 1),
        Slot(head[:26], 65535, Stage.DISPOSED, True, 7, 0),
        Slot(b"\xff" * 26, 0x0102, Stage.STORED_FOR_ANALYSIS, True, 5, 0xFFFFFF),
        Slot(bytes(26), 1, Stage.MISSING, False, 1, 0x010203),
    )
    keys = (
        KeyWord(1, Role.ADMIN, KeyKind.ACCOUNT, 1, 2),
        KeyWord(0xFFFFFF, Role(511), KeyKind.WALLET, 2**64 - 2, 2**64 - 1),
        KeyWord(0x010203, Role.AUDITOR | Role.INSPECTOR, KeyKind.WALLET, TIME, DEADLINE),
    )
    ledger = CONTRACTS[Contract.LEDGER]
    yield {
        "chainId": CHAIN_ID,
        "registry": hexed(CONTRACTS[Contract.REGISTRY]),
        "ledger": hexed(ledger),
        "anchors": hexed(CONTRACTS[Contract.ANCHORS]),
        "item": hexed(ITEM),
        "genesis": hexed(genesis(CHAIN_ID, ledger, ITEM)),
        "journalAtDeploy": hexed(Journal.opened(CHAIN_ID, ledger).to_word()),
        "slots": [
            {
                "word": hexed(slot.to_word()),
                "head": hexed(slot.head),
                "seq": slot.seq,
                "stage": int(slot.stage),
                "onHold": slot.on_hold,
                "grade": slot.grade,
                "custodian": slot.custodian,
            }
            for slot in slots
        ],
        "challenges": [
            {
                "word": hexed(ChallengeWord(head[:26], count).to_word()),
                "head": hexed(head[:26]),
                "count": count,
            }
            for count in (1, 65535)
        ],
        "keys": [
            {
                "word": hexed(key.to_word()),
                "partner": key.partner,
                "roles": int(key.roles),
                "kind": int(key.kind),
                "validFrom": str(key.valid_from),
                "validTo": str(key.valid_to),
            }
            for key in keys
        ],
        "standings": [
            {"word": hexed(Standing(Role(roles), off).to_word()), "allowedRoles": roles, "suspended": off}
            for roles, off in ((511, False), (3, True))
        ],
        "places": [{"word": hexed(AnchorWord(7, TIME).to_word()), "block": 7, "time": TIME}],
    }


FILES: dict[str, Callable[[], Any]] = {
    "items": items,
    "details": details,
    "messages": messages,
    "trees": trees,
    "events": events,
    "words": words,
}


def text_of(name: str) -> str:
    """The content of `<name>.json`."""
    return json.dumps({name: list(FILES[name]())}, indent=1, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    for name in FILES:
        (folder / f"{name}.json").write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
