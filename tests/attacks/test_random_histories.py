"""Whatever history the rules allow, its bundle verifies; told otherwise, it does not."""

from collections import defaultdict
from dataclasses import replace
from random import Random

import pytest

from attacks.forging import FalseState
from attacks.verifiers import load_files
from equal_rules.evm import CHAIN_ID
from equal_rules.scribe import Scribe
from equal_rules.world import ITEMS, Tally, World, start
from provenance.model.calls import Contract, Record
from provenance.model.events import HandOver, Signed
from provenance.model.hashing import keccak
from provenance.model.messages import (
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    Message,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import KeyKind
from provenance.proofs import state
from provenance.proofs.bundle import Accepted, Bundle, Document, ItemName, KeySignature, Told
from provenance.proofs.eip712 import struct_hash
from provenance.proofs.trust import BlockRoot, PinnedContract, Trust
from provenance.proofs.verdict import Verdict
from provenance.proofs.verifier import verify
from provenance.workflows.proving import bundle_bytes
from provenance.workflows.trusting import trust_bytes

KINDS = (
    [ConditionReport] * 8
    + [Intake] * 3
    + [CustodyOffer] * 4
    + [Ruling] * 3
    + [Withdrawal, Correction, Challenge, Hold] * 2
)
CODE = {contract: keccak(contract.value.encode()) for contract in Contract}
TRUE_HEADER = bytes.fromhex(load_files()["never"]["header"][2:])


class Played:
    """A world in which random things happened, and every record of it."""

    def __init__(self, seed: int, actions: int) -> None:
        self.world: World = start().play(Tally())
        self.records: dict[bytes, list[Told]] = defaultdict(list)
        chance = Random(seed)
        counted = self.world._count

        def keep(outcomes: list[object]) -> None:
            for outcome in outcomes:
                if isinstance(outcome, Record):
                    self.records[outcome.event.item].append(self._told(outcome))
            counted(outcomes)  # type: ignore[arg-type]

        self.world._count = keep  # type: ignore[assignment, method-assign]
        for number in range(actions):
            self.world.evm.next_block(chance.randrange(5) * 3)
            kind = Intake if number < 6 else chance.choice(KINDS)
            self.world.make(kind.__name__, Scribe(self.world, chance.randrange(2**40)).call(kind))

    def _told(self, record: Record) -> Told:
        event = record.event
        begun = event.begins_with
        accepted = None
        if not isinstance(event, Signed):
            acceptance = event.acceptance.of(struct_hash(begun))
            accepted = Accepted(
                event.acceptance,
                Document(event.acceptance.details),
                self._signed(acceptance, event.receiver.address),
            )
        assert accepted is None or isinstance(event, HandOver) or isinstance(begun, Ruling)
        return Told(
            self.world.time, begun, Document(begun.details), self._signed(begun, event.by.address), accepted
        )

    def _signed(self, message: Message, key: bytes) -> KeySignature:
        actor = self.world.actors[key]
        if actor.kind == KeyKind.WALLET:
            return KeySignature(key, None)
        digest = self.world.signatures.domains[Contract.LEDGER].digest(struct_hash(message))
        return KeySignature(key, actor.sign(digest))

    def bundle(self, item: bytes) -> Bundle:
        """The item's bundle, on a state that holds the words of the model."""
        told = self.records[item]
        challenges = tuple(each for each in told if isinstance(each.message, Challenge))
        events = tuple(each for each in told if not isinstance(each.message, Challenge))
        header = _at(TRUE_HEADER, self.world.time)
        bundle = Bundle(
            CHAIN_ID, self.world.at[Contract.LEDGER], ItemName(item), header, (), (), events, challenges, ()
        )
        partners = {self.world.registry.keys[key].partner for key in bundle.keys}
        partners |= {
            each.message.to
            for each in events
            if isinstance(each.message, CustodyOffer | Ruling) and each.message.to
        }
        bundle = replace(bundle, partners=tuple((partner, None) for partner in sorted(partners)))
        return self._state(bundle).prove(bundle)

    def _state(self, bundle: Bundle) -> FalseState:
        kept = self.world.ledger.item(bundle.item.id)
        words = {
            Contract.LEDGER: {
                state.of_mapping(kept.id, state.SLOTS): kept.slot.to_word() if kept.slot else b"",
                state.of_mapping(kept.id, state.CHALLENGES): kept.challenges.to_word()
                if kept.challenges
                else b"",
            },
            Contract.REGISTRY: {
                state.of_mapping(key, state.KEYS): self.world.registry.keys[key].to_word().lstrip(b"\0")
                for key in bundle.keys
            },
        }
        return FalseState(CODE, self.world.at, words)

    def trust(self, bundle: Bundle) -> bytes:
        header = state.read_header(bundle.header)
        return trust_bytes(
            Trust(
                CHAIN_ID,
                {contract: PinnedContract(at, CODE[contract]) for contract, at in self.world.at.items()},
                0,
                bytes(32),
                None,
                True,
                True,
                BlockRoot(header.number, header.hash),
            )
        )


def _at(header: bytes, time: int) -> bytes:
    import rlp

    fields = rlp.decode(header)
    fields[11] = time.to_bytes(4, "big")
    return bytes(rlp.encode(fields))


@pytest.fixture(scope="module", params=[1])
def played(request: pytest.FixtureRequest) -> Played:
    return Played(request.param, 140)


def test_the_bundle_of_any_history_that_the_rules_allow_verifies(played: Played) -> None:
    kinds = set()
    for item in ITEMS:
        bundle = played.bundle(item)
        report = verify(bundle_bytes(bundle), played.trust(bundle))
        assert report.verdict is Verdict.VERIFIED, report.reason
        kinds |= {told.kind for told in bundle.told()}
    assert len(kinds) >= 7


def test_a_history_without_one_of_its_records_does_not(played: Played) -> None:
    tried = 0
    for item in ITEMS:
        bundle = played.bundle(item)
        for index in range(len(bundle.events)):
            events = bundle.events[:index] + bundle.events[index + 1 :]
            lacking = bundle_bytes(replace(bundle, events=events))
            assert verify(lacking, played.trust(bundle)).verdict is Verdict.REJECTED
            tried += 1
    assert tried > 20
