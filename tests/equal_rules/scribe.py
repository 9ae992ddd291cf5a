"""Writes the messages that actors try: mostly right, often wrong in one way, sometimes in several.

All chance comes from one random.Random, so that a number tells the whole action.
"""

from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from equal_rules.actors import ADMINS, BAD_WALLETS, NOBODYS, OWNER, REGISTRAR, STRANGER, Actor
from equal_rules.world import ITEMS, OLD, World
from provenance.model.calls import Authorization, Call, Contract, Submission
from provenance.model.item import Item
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
    ItemMessage,
    KeyGrant,
    KeyRevocation,
    Message,
    Ruling,
    Withdrawal,
    zero,
)
from provenance.model.vocabulary import HANDLERS, MOVES, NO_ROLES, ROLE_OF, Role, Stage
from provenance.model.words import KeyWord, Slot
from provenance.proofs.eip712 import Domain, SignedTree, struct_hash
from provenance.proofs.signatures import ORDER

T = TypeVar("T")
Fields = dict[str, Any]
LEDGER_KINDS = (Intake, ConditionReport, CustodyOffer, Withdrawal, Correction, Challenge, Hold, Ruling)


class Scribe:
    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(seed)

    # Chance.

    def pick(self, choices: Any) -> Any:
        return self.random.choice(list(choices))

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def below(self, limit: int) -> int:
        return self.random.randrange(limit)

    def some(self, wanted: list[T], others: list[T], percent: int) -> T:
        """One of the wanted, mostly; one of the others where there is none."""
        return self.pick(wanted) if wanted and (not others or self.chance(percent)) else self.pick(others)

    def word(self) -> bytes:
        return self.random.randbytes(32)

    # Who.

    @property
    def keys(self) -> dict[bytes, KeyWord]:
        return dict(self.world.registry.keys)

    def key(self, partner: int | None = None, roles: Role = NO_ROLES) -> Actor:
        """A key that is valid, acts for the partner and has one of the roles, as far as there is one."""
        known = self.keys
        valid = [key for key, word in known.items() if word.is_valid_at(self.world.time)]
        fitting = [
            key
            for key in valid
            if (partner is None or known[key].partner == partner) and (not roles or known[key].roles & roles)
        ]
        # Bad wallets are many, and what they sign is mostly refused: they get their turn, but not most turns.
        if not self.chance(12):
            fitting = [key for key in fitting if self.world.actors[key] not in BAD_WALLETS] or fitting
        chosen = self.some(fitting, list(known) if self.chance(20) else valid, 94)
        return self.pick(NOBODYS) if self.chance(1) else self.world.actors[chosen]

    def partner_of(self, actor: Actor) -> int:
        known = self.world.registry.keys.get(actor.address)
        return known.partner if known else 0

    def roles_of(self, actor: Actor) -> Role:
        known = self.world.registry.keys.get(actor.address)
        return known.roles if known else NO_ROLES

    # Which item.

    def items(self, fits: Callable[[Slot | None], bool]) -> list[Item]:
        # The old ones can do little more; they are there for what happens at the end of the numbers.
        ids = (*ITEMS, *OLD) if self.chance(6) else ITEMS
        found = [self.world.ledger.item(item) for item in ids]
        return [item for item in found if fits(item.slot)]

    def item(self, fits: Callable[[Slot | None], bool]) -> Item:
        return self.some(self.items(fits), self.items(lambda _: True), 93)

    # When.

    def deadline(self) -> int:
        return self.world.time + self.pick((0, 1, 20, 500, 100_000, 10**9))

    # Calls of the ledger.

    def call(self, kind: type[ItemMessage] | None = None) -> Call:
        kind = kind or self.pick(LEDGER_KINDS)
        write = {
            Intake: self._intakes,
            ConditionReport: self._reports,
            CustodyOffer: self._hand_overs,
            Withdrawal: self._withdrawals,
            Correction: self._corrections,
            Challenge: self._challenges,
            Hold: self._holds,
            Ruling: self._rulings,
        }[kind]
        return write()

    def submission(self) -> Submission:
        parts: list[Call | Submission] = [self.call() for _ in range(self.pick((1, 2, 2, 3, 4)))]
        if self.chance(4):
            parts = []
        if self.chance(15):
            parts.insert(
                self.below(len(parts) + 1), Submission(tuple(self.call() for _ in range(self.below(3))))
            )
        return Submission(tuple(parts))

    def _how_many(self) -> int:
        return 0 if self.chance(2) else self.pick((1, 1, 1, 1, 1, 1, 1, 2, 3, 5))

    def _intakes(self) -> Call:
        actor = self.key(roles=Role.INTAKE)
        graded = bool(self.roles_of(actor) & Role.INSPECTOR)

        def write() -> Fields:
            item = self.item(lambda slot: slot is None or slot.stage.has_left)
            return {
                "item": item.id,
                "seq": self._next(item),
                "grade": self.pick(range(8)) if graded or self.chance(10) else 0,
            }

        return self._single(Intake, actor, write)

    def _reports(self) -> Call:
        lead = self.item(lambda slot: slot is not None and slot.stage.is_held)
        custodian = lead.slot.custodian if lead.slot else None
        actor = self.key(custodian, HANDLERS)
        partner, roles = self.partner_of(actor), self.roles_of(actor)

        def write() -> Fields:
            item = self.item(lambda slot: slot is not None and slot.custodian == partner)
            stage = item.slot.stage if item.slot else Stage.RECEIVED
            ends = [to for to in MOVES[stage] if to == stage or ROLE_OF.get(to, roles) & roles]
            # Missing too often would stop all play.
            ends = [to for to in ends if to != Stage.MISSING or self.chance(25)]
            to = self.some(ends, [Stage(number) for number in range(15)], 88)
            grade = item.slot.grade if item.slot else 0
            if (roles & Role.INSPECTOR and self.chance(60)) or self.chance(8):
                grade = self.below(8)
            return {"item": item.id, "seq": self._next(item), "stage": int(to), "grade": grade}

        return self._single(ConditionReport, actor, write)

    def _withdrawals(self) -> Call:
        lead = self.item(lambda slot: slot is not None and slot.custodian != 0)
        actor = self.key(
            lead.slot.custodian if lead.slot else None, HANDLERS if self.chance(85) else NO_ROLES
        )
        partner = self.partner_of(actor)

        def write() -> Fields:
            item = self.item(lambda slot: slot is not None and slot.custodian == partner)
            return {"item": item.id, "seq": self._next(item), "offer": self.word()}

        return self._single(Withdrawal, actor, write)

    def _corrections(self) -> Call:
        lead = self.item(lambda slot: slot is not None and slot.custodian != 0)
        auditor = self.chance(40)
        custodian = lead.slot.custodian if lead.slot else None
        actor = self.key(roles=Role.AUDITOR) if auditor else self.key(custodian)
        partner = self.partner_of(actor)

        def write() -> Fields:
            item = self.item(lambda slot: slot is not None and (auditor or slot.custodian == partner))
            return {
                "item": item.id,
                "seq": self._next(item),
                "corrects": self._event_of(item),
                "answers": self._answer(item),
            }

        return self._single(Correction, actor, write)

    def _challenges(self) -> Call:
        def write() -> Fields:
            item = self.item(lambda slot: slot is not None)
            count = min(item.challenge_count + 1, 65535)
            return {"item": item.id, "count": count, "challenged": self._event_of(item)}

        return self._single(Challenge, self.key(), write)

    def _holds(self) -> Call:
        actor = self.key(roles=Role.AUDITOR if self.chance(92) else NO_ROLES)

        def write() -> Fields:
            item = self.item(lambda slot: slot is not None and not slot.stage.has_ended)
            held = item.slot.on_hold if item.slot else False
            return {
                "item": item.id,
                "seq": self._next(item),
                "on_hold": not held if self.chance(85) else held,
            }

        return self._single(Hold, actor, write)

    def _hand_overs(self) -> Call:
        lead = self.item(lambda slot: slot is not None and slot.stage.is_held)
        giver = self.key(
            lead.slot.custodian if lead.slot else None, HANDLERS if self.chance(90) else NO_ROLES
        )
        partner = self.partner_of(giver)
        receiver = self.key(roles=HANDLERS if self.chance(93) else NO_ROLES)
        to = self.partner_of(receiver)

        def write() -> Fields:
            item = self.item(lambda slot: slot is not None and slot.custodian == partner)
            prior = item.slot.to_word() if item.slot else self.word()
            return {
                "item": item.id,
                "prior": prior if self.chance(92) else self.word(),
                "to": to if self.chance(92) else self.below(9),
            }

        messages = self._messages(CustodyOffer, write)
        return self._accepted(CustodyOffer, messages, giver, receiver)

    def _rulings(self) -> Call:
        auditor = self.key(roles=Role.AUDITOR if self.chance(93) else NO_ROLES)
        receiver = self.key(roles=HANDLERS if self.chance(90) else NO_ROLES) if self.chance(55) else None

        def write() -> Fields:
            item = self.item(lambda slot: slot is not None)
            custodian = item.slot.custodian if item.slot else 0
            stage = self.pick(range(1, 15)) if self.chance(95) else self.pick((0, 15, 255))
            held = 1 <= stage <= 14 and Stage(stage).is_held
            to = (self.partner_of(receiver) if receiver else custodian) if held else 0
            return {
                "item": item.id,
                "seq": self._next(item),
                "stage": stage,
                "grade": self.below(8),
                "to": to if self.chance(90) else self.below(9),
                "answers": self._answer(item),
            }

        messages = self._messages(Ruling, write)
        if receiver is None:
            return Call(Ruling, messages, self._authorize(Ruling, messages, auditor))
        return self._accepted(Ruling, messages, auditor, receiver)

    def _single(self, kind: type[ItemMessage], actor: Actor, write: Callable[[], Fields]) -> Call:
        messages = self._messages(kind, write)
        return Call(kind, messages, self._authorize(kind, messages, actor))

    def _accepted(
        self, kind: type[ItemMessage], messages: tuple[ItemMessage, ...], by: Actor, receiver: Actor
    ) -> Call:
        acceptances = tuple(
            Acceptance(self.pick((0, 1, 33, 65535)), self.pick((bytes(32), self.word()))) for _ in messages
        )
        hashes = [struct_hash(message) for message in messages]
        signed = tuple(acceptance.of(begun) for acceptance, begun in zip(acceptances, hashes, strict=True))
        if self.chance(4):
            acceptances = acceptances[1:] if self.chance(50) else (*acceptances, Acceptance())
        return Call(
            kind,
            messages,
            self._authorize(kind, messages, by),
            acceptances,
            self._authorize(CustodyAcceptance, signed, receiver),
        )

    def _messages(self, kind: type[ItemMessage], write: Callable[[], Fields]) -> tuple[ItemMessage, ...]:
        """So many messages; several for one item follow each other."""
        made: list[ItemMessage] = []
        for _ in range(self._how_many()):
            fields = write()
            ahead = sum(message.item == fields["item"] for message in made)
            for name in ("seq", "count"):
                if name in fields:
                    fields[name] = min(fields[name] + ahead, 65535)
            fields |= {"deadline": self.deadline(), "details": self.word()}
            if self.chance(14):
                fields |= self._fault(fields)
            made.append(kind(**fields))
        return tuple(made)

    def _fault(self, fields: Fields) -> Fields:
        faults: Fields = {
            "deadline": self.pick((self.world.time - 1, 0)),
            "item": self.word(),
            "seq": self.pick(
                (0, 1, 65535, max(0, fields.get("seq", 1) - 1), min(65535, fields.get("seq", 1) + 1))
            ),
            "count": self.pick((0, 1, 65535, min(65535, fields.get("count", 0) + 1))),
            "stage": self.pick((0, 15, 255, self.below(15))),
            "grade": self.pick((0, 0, 8, 255, self.below(8))),
            "to": self.pick((0, 1, 2, 3, 7, 8, 2**24 - 1)),
            "corrects": self.pick((0, 65535)),
            "challenged": self.pick((0, 65535)),
            "answers": self.pick((1, 65535)),
            "prior": self.word(),
        }
        name = self.pick(name for name in faults if name in fields)
        return {name: faults[name]}

    def _next(self, item: Item) -> int:
        return min(item.slot.seq + 1, 65535) if item.slot else 1

    def _event_of(self, item: Item) -> int:
        last = item.slot.seq if item.slot else 1
        return self.random.randint(1, last) if self.chance(92) else self.pick((0, min(last + 1, 65535)))

    def _answer(self, item: Item) -> int:
        if item.challenge_count and self.chance(50):
            return self.random.randint(1, item.challenge_count)
        return 0 if self.chance(93) else min(item.challenge_count + 1, 65535)

    # Signatures.

    def _authorize(self, kind: type[Message], messages: tuple[Message, ...], actor: Actor) -> Authorization:
        """The actor's signature over the messages, as the whole tree or as a part of a larger one."""
        if not messages:
            return Authorization(actor.address, b"")
        height = (len(messages) - 1).bit_length()
        above = self.pick((0, 0, 0, 0, 1, 2, 3))
        place = self.below(1 << above)
        padding = [zero(kind)] * ((1 << height) - len(messages)) if above else []
        others = [self._other(kind) for _ in range(place << height)]
        # At least one more leaf behind, so that the tree has its height.
        behind = [self._other(kind) for _ in range(((1 << above) - place - 1) << height)]
        tree = SignedTree((*others, *messages, *padding, *behind))
        authorization = Authorization(
            actor.address,
            self._sign(actor, Contract.LEDGER, tree.struct_hash),
            place,
            tree.path(place, height),
        )
        return self._forged(authorization) if self.chance(4) else authorization

    def _other(self, kind: type[Message]) -> Message:
        """A message of the kind that nobody will send."""
        filler = zero(kind)
        return type(filler)(**{**_fields(filler), "details": self.word()})

    def _sign(self, actor: Actor, contract: Contract, hashed: bytes) -> bytes:
        domain = self.world.signatures.domains[contract]
        if self.chance(1):
            domain = self.pick(
                (
                    Domain(contract, domain.chain_id + 1, domain.address),
                    Domain(contract, domain.chain_id, self.random.randbytes(20)),
                    *(other for other in self.world.signatures.domains.values() if other != domain),
                )
            )
        if self.chance(1):
            actor = self.pick(self.world.actors.values())
        signature = actor.sign(domain.digest(hashed))
        return self._mangled(signature) if self.chance(2) else signature

    def _mangled(self, signature: bytes) -> bytes:
        s = ORDER - int.from_bytes(signature[32:64], "big")
        place = self.below(65)
        return self.pick(
            (
                signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]]),  # high s
                signature[:64],
                signature + b"\0",
                b"",
                signature[:64] + bytes([signature[64] - 27]),
                signature[:place] + bytes([signature[place] ^ 1 << self.below(8)]) + signature[place + 1 :],
                bytes(65),
            )
        )

    def _forged(self, given: Authorization) -> Authorization:
        """The authorization with a false place or path."""
        path = list(given.path)
        if path:
            path[self.below(len(path))] = self.word()
        return self.pick(
            (
                Authorization(given.signer, given.signature, given.index, tuple(path)),
                Authorization(given.signer, given.signature, given.index ^ 1, given.path),
                Authorization(
                    given.signer, given.signature, given.index + (1 << len(given.path)), given.path
                ),
                Authorization(given.signer, given.signature, 2**256 - 1, given.path),
                Authorization(given.signer, given.signature, given.index, (*given.path, self.word())),
                Authorization(given.signer, given.signature, given.index, given.path[1:]),
                Authorization(given.signer, given.signature, given.index, (self.word(),) * 11),
                Authorization(self.key().address, given.signature, given.index, given.path),
            )
        )

    # The registry and the anchors.

    def _caller(self, right: bytes) -> bytes:
        return right if self.chance(88) else self.pick((OWNER, REGISTRAR, STRANGER))

    def enrol(self) -> None:
        partner = len(self.world.registry.partners) + 1
        actor = self._newcomer()
        grant = self._grant(actor, partner if self.chance(90) else self.below(12))
        if self.chance(90):
            grant = type(grant)(**{**_fields(grant), "roles": grant.roles | Role.ADMIN})
        roles = self.pick((511, 511, 511, grant.roles, 0, 512, 65535, self.below(512)))
        name = self.word() if self.chance(88) else bytes(32)
        signature = self._sign(actor, Contract.REGISTRY, struct_hash(grant))
        self.world.enrol(name, roles, grant, signature, self._caller(self.world.registry.registrar))

    def grant(self) -> None:
        partner = self.pick(self.world.registry.partners)
        admin = self.key(partner, Role.ADMIN if self.chance(92) else NO_ROLES)
        own = self.partner_of(admin)
        actor = self._newcomer()
        grant = self._grant(actor, own if self.chance(92) else self.below(12))
        hashed = struct_hash(grant)
        signatures = (
            self._sign(admin, Contract.REGISTRY, hashed),
            self._sign(actor, Contract.REGISTRY, hashed),
        )
        self.world.grant(grant, admin.address, *signatures)

    def _newcomer(self) -> Actor:
        known = self.world.registry.keys
        new = [actor for actor in self.world.actors.values() if actor.address not in known]
        new = [actor for actor in new if actor not in NOBODYS]
        return self.some(new, [self.world.actors[key] for key in known], 92)

    def _grant(self, actor: Actor, partner: int) -> KeyGrant:
        known = self.world.registry.partners.get(partner)
        allowed = int(known.standing.allowed) if known else 511
        roles = allowed & (self.below(511) + 1) if self.chance(85) else self.pick((0, 512, 1024, 511, 256))
        now = self.world.time
        return KeyGrant(
            actor.address,
            partner,
            roles,
            int(actor.kind) if self.chance(90) else self.pick((0, 1, 2, 3, 255)),
            self.pick((0, now, now + 50, now + 1000)),
            self.pick((now + 10**8, 2**64 - 1, now + 60, now + 1100))
            if self.chance(92)
            else self.pick((0, now - 1)),
            self.deadline() if self.chance(92) else now - 1,
        )

    def revoke(self) -> None:
        known = self.keys
        # Keys that many actions need are spared, mostly: play must go on.
        spared = {actor.address for actor in ADMINS.values()}
        key = self.some([key for key in known if key not in spared], list(known), 90)
        if self.chance(5):
            key = self.pick(NOBODYS).address
        partner = known[key].partner if key in known else 1
        by = self.world.actors[key] if self.chance(30) else self.key(partner, Role.ADMIN)
        by = self.key() if self.chance(8) else by
        now = self.world.time
        valid_to = self.pick((0, now, now + 30, now + 5000)) if self.chance(85) else 2**64 - 1
        revocation = KeyRevocation(key, valid_to, self.deadline() if self.chance(95) else now - 1)
        signature = self._sign(by, Contract.REGISTRY, struct_hash(revocation))
        self.world.revoke(revocation, by.address, signature)

    def govern(self) -> None:
        """Something that the registrar or the owner does, or somebody who would like to be either."""
        world, registry = self.world, self.world.registry
        partner = self.below(len(registry.partners) + 2)
        registrar, owner = self._caller(registry.registrar), self._caller(registry.owner)
        roles = self.pick((511, self.below(600), 0)) if self.chance(70) else 511
        suspended = [number for number, known in registry.partners.items() if known.standing.suspended]
        acts: list[Callable[[], object]] = [
            lambda: world.allow_roles(partner, roles, registrar),
            lambda: world.set_suspended(partner, True, registrar),
            lambda: world.set_suspended(self.some(suspended, [partner], 90), False, registrar),
            lambda: world.set_suspended(self.some(suspended, [partner], 90), False, registrar),
            lambda: world.set_paused(True, owner),
            lambda: world.set_paused(False, owner),
            lambda: world.name_registrar(self.pick((REGISTRAR, STRANGER)), owner),
            lambda: world.transfer_ownership(self.pick((OWNER, STRANGER)), owner),
            lambda: world.accept_ownership(self._caller(registry.pending_owner)),
            lambda: world.renounce_ownership(owner),
            lambda: world.redeploy(self.pick((bytes(20), OWNER))),
        ]
        self.pick(acts)()

    def resume(self) -> None:
        """Ends a pause."""
        self.world.set_paused(False, self.world.registry.owner)

    def anchor(self) -> None:
        actor, kind, digest = self.key(), self.pick((1, 2, 3)), self.word()
        if self.world.anchors.places and self.chance(30):
            partner, kind, digest = self.pick(self.world.anchors.places)
            actor = self.key(partner if self.chance(60) else None)
        kind = kind if self.chance(88) else self.pick((0, 4, 255))
        anchor = Anchor(kind, digest, self.deadline() if self.chance(90) else self.world.time - 1)
        self.world.anchor(anchor, actor.address, self._sign(actor, Contract.ANCHORS, struct_hash(anchor)))


def _fields(message: Message) -> Fields:
    return {name: getattr(message, name) for name in message.__slots__}
