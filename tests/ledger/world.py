"""A small network of partners on a real chain, with the verbs that the ledger's tests speak in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from provenance.ledger.calls import (
    encode_call,
    encode_enrolment,
    encode_key_grant,
    encode_key_revocation,
    encode_pause,
    encode_suspension,
)
from provenance.ledger.chain import Chain
from provenance.ledger.deploying import deploy
from provenance.ledger.deployment import Deployment
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS
from provenance.ledger.gateway import Gateway
from provenance.ledger.sending import Receipt, Sender
from provenance.model.calls import Authorization, Call, Contract
from provenance.model.hashing import keccak
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    CustodyOffer,
    Intake,
    ItemMessage,
    KeyGrant,
    KeyRevocation,
    Message,
    Ruling,
)
from provenance.model.vocabulary import ALL_ROLES, KeyKind, Role, Stage
from provenance.model.words import Slot
from provenance.proofs.eip712 import Domain, SignedTree, struct_hash
from provenance.proofs.signatures import sign
from sample_keys import address, private_key

DAY = 86_400
FOR_EVER = 2**64 - 1
DETAILS = keccak(b"details")
GOOD = 3


@dataclass(frozen=True)
class Signatory:
    """Somebody who signs: a label from which the private key follows."""

    label: str

    @property
    def address(self) -> bytes:
        return address(self.label)

    def sign(self, domain: Domain, messages: Sequence[Message]) -> bytes:
        return sign(private_key(self.label), domain.digest(SignedTree(tuple(messages)).struct_hash))


@dataclass(frozen=True)
class Member(Signatory):
    """A key of an enrolled partner."""

    partner: int


class World:
    """One deployment with partners `centre` and `workshop`, who may do everything, and `auditor`."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.sender = Sender(chain, bytes.fromhex(DEVELOPMENT_KEYS[0][2:]))
        self.deployment: Deployment = deploy(
            chain, self.sender, owner=self.sender.address, registrar=self.sender.address
        )
        self.gateway = Gateway(chain, self.deployment)
        self.domains = self.deployment.signatures().domains
        self.domain = self.domains[Contract.LEDGER]
        self._numbers = count(1)
        self.centre = self.enrol("centre")
        self.workshop = self.enrol("workshop")
        self.auditor = self.enrol("auditor")

    # Partners and keys.

    def enrol(self, label: str, roles: int = ALL_ROLES) -> Member:
        partner = self.gateway.partner_count() + 1
        who = Member(label, partner)
        grant = KeyGrant(who.address, partner, roles, KeyKind.ACCOUNT, 0, FOR_EVER, FOR_EVER)
        countersignature = who.sign(self.domains[Contract.REGISTRY], [grant])
        data = encode_enrolment(keccak(label.encode()), roles, grant, countersignature)
        self.sender.send(self.deployment.registry, data)
        return who

    def grant(
        self,
        by: Member,
        label: str,
        roles: int,
        *,
        valid_from: int = 0,
        valid_to: int = FOR_EVER,
        countersigner: str | None = None,
        partner: int | None = None,
    ) -> Member:
        """A further key for the partner of `by`, countersigned by itself unless `countersigner` is another."""
        who = Member(label, by.partner if partner is None else partner)
        grant = KeyGrant(who.address, who.partner, roles, KeyKind.ACCOUNT, valid_from, valid_to, FOR_EVER)
        registry = self.domains[Contract.REGISTRY]
        countersignature = Signatory(countersigner or label).sign(registry, [grant])
        self.sender.send(
            self.deployment.registry,
            encode_key_grant(grant, by.address, by.sign(registry, [grant]), countersignature),
        )
        return who

    def grant_wallet(self, by: Member, wallet: bytes, label: str, roles: int) -> Member:
        """A key that is the contract at `wallet`; the signatures of `label` are handed to it."""
        grant = KeyGrant(wallet, by.partner, roles, KeyKind.WALLET, 0, FOR_EVER, FOR_EVER)
        registry = self.domains[Contract.REGISTRY]
        data = encode_key_grant(
            grant,
            by.address,
            by.sign(registry, [grant]),
            Signatory(label).sign(registry, [grant]),
        )
        self.sender.send(self.deployment.registry, data)
        return Member(label, by.partner)

    def revoke(self, by: Member, key: bytes, valid_to: int = 0) -> None:
        revocation = KeyRevocation(key, valid_to, FOR_EVER)
        signature = by.sign(self.domains[Contract.REGISTRY], [revocation])
        data = encode_key_revocation(revocation, by.address, signature)
        self.sender.send(self.deployment.registry, data)

    def suspend(self, who: Member, suspended: bool = True) -> None:
        self.sender.send(self.deployment.registry, encode_suspension(who.partner, suspended))

    def pause(self, paused: bool = True) -> None:
        self.sender.send(self.deployment.registry, encode_pause(paused))

    # Time.

    def now(self) -> int:
        return self.gateway.head().time

    def pass_time(self, seconds: int) -> None:
        self.chain.request("evm_increaseTime", [hex(seconds)])
        self.chain.request("evm_mine")

    # Calls.

    def authorize(self, who: Signatory, messages: Sequence[Message]) -> Authorization:
        return Authorization(who.address, who.sign(self.domain, messages))

    def call(self, who: Signatory, *messages: ItemMessage) -> Call:
        return Call(type(messages[0]), messages, self.authorize(who, messages))

    def accepted(
        self, giver: Signatory, offers: Sequence[ItemMessage], receiver: Signatory, exceptions: int = 0
    ) -> Call:
        """Offers or rulings of one signer, each accepted by the receiver."""
        acceptances = tuple(Acceptance(exceptions, DETAILS) for _ in offers)
        signed = [given.of(struct_hash(offer)) for given, offer in zip(acceptances, offers, strict=True)]
        return Call(
            type(offers[0]),
            tuple(offers),
            self.authorize(giver, offers),
            acceptances,
            self.authorize(receiver, signed),
        )

    def send(self, *calls: Call) -> Receipt:
        return self.gateway.send(self.sender, calls)

    def send_data(self, call: Call) -> Receipt:
        return self.sender.send(self.deployment.ledger, encode_call(call))

    # Messages that fit the item as it is.

    def new_item(self) -> bytes:
        return keccak(b"item" + next(self._numbers).to_bytes(8, "big"))

    def slot(self, item: bytes) -> Slot:
        found = self.gateway.slot(item)
        assert found is not None
        return found

    def next_seq(self, item: bytes) -> int:
        found = self.gateway.slot(item)
        return 1 if found is None else found.seq + 1

    def deadline(self) -> int:
        return self.now() + DAY

    def intake(self, item: bytes, grade: int = 0) -> Intake:
        return Intake(item, self.next_seq(item), grade, self.deadline(), DETAILS)

    def report(self, item: bytes, stage: int, grade: int | None = None) -> ConditionReport:
        slot = self.slot(item)
        graded = slot.grade if grade is None else grade
        return ConditionReport(item, slot.seq + 1, stage, graded, self.deadline(), DETAILS)

    def offer(self, item: bytes, to: Member, prior: bytes | None = None) -> CustodyOffer:
        slot = self.slot(item).to_word() if prior is None else prior
        return CustodyOffer(item, slot, to.partner, self.deadline(), DETAILS)

    def challenge(self, item: bytes, challenged: int = 1) -> Challenge:
        word = self.gateway.challenge_word(item)
        return Challenge(item, 1 if word is None else word.count + 1, challenged, self.deadline(), DETAILS)

    def ruling(self, item: bytes, stage: int, to: int, grade: int = GOOD, answers: int = 0) -> Ruling:
        return Ruling(item, self.slot(item).seq + 1, stage, grade, to, answers, self.deadline(), DETAILS)

    # What parties do.

    def take_in(self, who: Member, grade: int = 0) -> bytes:
        item = self.new_item()
        self.send(self.call(who, self.intake(item, grade)))
        return item

    def move(self, who: Member, item: bytes, *stages: Stage) -> Slot:
        for stage in stages:
            self.send(self.call(who, self.report(item, stage, GOOD)))
        return self.slot(item)

    def hand_over(self, giver: Member, item: bytes, receiver: Member, exceptions: int = 0) -> Slot:
        self.send(self.accepted(giver, [self.offer(item, receiver)], receiver, exceptions))
        return self.slot(item)

    def item_in(self, stage: Stage, who: Member) -> bytes:
        """An item that `who` took in and brought to the stage by the shortest way."""
        return self.items_in(stage, who, 1)[0]

    def items_in(self, stage: Stage, who: Member, number: int) -> list[bytes]:
        """So many items, brought there together under one signature a step."""
        items = [self.new_item() for _ in range(number)]
        if stage is Stage.NONE:
            return items
        self.send(self.call(who, *(self.intake(item) for item in items)))
        for step in WAYS[stage]:
            self.send(self.call(who, *(self.report(item, step, GOOD) for item in items)))
        return items


WAYS: dict[Stage, Iterable[Stage]] = {
    Stage.RECEIVED: (),
    Stage.EVALUATED: (Stage.EVALUATED,),
    Stage.IN_REPAIR: (Stage.EVALUATED, Stage.IN_REPAIR),
    Stage.IN_REFURBISHMENT: (Stage.EVALUATED, Stage.IN_REFURBISHMENT),
    Stage.REMANUFACTURED: (Stage.EVALUATED, Stage.IN_REFURBISHMENT, Stage.REMANUFACTURED),
    Stage.MATERIAL_RECOVERY: (Stage.EVALUATED, Stage.MATERIAL_RECOVERY),
    Stage.RESALE_READY: (Stage.EVALUATED, Stage.RESALE_READY),
    Stage.RESOLD: (Stage.EVALUATED, Stage.RESALE_READY, Stage.RESOLD),
    Stage.REUSED: (Stage.EVALUATED, Stage.REUSED),
    Stage.SENT_BACK: (Stage.EVALUATED, Stage.SENT_BACK),
    Stage.STORED_FOR_ANALYSIS: (Stage.EVALUATED, Stage.STORED_FOR_ANALYSIS),
    Stage.MISSING: (Stage.MISSING,),
    Stage.RECYCLED: (Stage.EVALUATED, Stage.MATERIAL_RECOVERY, Stage.RECYCLED),
    Stage.DISPOSED: (Stage.EVALUATED, Stage.DISPOSED),
}
"""The shortest way from Received to each stage."""

AUDITING = Role.ADMIN | Role.AUDITOR
