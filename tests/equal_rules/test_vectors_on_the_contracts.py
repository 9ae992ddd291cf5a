"""The vectors are what the deployed contracts compute, too: they take the signatures and leave the words."""

import json
from pathlib import Path

import pytest

from equal_rules.evm import Answer, Evm, place_of
from equal_rules.expected import revert_data, selectors
from equal_rules.wallets import WALLETS
from provenance.errors import BadSignature
from provenance.ledger import calls as wire
from provenance.ledger import immutables
from provenance.ledger.artifact import expected_runtime_code, load
from provenance.model.calls import Authorization, Call, Contract
from provenance.model.events import Event, Signed
from provenance.model.item import Item, apply
from provenance.model.messages import Acceptance, CustodyAcceptance, CustodyOffer, Message
from provenance.model.vocabulary import KeyKind, Role
from provenance.model.words import Journal, KeyWord, Standing, genesis
from provenance.proofs.digests import event_digest
from provenance.proofs.eip712 import CONTRACT_OF, struct_hash
from provenance.proofs.signatures import sign
from sample_keys import address, private_key
from vectors import generate

CHAIN, AT = generate.CHAIN_ID, generate.CONTRACTS
REGISTRY, LEDGER, ANCHORS = AT[Contract.REGISTRY], AT[Contract.LEDGER], AT[Contract.ANCHORS]
SLOTS = {name: load(name).storage_slots for name in ("PartnerRegistry", "ProvenanceLedger")}
ANYBODY = b"\xee" * 20


def vectors(name: str) -> list[dict]:
    file = Path(generate.__file__).parent / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))[name]


def to_bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@pytest.fixture
def evm() -> Evm:
    """The contracts at the addresses and on the chain for which the vectors were signed."""
    evm = Evm(generate.TIME, chain_id=CHAIN)
    for name, at, values in (
        ("PartnerRegistry", REGISTRY, immutables.of_registry(CHAIN, REGISTRY)),
        ("ProvenanceLedger", LEDGER, immutables.of_ledger(CHAIN, LEDGER, REGISTRY, bytes(20))),
        ("Anchors", ANCHORS, immutables.of_anchors(CHAIN, ANCHORS, REGISTRY)),
    ):
        evm.put_code(at, expected_runtime_code(load(name), values))
    evm.put_word(LEDGER, SLOTS["ProvenanceLedger"]["_journal"], Journal.opened(CHAIN, LEDGER).to_word())
    evm.put_word(
        REGISTRY, place_of(SLOTS["PartnerRegistry"]["_standings"], 9), Standing(Role(511), False).to_word()
    )
    return evm


def put_key(evm: Evm, key: bytes, partner: int, roles: Role, kind: KeyKind = KeyKind.ACCOUNT) -> None:
    word = KeyWord(partner, roles, kind, 0, 2**64 - 1).to_word()
    evm.put_word(REGISTRY, place_of(SLOTS["PartnerRegistry"]["_keys"], key), word)


def reason(answer: Answer) -> str | None:
    names = {selector: name for name, selector in selectors().items()}
    return None if answer.ok else names[answer.output[:4]]


def test_the_life_of_the_vectors_leaves_their_words_and_journal_in_the_contract(evm):
    for signer in (generate.CENTRE, generate.SHOP, generate.AUDITOR):
        put_key(evm, signer.address, signer.partner, signer.roles, signer.kind)
    evm.put_code(generate.SHOP.address, WALLETS["lying"].code(b""))
    item = Item(generate.ITEM, genesis(CHAIN, LEDGER, generate.ITEM))
    for (make, time), vector in zip(generate.history(), vectors("events"), strict=True):
        event = make(item)
        item = apply(item, event, event_digest(event), time)
        evm.go_to(time)
        answer = evm.send(ANYBODY, LEDGER, wire.encode_call(call_of(event)))
        assert reason(answer) is None
        place = "_challenges" if vector["type"] == "Challenge" else "_slots"
        stored = evm.word(LEDGER, place_of(SLOTS["ProvenanceLedger"][place], generate.ITEM))
        assert stored == to_bytes(vector["word"])
        journal = evm.word(LEDGER, SLOTS["ProvenanceLedger"]["_journal"])
        assert journal == to_bytes(vector["journal"])


LABELS = {
    signer.address: label for label, signer in [("centre", generate.CENTRE), ("auditor", generate.AUDITOR)]
}


def authorize(signer: bytes, message: Message) -> Authorization:
    digest = generate.DOMAINS[Contract.LEDGER].digest(struct_hash(message))
    label = LABELS.get(signer)
    return Authorization(signer, sign(private_key(label), digest) if label else b"")


def call_of(event: Event) -> Call:
    message = event.begins_with
    by = authorize(event.by.address, message)
    if isinstance(event, Signed):
        return Call(type(message), (message,), by)
    accepted = event.acceptance.of(struct_hash(message))
    return Call(
        type(message), (message,), by, (event.acceptance,), authorize(event.receiver.address, accepted)
    )


def send(evm: Evm, message: Message, signer: bytes, signature: bytes) -> Answer:
    """The message to its contract; where a second signature is needed, a bad one."""
    match type(message).__name__:
        case "KeyGrant":
            return evm.send(ANYBODY, REGISTRY, wire.encode_key_grant(message, signer, signature, b""))
        case "KeyRevocation":
            return evm.send(ANYBODY, REGISTRY, wire.encode_key_revocation(message, signer, signature))
        case "Anchor":
            return evm.send(ANYBODY, ANCHORS, wire.encode_anchor(message, signer, signature))
    given = Authorization(signer, signature)
    return evm.send(ANYBODY, LEDGER, wire.encode_call(call(type(message), (message,), given)))


def call(of: type[Message], messages: tuple[Message, ...], given: Authorization) -> Call:
    if of is CustodyOffer:
        return Call(of, messages, given, (Acceptance(),) * len(messages), Authorization(ANYBODY, b""))
    return Call(of, messages, given)


# An acceptance is never sent alone: the life above has two.
ALONE = [message for message in generate.MESSAGES if not isinstance(message, CustodyAcceptance)]


@pytest.mark.parametrize("message", ALONE, ids=lambda message: type(message).__name__)
def test_the_contracts_take_the_vectors_signature_and_no_other(evm, message):
    vector = next(entry for entry in vectors("messages") if entry["type"] == type(message).__name__)
    signer, signature = to_bytes(vector["signer"]), to_bytes(vector["signature"])
    put_key(evm, signer, 9, Role(511))
    put_key(evm, ANYBODY, 2, Role(511))
    if vector["type"] == "KeyRevocation":
        put_key(evm, message.key, 9, Role.CARRIER)
    forged = bytes([signature[0] ^ 1]) + signature[1:]
    assert send(evm, message, signer, forged).output == revert_data(BadSignature(signer))
    taken = send(evm, message, signer, signature)
    # What follows the signature's check differs: the second signature, a rule of the item, or nothing.
    second = {"KeyGrant": address("granted"), "CustodyOffer": ANYBODY}.get(vector["type"])
    if second:
        assert taken.output == revert_data(BadSignature(second))
    else:
        assert reason(taken) in (None, "UnknownItem")


TREES = [vector for vector in vectors("trees") if vector["type"] != "CustodyAcceptance"]


@pytest.mark.parametrize("vector", TREES, ids=lambda vector: f"{vector['type']} {vector['height']}")
def test_the_contracts_take_every_part_of_the_vectors_trees_at_its_place_only(evm, vector):
    base = next(message for message in generate.MESSAGES if type(message).__name__ == vector["type"])
    messages = tuple(generate.nth(base, number) for number in range(len(vector["leaves"])))
    signer, signature = to_bytes(vector["signer"]), to_bytes(vector["signature"])
    put_key(evm, signer, 9, Role(511))
    put_key(evm, ANYBODY, 2, Role(511))
    refused = revert_data(BadSignature(signer))
    for part in vector["subtrees"]:
        if part["count"] <= (1 << part["height"]) // 2:
            continue  # a thin last part stands in a lower subtree
        chosen = messages[part["first"] : part["first"] + part["count"]]
        path = tuple(to_bytes(node) for node in part["path"])
        right = Authorization(signer, signature, part["index"], path)
        taken = evm.send(ANYBODY, LEDGER, wire.encode_call(call(type(base), chosen, right)))
        assert reason(taken) in (None, "UnknownItem", "StaleSeq") or taken.output == revert_data(
            BadSignature(ANYBODY)
        )
        if path:
            wrong = Authorization(signer, signature, part["index"] ^ 1, path)
            assert (
                evm.send(ANYBODY, LEDGER, wire.encode_call(call(type(base), chosen, wrong))).output == refused
            )


def test_the_life_of_the_vectors_has_every_message_of_an_item():
    lived = {vector["type"] for vector in vectors("events")}
    known = {of.__name__ for of, contract in CONTRACT_OF.items() if contract is Contract.LEDGER}
    assert lived | {"CustodyAcceptance"} == known
