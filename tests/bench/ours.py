"""What each of the ledger's messages costs: alone, many in a call with a signature each, and under one signature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.figures import COLUMNS, Table
from bench.testbed import Testbed, calldata
from provenance.ledger.calls import (
    encode_anchor,
    encode_call,
    encode_enrolment,
    encode_key_grant,
    encode_key_revocation,
    encode_submission,
)
from provenance.ledger.deploying import deploy
from provenance.ledger.deployment import Deployment
from provenance.model.calls import Authorization, Call, Contract
from provenance.model.hashing import keccak
from provenance.model.messages import (
    Acceptance,
    Anchor,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    ItemMessage,
    KeyGrant,
    KeyRevocation,
    Message,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import ALL_ROLES, HANDLERS, KeyKind, Role, Stage
from provenance.proofs.eip712 import SignedTree, struct_hash
from provenance.proofs.signatures import address_of_key, sign

DEADLINE = 2**40  # Unix seconds, far away and the same in every run
GIVER, RECEIVER, AUDITOR = "giver", "receiver", "auditor"  # partners 1, 2 and 3, one key each
JOURNAL_COUNT = 2**64


@dataclass(frozen=True)
class Measured:
    """One row: what it says of an item, who signs it, and what the item must have been through before."""

    row: str
    message: Callable[["Network", bytes], ItemMessage]
    signer: str = GIVER
    receiver: str | None = None
    history: tuple[Callable[["Network", bytes], ItemMessage], ...] = ()


def measure_ours(bed: Testbed, table: Table) -> None:
    network = Network(bed)
    table.section("ours: every rule checked, every signature verified", MESSAGES[0].row)
    for measured in MESSAGES:
        for column, count in COLUMNS.items():
            items = [keccak(f"{measured.row}, {column}, {i}".encode()) for i in range(count)]
            network.bring_about(measured, items)
            data = network.calldata(measured, items, each_alone=column != "tree of 100")
            before = network.journal_count()
            table.put(measured.row, column, bed.gas(network.at.ledger, data))
            # A message that was skipped would be cheap.
            assert network.journal_count() == before + count, (measured.row, column)
    measure_administration(network, table)


def measure_administration(network: "Network", table: Table) -> None:
    bed, at = network.bed, network.at
    newcomer, admin = secret("newcomer"), secret(GIVER)
    grant = key_grant(newcomer, 1, HANDLERS)
    data = encode_key_grant(
        grant, address_of_key(admin), *(network.signed(key, grant) for key in (admin, newcomer))
    )
    table.put("KeyGrant", "alone", bed.gas(at.registry, data))
    revocation = KeyRevocation(grant.key, 0, DEADLINE)
    data = encode_key_revocation(revocation, address_of_key(admin), network.signed(admin, revocation))
    table.put("KeyRevocation", "alone", bed.gas(at.registry, data))
    anchor = Anchor(2, keccak(b"statement"), DEADLINE)
    data = encode_anchor(anchor, address_of_key(admin), network.signed(admin, anchor, Contract.ANCHORS))
    table.put("Anchor", "alone", bed.gas(at.anchors, data))


class Network:
    """The contracts with three partners; knows how to sign for them."""

    def __init__(self, bed: Testbed) -> None:
        self.bed = bed
        account = bed.sender.address
        self.at: Deployment = deploy(bed.chain, bed.sender, owner=account, registrar=account)
        self.domains = self.at.signatures().domains
        for partner, name in enumerate((GIVER, RECEIVER, AUDITOR), start=1):
            grant = key_grant(secret(name), partner, ALL_ROLES)
            countersignature = self.signed(secret(name), grant)
            bed.gas(
                self.at.registry, encode_enrolment(keccak(name.encode()), ALL_ROLES, grant, countersignature)
            )

    def bring_about(self, measured: Measured, items: Sequence[bytes]) -> None:
        """Gives the items the history that the message builds on."""
        for message in measured.history:
            messages = [message(self, item) for item in items]
            self.bed.gas(self.at.ledger, encode_call(self._call(messages, GIVER, None)))

    def calldata(self, measured: Measured, items: Sequence[bytes], *, each_alone: bool) -> bytes:
        messages = [measured.message(self, item) for item in items]
        if len(messages) == 1 or not each_alone:
            return encode_call(self._call(messages, measured.signer, measured.receiver))
        return encode_submission([self._call([m], measured.signer, measured.receiver) for m in messages])

    def slot(self, item: bytes) -> bytes:
        call = {"to": "0x" + self.at.ledger.hex(), "data": "0x" + calldata("slotOf(bytes32)", item).hex()}
        return bytes.fromhex(self.bed.chain.request("eth_call", [call, "latest"])[2:])

    def next_seq(self, item: bytes) -> int:
        return (int.from_bytes(self.slot(item), "big") >> 32) % 2**16 + 1

    def journal_count(self) -> int:
        return self.bed.read_uint(self.at.ledger, "journal()") % JOURNAL_COUNT

    def signed(self, key: bytes, message: Message, contract: Contract = Contract.REGISTRY) -> bytes:
        return sign(key, self.domains[contract].digest(struct_hash(message)))

    def _call(self, messages: Sequence[ItemMessage], signer: str, receiver: str | None) -> Call:
        by = self._authorization(SignedTree(tuple(messages)), signer)
        if receiver is None:
            return Call(type(messages[0]), tuple(messages), by)
        acceptances = [Acceptance(0, keccak(b"accepted" + message.item)) for message in messages]
        accepted = SignedTree(
            tuple(
                acceptance.of(struct_hash(message))
                for acceptance, message in zip(acceptances, messages, strict=True)
            )
        )
        return Call(
            type(messages[0]),
            tuple(messages),
            by,
            tuple(acceptances),
            self._authorization(accepted, receiver),
        )

    def _authorization(self, tree: SignedTree, signer: str) -> Authorization:
        key = secret(signer)
        return Authorization(
            address_of_key(key), sign(key, self.domains[Contract.LEDGER].digest(tree.struct_hash))
        )


def secret(name: str) -> bytes:
    return keccak(b"bench " + name.encode())


def key_grant(key: bytes, partner: int, roles: Role) -> KeyGrant:
    return KeyGrant(address_of_key(key), partner, roles, KeyKind.ACCOUNT, 0, DEADLINE, DEADLINE)


def details(item: bytes) -> bytes:
    return keccak(b"details" + item)


def intake(network: Network, item: bytes) -> Intake:
    return Intake(item, network.next_seq(item), 0, DEADLINE, details(item))


def report_to(stage: Stage) -> Callable[[Network, bytes], ConditionReport]:
    def report(network: Network, item: bytes) -> ConditionReport:
        return ConditionReport(item, network.next_seq(item), stage, 3, DEADLINE, details(item))

    return report


def offer(network: Network, item: bytes) -> CustodyOffer:
    return CustodyOffer(item, network.slot(item), 2, DEADLINE, details(item))


def withdrawal(network: Network, item: bytes) -> Withdrawal:
    return Withdrawal(item, network.next_seq(item), keccak(b"offer" + item), DEADLINE, details(item))


def correction(network: Network, item: bytes) -> Correction:
    return Correction(item, network.next_seq(item), 1, 0, DEADLINE, details(item))


def challenge(_network: Network, item: bytes) -> Challenge:
    return Challenge(item, 1, 1, DEADLINE, details(item))


def hold(network: Network, item: bytes) -> Hold:
    return Hold(item, network.next_seq(item), True, DEADLINE, details(item))


def ruling_for(to: int) -> Callable[[Network, bytes], Ruling]:
    def ruling(network: Network, item: bytes) -> Ruling:
        return Ruling(item, network.next_seq(item), Stage.EVALUATED, 3, to, 0, DEADLINE, details(item))

    return ruling


IN = (intake,)

MESSAGES = (
    Measured("Intake, of a new item", intake),
    Measured("Intake, of one that came back", intake, history=(intake, report_to(Stage.SENT_BACK))),
    Measured("ConditionReport", report_to(Stage.EVALUATED), history=IN),
    Measured("hand-over", offer, receiver=RECEIVER, history=IN),
    Measured("Withdrawal", withdrawal, history=IN),
    Measured("Correction", correction, history=IN),
    Measured("Challenge, an item's first", challenge, signer=RECEIVER, history=IN),
    Measured("Hold", hold, signer=AUDITOR, history=IN),
    Measured("Ruling", ruling_for(1), signer=AUDITOR, history=IN),
    Measured("Ruling that moves custody", ruling_for(2), signer=AUDITOR, receiver=RECEIVER, history=IN),
)
