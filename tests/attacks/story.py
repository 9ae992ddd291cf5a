"""Items with every kind of record, on a real chain whose times are fixed: told again, it gives the same bytes.

The chain is embedded, the contracts are the published ones, the index is followed and the bundles are proven by the
prover that users run. Only the clock is ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from equal_rules.wallets import WALLETS
from ledger.world import DAY, Member, Signatory, World
from provenance.ledger.chain import Chain, connect
from provenance.ledger.embedded.clock import Clock
from provenance.ledger.embedded.genesis import Genesis
from provenance.model.calls import Authorization, Call
from provenance.model.hashing import ZERO, keccak
from provenance.model.ids import item_id, item_salt
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    ItemMessage,
    Withdrawal,
)
from provenance.model.vocabulary import ALL_ROLES, HANDLERS, Role, Stage
from provenance.proofs.attestations import WitnessSignature, attest
from provenance.proofs.bundle import Bundle, ItemName
from provenance.proofs.canonical import JsonValue, canonical
from provenance.proofs.commitments import Field, root_of
from provenance.proofs.eip712 import struct_hash
from provenance.proofs.state import read_header
from provenance.proofs.trust import BlockRoot, NodeRoot, Trust, TrustRoot, WitnessRoot
from provenance.store.database import Database, open_database
from provenance.store.details import PUBLIC, StoredDetails, StoredField, save_details
from provenance.store.names import ItemName as StoredName
from provenance.store.names import PartnerName, save_item_names, save_partner_names
from provenance.workflows.following import follow
from provenance.workflows.proving import prove
from provenance.workflows.trusting import pinned
from sample_keys import address, private_key

START = 1_767_225_600  # 2026-01-01T00:00:00Z
NETWORK_KEY = keccak(b"story: network key")
NODE = "http://127.0.0.1:8545"
WITNESSES = ("witness one", "witness two", "witness three")
COPY_CODE = bytes.fromhex("600b5981380380925939f3")  # makes what follows the code of the new contract

ERASED = "erased"
"""Said instead of an audience: the value and its salt are gone, only the commitment is left."""

Fields = Mapping[str, tuple[JsonValue, str]]
Receipt = Any


class StoryClock(Clock):
    """The next block is told ten seconds after the last."""

    def now(self) -> int:
        return START + self.shift

    def used(self, block_time: int) -> None:
        self.shift = block_time - START + 10
        self.next_time = None


@contextmanager
def story_chain(path: Path) -> Iterator[Chain]:
    with connect(path, Genesis(timestamp=START - DAY), development=True) as chain:
        provider: Any = chain.web3.provider
        provider.node.clock = StoryClock()
        yield chain


def salt_of(label: str) -> bytes:
    return keccak(f"story: salt {label}".encode())[:16]


def plain(*names: str) -> Fields:
    """A few public fields."""
    return {name: (f"value of {name}", PUBLIC) for name in names}


@dataclass
class Story:
    """A world with its index, and the items told so far."""

    world: World
    database: Database
    items: dict[str, ItemName] = field(default_factory=dict)
    _documents: list[StoredDetails] = field(default_factory=list)
    _count: int = 0

    # What is said.

    def details(self, item: bytes, fields: Fields | None, *, kept: bool = True) -> bytes:
        """The root of a document with these fields; where it is not `kept`, the store has nothing of it."""
        if not fields:
            return ZERO
        self._count += 1
        made = {
            name: Field(name, value, salt_of(f"{self._count} {name}")) for name, (value, _) in fields.items()
        }
        stored = []
        for name, (value, audience) in fields.items():
            if audience == ERASED:
                stored.append(StoredField(made[name].commitment, PUBLIC, None, None, None))
            else:
                text = canonical(value).decode()
                stored.append(StoredField(made[name].commitment, audience, name, made[name].salt, text))
        root = root_of(made.values())
        if kept:
            self._documents.append(StoredDetails(root, item, tuple(stored)))
        return root

    def item(self, name: str, *, named: bool = True) -> bytes:
        uri = f"https://id.gs1.org/01/09506000134352/21/{name.upper()}"
        salt = item_salt(NETWORK_KEY, uri)
        id_ = item_id(salt, uri)
        self.items[name] = ItemName(id_, uri, salt) if named else ItemName(id_)
        return id_

    # What is done. Each is one block unless it is given to `together`.

    def say(
        self, who: Member, message: ItemMessage, fields: Fields | None = None, *, kept: bool = True
    ) -> Call:
        root = self.details(message.item, fields, kept=kept)
        return self.world.call(who, replace(message, details=root))

    def tell(
        self, who: Member, message: ItemMessage, fields: Fields | None = None, *, kept: bool = True
    ) -> Receipt:
        return self.world.send(self.say(who, message, fields, kept=kept))

    def pass_on(
        self,
        giver: Member,
        message: ItemMessage,
        receiver: Member,
        fields: Fields | None = None,
        accepted: Fields | None = None,
        exceptions: int = 0,
    ) -> Call:
        """A hand-over, or a ruling that moves custody."""
        said = replace(message, details=self.details(message.item, fields))
        acceptance = Acceptance(exceptions, self.details(message.item, accepted))
        return Call(
            type(said),
            (said,),
            self.world.authorize(giver, [said]),
            (acceptance,),
            self.world.authorize(receiver, [acceptance.of(struct_hash(said))]),
        )

    def report(self, item: bytes, stage: Stage, grade: int | None = None) -> ConditionReport:
        return self.world.report(item, stage, grade)

    def offer(self, item: bytes, to: Member) -> CustodyOffer:
        return self.world.offer(item, to)

    def seq(self, item: bytes) -> int:
        return self.world.next_seq(item)

    def correction(self, item: bytes, corrects: int, answers: int = 0) -> Correction:
        return Correction(item, self.seq(item), corrects, answers, self.world.deadline(), ZERO)

    def hold(self, item: bytes, on: bool) -> Hold:
        return Hold(item, self.seq(item), on, self.world.deadline(), ZERO)

    def save(self) -> None:
        """Details and names into the store, and the index up to the head."""
        partners = ("centre", "workshop", "auditor")
        with self.database.writing() as connection:
            save_details(connection, self._documents)
            save_item_names(
                connection,
                [
                    StoredName(name.id, name.uri, name.salt, None, None, True)
                    for name in self.items.values()
                    if name.uri and name.salt
                ],
            )
            save_partner_names(
                connection, [PartnerName(keccak(name.encode()), name, "story", True) for name in partners]
            )
        follow(self.database, self.world.gateway)

    def prove(self, name: str, *, audience: str = PUBLIC, block: int | None = None) -> Bundle:
        return prove(self.database, self.world.gateway, self.items[name], audience=audience, block=block)

    def trust(self, root: TrustRoot, **settings: bool) -> Trust:
        return pinned(self.world.deployment, root, **settings)

    def roots(self, bundle: Bundle) -> dict[str, TrustRoot]:
        """A trust root of each kind that vouches for the bundle's block."""
        header = read_header(bundle.header)
        return {
            "block": BlockRoot(header.number, header.hash),
            "witnesses": WitnessRoot(2, tuple(sorted(address(name) for name in WITNESSES))),
            "node": NodeRoot(NODE),
        }


def attested(bundle: Bundle, names: Sequence[str] = WITNESSES) -> Bundle:
    """The bundle with these witnesses' word on its block."""
    header = read_header(bundle.header)
    words = [attest(private_key(name), bundle.chain_id, header.number, header.hash).by for name in names]
    return replace(bundle, attestations=tuple(sorted(words, key=_witness)))


def _witness(by: WitnessSignature) -> bytes:
    return by.witness


@contextmanager
def opened(kind: str = "embedded") -> Iterator[Story]:
    """A story that nothing was told in yet."""
    with TemporaryDirectory() as folder:
        chain_file = Path(folder) / "chain.sqlite3"
        with story_chain(chain_file) as chain, story_on(chain, Path(folder)) as story:
            yield story


@contextmanager
def story_on(chain: Chain, folder: Path) -> Iterator[Story]:
    """A story on any chain."""
    database = open_database(f"sqlite:///{folder / 'index.db'}")
    try:
        yield Story(World(chain), database)
    finally:
        database.close()


def tell_all(story: Story) -> None:
    """Every item below, one after the other, and the index of it all."""
    for tell in (
        tell_long_life,
        tell_many_at_once,
        tell_wallet,
        tell_revoked,
        tell_same_second,
        tell_unnamed,
        tell_withheld,
        tell_single,
    ):
        tell(story)
    story.item("never")
    story.item("never-unnamed", named=False)
    story.save()


def tell_long_life(story: Story) -> None:
    """Every kind of record, every JSON type in a field, and a second cycle."""
    world = story.world
    centre, workshop, auditor = world.centre, world.workshop, world.auditor
    item = story.item("life")
    everything: Fields = {
        "occurredAt": ("2026-01-01T00:00:00Z", PUBLIC),
        "massKg": ("1.250", PUBLIC),
        "parts": ([{"name": "belt", "count": 1}, {"name": "Schlüsselschraube M4", "count": 12}], PUBLIC),
        "grading": ({"code": "C5", "scheme": "R2v3", "none": None, "sure": False}, PUBLIC),
        "note": ('quote " backslash \\ tab \t euro € clef \U0001d11e', PUBLIC),
        "least": (-(2**53 - 1), PUBLIC),
    }
    story.tell(centre, world.intake(item, 3), everything)
    story.tell(centre, story.report(item, Stage.EVALUATED, 4), plain("finding"))
    story.tell(centre, Withdrawal(item, story.seq(item), keccak(b"an offer"), world.deadline(), ZERO))
    world.send(
        story.pass_on(centre, story.offer(item, workshop), workshop, plain("parcel"), plain("arrival"), 33)
    )
    story.tell(workshop, story.report(item, Stage.IN_REPAIR), plain("fault", "place"))
    story.tell(workshop, story.report(item, Stage.IN_REPAIR), {"occurredAt": ("2027-01-01", PUBLIC)})
    story.tell(workshop, story.report(item, Stage.EVALUATED, 2), plain("outcome"))
    story.tell(centre, world.challenge(item, 7), plain("why"))
    story.tell(workshop, story.correction(item, 7, 1), plain("explanation"))
    story.tell(auditor, story.hold(item, True), plain("reason"))
    story.tell(workshop, story.report(item, Stage.EVALUATED))
    story.tell(auditor, story.hold(item, False))
    story.tell(auditor, world.challenge(item, 2))
    ruling = world.ruling(item, Stage.RESALE_READY, workshop.partner, 3, 2)
    story.tell(auditor, ruling, plain("finding"))
    moving = world.ruling(item, Stage.RESALE_READY, centre.partner, 3)
    world.send(story.pass_on(auditor, moving, centre, plain("cause"), plain("receipt"), 16))
    story.tell(centre, story.report(item, Stage.RESOLD))
    story.tell(workshop, world.intake(item, 2), plain("secondReturn"))
    story.tell(workshop, story.report(item, Stage.MISSING))
    story.tell(auditor, world.ruling(item, Stage.DISPOSED, 0, 1), plain("lost"))
    story.tell(centre, world.challenge(item, 17))


def tell_many_at_once(story: Story) -> None:
    """One signature over six items, and one of each hand-over's sides over them; the fifth is ours."""
    world = story.world
    items = [world.new_item() for _ in range(4)] + [story.item("one-of-six"), world.new_item()]
    intakes = [replace(world.intake(item), details=story.details(item, plain("of"))) for item in items]
    world.send(world.call(world.centre, *intakes))
    world.send(world.call(world.centre, *(world.report(item, Stage.EVALUATED, 5) for item in items)))
    offers = [replace(world.offer(item, world.workshop), details=ZERO) for item in items]
    acceptances = tuple(Acceptance(0, story.details(item, plain("checked"))) for item in items)
    accepted = [given.of(struct_hash(offer)) for given, offer in zip(acceptances, offers, strict=True)]
    world.send(
        Call(
            CustodyOffer,
            tuple(offers),
            world.authorize(world.centre, offers),
            acceptances,
            world.authorize(world.workshop, accepted),
        )
    )


def tell_wallet(story: Story) -> None:
    """A contract wallet takes in and hands over to an account."""
    world = story.world
    owner = Member("story: the wallet's owner", world.centre.partner)
    created = world.sender.send(None, COPY_CODE + WALLETS["honest"].code(owner.address)).contract
    assert created is not None
    world.grant_wallet(world.centre, created, owner.label, HANDLERS)
    item = story.item("wallet")
    intake = replace(world.intake(item), details=story.details(item, plain("by")))
    world.send(Call(Intake, (intake,), Authorization(created, owner.sign(world.domain, [intake]))))
    offer = replace(story.offer(item, world.workshop), details=ZERO)
    accepted = Acceptance(0, ZERO)
    world.send(
        Call(
            CustodyOffer,
            (offer,),
            Authorization(created, owner.sign(world.domain, [offer])),
            (accepted,),
            world.authorize(world.workshop, [accepted.of(struct_hash(offer))]),
        )
    )


def tell_revoked(story: Story) -> None:
    """A key that was revoked later, and one that was valid for the one second in which it was used."""
    world = story.world
    item = story.item("revoked")
    leaver = world.grant(world.centre, "story: leaver", HANDLERS)
    story.tell(leaver, world.intake(item), plain("by"))
    world.revoke(world.centre, leaver.address)
    moment = world.now() + 1_000
    brief = world.grant(world.centre, "story: brief", HANDLERS, valid_from=moment, valid_to=moment)
    call = story.say(brief, story.report(item, Stage.EVALUATED, 3))
    for time in (moment - 1, moment):
        world.chain.request("evm_setNextBlockTimestamp", [hex(time)])
        if time == moment:
            world.send(call)
        else:
            world.chain.request("evm_mine")


def tell_same_second(story: Story) -> None:
    """Events and challenges in one block, and then nothing but a challenge."""
    world = story.world
    item = story.item("same-second")
    deadline = world.deadline()
    centre, auditor = world.centre, world.auditor
    world.send(
        world.call(centre, Intake(item, 1, 0, deadline, ZERO)),
        world.call(auditor, Challenge(item, 1, 1, deadline, story.details(item, plain("doubt")))),
        world.call(centre, ConditionReport(item, 2, Stage.EVALUATED, 1, deadline, ZERO)),
        world.call(auditor, Challenge(item, 2, 2, deadline, ZERO)),
        world.call(world.workshop, Challenge(item, 3, 1, deadline, ZERO)),
        world.call(centre, Correction(item, 3, 2, 2, deadline, ZERO)),
    )
    story.tell(world.workshop, world.challenge(item, 3))


def tell_unnamed(story: Story) -> None:
    """An item known by its id alone, with partners whose names nobody here knows."""
    world = story.world
    quiet = world.enrol("a partner who is not named")
    other = world.enrol("story: another", Role.ADMIN | HANDLERS)
    item = story.item("unnamed", named=False)
    story.tell(quiet, world.intake(item))
    world.send(story.pass_on(quiet, story.offer(item, other), other))


def tell_withheld(story: Story) -> None:
    """Fields for partners and auditors alone, a field that was erased, and a document that we do not have."""
    world = story.world
    item = story.item("withheld")
    fields: Fields = {
        "grade": ("B", PUBLIC),
        "price": ("12.50", "partners"),
        "customer": ("somebody", ERASED),
        "suspicion": ({"of": "fraud"}, "auditors"),
    }
    story.tell(world.centre, world.intake(item), fields)
    story.tell(world.centre, story.report(item, Stage.EVALUATED, 3), plain("kept elsewhere"), kept=False)
    story.tell(world.centre, story.report(item, Stage.EVALUATED, 3), {"only": ("this", "auditors")})


def tell_single(story: Story) -> None:
    """Taken in, and that is all."""
    item = story.item("single")
    story.tell(story.world.centre, story.world.intake(item), plain("first"))


__all__ = ["ALL_ROLES", "Signatory", "Story", "attested", "opened", "story_on", "tell_all"]
