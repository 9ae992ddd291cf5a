"""One world twice: the contracts on an EVM, and the model. Every action goes to both, and both must agree."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from equal_rules.actors import ADMINS, ALLOWED, NEWCOMERS, NOBODYS, OWNER, REGISTRAR, SEATS, Actor
from equal_rules.evm import CHAIN_ID, Answer, Evm, Log, place_of
from equal_rules.expected import ledger_log, log, revert_data
from equal_rules.wallets import WALLETS
from provenance.errors import Refused
from provenance.ledger import calls as wire
from provenance.ledger.artifact import load
from provenance.model.anchors import Anchors
from provenance.model.calls import Call, CallSkip, Contract, Outcome, Record, Skip, Submission
from provenance.model.events import AcceptedRuling, HandOver
from provenance.model.hashing import ZERO, enc, keccak, word
from provenance.model.item import Item
from provenance.model.ledger import Ledger
from provenance.model.messages import Anchor, KeyGrant, KeyRevocation
from provenance.model.partners import Registry
from provenance.model.vocabulary import Stage
from provenance.model.words import ChallengeWord, KeyWord, Slot
from provenance.proofs.eip712 import struct_hash
from provenance.proofs.signatures import DomainSignatures

START = 1_767_225_600
OLD = tuple(keccak(f"old item {number}".encode()) for number in range(4))
"""Items near the end of their numbers: 65,535 records would take too long, so both worlds are given their words."""

ITEMS = tuple(keccak(f"item {number}".encode()) for number in range(10))

_SLOTS = {name: load(name).storage_slots for name in ("PartnerRegistry", "ProvenanceLedger", "Anchors")}
_SUBMIT = keccak(b"submit(bytes[])")[:4]


@dataclass
class Tally:
    """What happened in a run: actions by kind, messages by type and fate, refusals by reason."""

    actions: Counter[str] = field(default_factory=Counter)
    recorded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        for name in ("actions", "recorded", "refused", "reasons"):
            getattr(self, name).update(getattr(other, name))

    @property
    def total(self) -> int:
        return self.actions.total()


class DisagreementError(AssertionError):
    """The contracts and the model differ: one of them is wrong."""


def agree(what: str, contract: object, model: object) -> None:
    if contract != model:
        raise DisagreementError(f"{what}\n  contract: {_text(contract)}\n  model:    {_text(model)}")


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else repr(value)


class World:
    def __init__(self, evm: Evm, registry: bytes, ledger: bytes, anchors: bytes, tally: Tally) -> None:
        self.evm = evm
        self.at = {Contract.REGISTRY: registry, Contract.LEDGER: ledger, Contract.ANCHORS: anchors}
        self.signatures = DomainSignatures(CHAIN_ID, registry, ledger, anchors, self._ask_wallet)
        self.registry = Registry.deployed(OWNER, REGISTRAR)
        self.ledger = Ledger.deployed(CHAIN_ID, ledger)
        self.anchors = Anchors()
        self.tally = tally
        self.actors: dict[bytes, Actor] = {}

    @property
    def time(self) -> int:
        return self.evm.time

    def know(self, actor: Actor) -> None:
        """From now on the actor can be chosen to act; its wallet, if any, exists."""
        self.actors[actor.address] = actor
        if actor.wallet:
            self.evm.put_code(actor.address, actor.wallet.code(actor.owner))

    def _ask_wallet(self, wallet: bytes, digest: bytes, signature: bytes) -> bool:
        actor = self.actors.get(wallet)
        if actor is None or actor.wallet is None:
            return False  # no code there
        return actor.wallet.answer(actor.owner, digest, signature, self.time)

    # The ledger.

    def make(self, kind: str, call: Call | Submission) -> Refused | None:
        before = self.ledger

        def step() -> Sequence[Log]:
            self.ledger, outcomes = before.make(call, self.registry, self.time, self.signatures)
            self._count(outcomes)
            return [ledger_log(before.address, outcome) for outcome in outcomes]

        reason = self._act(kind, Contract.LEDGER, OWNER, calldata(call), step)
        if reason is not None:
            self.tally.refused.update(_types(call))
        self.check_items(_items(call))
        return reason

    def _count(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Record):
                self.tally.recorded[_name(outcome)] += 1
            elif isinstance(outcome, Skip | CallSkip):
                self.tally.reasons[outcome.reason.name] += 1
                self.tally.refused["message in a call" if isinstance(outcome, Skip) else "call"] += 1

    # The registry.

    def enrol(
        self, name: bytes, roles: int, grant: KeyGrant, countersignature: bytes, caller: bytes
    ) -> Refused | None:
        def step() -> Sequence[Log]:
            self.registry = self.registry.enrol(
                name,
                roles,
                grant,
                countersignature,
                caller=caller,
                time=self.time,
                signatures=self.signatures,
            )
            enrolled = log(
                self.at[Contract.REGISTRY],
                "PartnerEnrolled(uint24,bytes32,uint16)",
                (grant.partner,),
                name,
                roles,
            )
            return [enrolled, self._granted(grant, bytes(20))]

        data = wire.encode_enrolment(name, roles, grant, countersignature)
        return self._change("enrol", caller, data, step, (grant.key,), (grant.partner,))

    def grant(
        self, grant: KeyGrant, administrator: bytes, signature: bytes, countersignature: bytes
    ) -> Refused | None:
        def step() -> Sequence[Log]:
            self.registry = self.registry.grant_key(
                grant,
                administrator,
                signature,
                countersignature,
                time=self.time,
                signatures=self.signatures,
            )
            return [self._granted(grant, administrator)]

        data = wire.encode_key_grant(grant, administrator, signature, countersignature)
        return self._change("grant key", OWNER, data, step, (grant.key,))

    def _granted(self, grant: KeyGrant, administrator: bytes) -> Log:
        written = self.registry.keys[grant.key].to_word()
        signature = "KeyGranted(address,uint24,address,uint256)"
        return log(self.at[Contract.REGISTRY], signature, (grant.key, grant.partner), administrator, written)

    def revoke(self, revocation: KeyRevocation, signer: bytes, signature: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            self.registry = self.registry.revoke_key(
                revocation, signer, signature, time=self.time, signatures=self.signatures
            )
            left = self.registry.keys[revocation.key]
            at = self.at[Contract.REGISTRY]
            indexed = (revocation.key, left.partner)
            return [log(at, "KeyRevoked(address,uint24,address,uint256)", indexed, signer, left.to_word())]

        data = wire.encode_key_revocation(revocation, signer, signature)
        return self._change("revoke key", OWNER, data, step, (revocation.key,))

    def allow_roles(self, partner: int, roles: int, caller: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            self.registry = self.registry.allow_roles(partner, roles, caller=caller)
            return [log(self.at[Contract.REGISTRY], "RolesAllowed(uint24,uint16)", (partner,), roles)]

        data = wire.encode_allowed_roles(partner, roles)
        return self._change("allow roles", caller, data, step, (), (partner,))

    def set_suspended(self, partner: int, suspended: bool, caller: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            change = self.registry.suspend if suspended else self.registry.reinstate
            self.registry = change(partner, caller=caller)
            at = self.at[Contract.REGISTRY]
            return [log(at, "SuspensionChanged(uint24,bool)", (partner,), suspended)]

        kind = "suspend" if suspended else "reinstate"
        return self._change(kind, caller, wire.encode_suspension(partner, suspended), step, (), (partner,))

    def set_paused(self, paused: bool, caller: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            change = self.registry.pause if paused else self.registry.unpause
            self.registry = change(caller=caller)
            at = self.at[Contract.REGISTRY]
            return [log(at, "Paused(address)" if paused else "Unpaused(address)", (), caller)]

        return self._change("pause" if paused else "unpause", caller, wire.encode_pause(paused), step)

    def name_registrar(self, registrar: bytes, caller: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            self.registry = self.registry.name_registrar(registrar, caller=caller)
            return [log(self.at[Contract.REGISTRY], "RegistrarNamed(address)", (registrar,))]

        data = _plain("nameRegistrar(address)", registrar)
        return self._change("name registrar", caller, data, step)

    def transfer_ownership(self, to: bytes, caller: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            self.registry = self.registry.transfer_ownership(to, caller=caller)
            signature = "OwnershipTransferStarted(address,address)"
            return [log(self.at[Contract.REGISTRY], signature, (caller, to))]

        data = _plain("transferOwnership(address)", to)
        return self._change("transfer ownership", caller, data, step)

    def accept_ownership(self, caller: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            before = self.registry.owner
            self.registry = self.registry.accept_ownership(caller=caller)
            signature = "OwnershipTransferred(address,address)"
            return [log(self.at[Contract.REGISTRY], signature, (before, caller))]

        return self._change("accept ownership", caller, _plain("acceptOwnership()"), step)

    def renounce_ownership(self, caller: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            self.registry = self.registry.renounce_ownership(caller=caller)
            return []

        return self._change("renounce ownership", caller, _plain("renounceOwnership()"), step)

    def redeploy(self, owner: bytes) -> Refused | None:
        """Another registry, which nothing uses: for the rule that it has an owner."""
        self.tally.actions["deploy registry"] += 1
        answer, _ = self.evm.deploy("PartnerRegistry", enc(owner, REGISTRAR))
        try:
            Registry.deployed(owner, REGISTRAR)
        except Refused as reason:
            self.tally.reasons[reason.name] += 1
            agree("deployment refused", (answer.ok, answer.output), (False, revert_data(reason)))
            return reason
        agree("deployment", answer.ok, True)
        return None

    # The anchors.

    def anchor(self, anchor: Anchor, signer: bytes, signature: bytes) -> Refused | None:
        def step() -> Sequence[Log]:
            self.anchors = self.anchors.anchor(
                anchor,
                signer,
                signature,
                registry=self.registry,
                time=self.time,
                block=self.evm.block,
                signatures=self.signatures,
            )
            partner = self.registry.keys[signer].partner
            indexed = (partner, anchor.kind, anchor.digest)
            return [log(self.at[Contract.ANCHORS], "Anchored(uint24,uint8,bytes32,address)", indexed, signer)]

        data = wire.encode_anchor(anchor, signer, signature)
        reason = self._act("anchor", Contract.ANCHORS, OWNER, data, step)
        if reason is None:
            self.tally.recorded["Anchor"] += 1
        self.check_anchors(anchor)
        return reason

    # Acting and comparing.

    def _change(
        self,
        kind: str,
        caller: bytes,
        data: bytes,
        step: Callable[[], Sequence[Log]],
        keys: Iterable[bytes] = (),
        partners: Iterable[int] = (),
    ) -> Refused | None:
        reason = self._act(kind, Contract.REGISTRY, caller, data, step)
        if reason is None:
            self.tally.recorded[kind] += 1
        self.check_keys(keys)
        self.check_partners(partners)
        self.check_registry()
        return reason

    def _act(
        self, kind: str, contract: Contract, caller: bytes, data: bytes, step: Callable[[], Sequence[Log]]
    ) -> Refused | None:
        self.tally.actions[kind] += 1
        try:
            logs, refusal = step(), None
        except Refused as reason:
            logs, refusal = [], reason
            self.tally.reasons[reason.name] += 1
        answer = self.evm.send(caller, self.at[contract], data)
        self._agree(kind, answer, logs, refusal)
        return refusal

    def _agree(self, kind: str, answer: Answer, logs: Sequence[Log], refusal: Refused | None) -> None:
        if refusal is None:
            agree(f"{kind}: recorded", (answer.ok, answer.ok or answer.output.hex()), (True, True))
            agree(f"{kind}: number of logs", len(answer.logs), len(logs))
            for contract, model in zip(answer.logs, logs, strict=True):
                agree(f"{kind}: log", contract, model)
        else:
            agree(f"{kind}: refused with {refusal}", answer.ok, False)
            agree(f"{kind}: {refusal!r} {refusal}", answer.output, revert_data(refusal))

    def check_items(self, items: Iterable[bytes]) -> None:
        at, slots = self.at[Contract.LEDGER], _SLOTS["ProvenanceLedger"]
        agree("journal", self.evm.word(at, slots["_journal"]), self.ledger.journal.to_word())
        for item in set(items):
            known = self.ledger.item(item)
            slot = known.slot.to_word() if known.slot else ZERO
            challenges = known.challenges.to_word() if known.challenges else ZERO
            agree("slot", self.evm.word(at, place_of(slots["_slots"], item)), slot)
            agree("challenge word", self.evm.word(at, place_of(slots["_challenges"], item)), challenges)

    def check_keys(self, keys: Iterable[bytes]) -> None:
        at, slots = self.at[Contract.REGISTRY], _SLOTS["PartnerRegistry"]
        for key in keys:
            known = self.registry.keys.get(key)
            written = known.to_word() if known else ZERO
            agree("key word", self.evm.word(at, place_of(slots["_keys"], key)), written)

    def check_partners(self, partners: Iterable[int]) -> None:
        at, slots = self.at[Contract.REGISTRY], _SLOTS["PartnerRegistry"]
        for partner in partners:
            known = self.registry.partners.get(partner)
            standing = known.standing.to_word() if known else ZERO
            name = known.name_hash if known else ZERO
            agree("standing", self.evm.word(at, place_of(slots["_standings"], partner)), standing)
            agree("name hash", self.evm.word(at, place_of(slots["_nameHashes"], partner)), name)

    def check_registry(self) -> None:
        at, slots, model = self.at[Contract.REGISTRY], _SLOTS["PartnerRegistry"], self.registry
        pending = bytes([model.paused]) + model.pending_owner
        registrar = len(model.partners).to_bytes(3, "big") + model.registrar
        agree("owner", self.evm.word(at, slots["_owner"]), word(model.owner))
        agree("paused, pending owner", self.evm.word(at, slots["_paused"]), word(pending))
        agree("partner count, registrar", self.evm.word(at, slots["_registrar"]), word(registrar))

    def check_anchors(self, anchor: Anchor) -> None:
        at, base = self.at[Contract.ANCHORS], _SLOTS["Anchors"]["_anchors"]
        for partner in self.registry.partners:
            place = self.anchors.places.get((partner, anchor.kind, anchor.digest))
            written = place.to_word() if place else ZERO
            found = self.evm.word(at, place_of(base, partner, anchor.kind, anchor.digest))
            agree("anchor", found, written)

    def check_all(self) -> None:
        self.check_items([*self.ledger.items, *ITEMS, *OLD])
        self.check_keys([*self.registry.keys, *(actor.address for actor in NEWCOMERS)])
        self.check_partners(range(len(self.registry.partners) + 2))
        self.check_registry()
        for _, kind, digest in self.anchors.places:
            self.check_anchors(Anchor(kind, digest, 0))

    # The world as it is before play.

    def put(self, item: Item) -> None:
        """Gives both worlds an item's words as if its history had led there."""
        at, slots = self.at[Contract.LEDGER], _SLOTS["ProvenanceLedger"]
        if item.slot:
            self.evm.put_word(at, place_of(slots["_slots"], item.id), item.slot.to_word())
        if item.challenges:
            self.evm.put_word(at, place_of(slots["_challenges"], item.id), item.challenges.to_word())
        items = {**self.ledger.items, item.id: item}
        self.ledger = replace(self.ledger, items=items)

    def put_key(self, key: bytes, written: KeyWord) -> None:
        """Gives both worlds a key's word as if it had been granted."""
        at, slots = self.at[Contract.REGISTRY], _SLOTS["PartnerRegistry"]
        self.evm.put_word(at, place_of(slots["_keys"], key), written.to_word())
        self.registry = replace(self.registry, keys={**self.registry.keys, key: written})


def calldata(call: Call | Submission) -> bytes:
    if isinstance(call, Call):
        return wire.encode_call(call)
    parts = [calldata(part) for part in call.calls]
    heads, tail = [], b""
    for part in parts:
        heads.append(32 * len(parts) + len(tail))
        tail += word(len(part)) + part + bytes(-len(part) % 32)
    return _SUBMIT + enc(32, len(parts), *heads) + tail


def _plain(signature: str, *values: int | bytes) -> bytes:
    return keccak(signature.encode())[:4] + enc(*values)


def _items(call: Call | Submission) -> Iterable[bytes]:
    if isinstance(call, Call):
        return [message.item for message in call.messages]
    return [item for part in call.calls for item in _items(part)]


def _types(call: Call | Submission) -> Iterable[str]:
    if isinstance(call, Call):
        return [call.of.__name__ for _ in call.messages]
    return [name for part in call.calls for name in _types(part)]


def _name(record: Record) -> str:
    event = record.event
    if isinstance(event, HandOver):
        return "CustodyOffer and CustodyAcceptance"
    if isinstance(event, AcceptedRuling):
        return "Ruling and CustodyAcceptance"
    return type(event.message).__name__


@dataclass(frozen=True)
class Start:
    """The world after deployment, enrolment and the first grants: every play begins from here."""

    world: World
    root: bytes

    def play(self, tally: Tally) -> World:
        start = self.world
        at = start.at
        world = World(
            start.evm.fork(self.root), at[Contract.REGISTRY], at[Contract.LEDGER], at[Contract.ANCHORS], tally
        )
        world.registry, world.ledger, world.anchors = start.registry, start.ledger, start.anchors
        world.actors = dict(start.actors)
        return world


@cache
def start() -> Start:
    evm = Evm(START)
    registry, at_registry = evm.deploy("PartnerRegistry", enc(OWNER, REGISTRAR))
    ledger, at_ledger = evm.deploy("ProvenanceLedger", enc(at_registry, bytes(20)))
    anchors, at_anchors = evm.deploy("Anchors", enc(at_registry))
    assert registry.ok
    assert ledger.ok
    assert anchors.ok
    world = World(evm, at_registry, at_ledger, at_anchors, Tally())
    world.check_items([])
    _enrol_all(world)
    for actor in (*NOBODYS, *NEWCOMERS):
        world.know(actor)
    # Under EIP-7702 an account may carry code; its kind in the registry still is account.
    evm.put_code(Actor("driver").address, WALLETS["lying"].code(b""))
    _put_old_items(world)
    world.check_all()
    return Start(world, evm.save())


def _enrol_all(world: World) -> None:
    for partner, roles in ALLOWED.items():
        admin = ADMINS[partner]
        world.know(admin)
        grant = KeyGrant(admin.address, partner, roles, 1, 0, START + 10**9, START)
        name = keccak(f"partner {partner}".encode())
        assert world.enrol(name, roles, grant, _signed(world, admin, grant), REGISTRAR) is None
    for seat in SEATS:
        # A wallet that denies all could not countersign: each is honest until it has its grant.
        actor = Actor(seat.actor.label, WALLETS["honest"]) if seat.actor.wallet else seat.actor
        world.know(actor)
        times = (START + seat.valid_from, START + seat.valid_to)
        grant = KeyGrant(actor.address, seat.partner, seat.roles, actor.kind, *times, START)
        admin = ADMINS[seat.partner]
        signatures = (_signed(world, admin, grant), _signed(world, actor, grant))
        assert world.grant(grant, admin.address, *signatures) is None
        world.know(seat.actor)


def _signed(world: World, actor: Actor, message: KeyGrant) -> bytes:
    return actor.sign(world.signatures.domains[Contract.REGISTRY].digest(struct_hash(message)))


def _put_old_items(world: World) -> None:
    head = keccak(b"a long life")[:26]
    challenged = ChallengeWord(head, 65534)
    exhausted = ChallengeWord(head, 65535)
    slots = (
        (Slot(head, 65534, Stage.RECEIVED, False, 3, 1), challenged),
        (Slot(head, 65535, Stage.RECEIVED, False, 3, 1), exhausted),
        (Slot(head, 65535, Stage.RESOLD, False, 3, 0), None),
        (Slot(head, 65534, Stage.EVALUATED, False, 3, 3), exhausted),
    )
    for item, (slot, challenges) in zip(OLD, slots, strict=True):
        world.put(Item(item, world.ledger.item(item).genesis, slot, challenges))
