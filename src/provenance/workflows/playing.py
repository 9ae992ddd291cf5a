"""Playing real repairs through sample partners: what the demonstration and the import do.

Waves: an item's next events up to the next hand-over are signed ahead; a hand-over names the whole history so far,
so it is signed once that is indexed. Everything starts from what the ledger already holds: killed at any point and run
again, it goes on where the chain is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from provenance.errors import ChainError
from provenance.interchange import play
from provenance.interchange.ords import RepairRecord, made_up_item
from provenance.interchange.play import Actor
from provenance.model.ids import item_id, item_salt
from provenance.model.vocabulary import HANDLERS, ROLE_OF, Role
from provenance.model.words import Slot
from provenance.store import index
from provenance.store.database import Database
from provenance.store.names import ItemName, save_item_names
from provenance.workflows.enrolment import enrol, grant_key, remember_partners
from provenance.workflows.following import follow
from provenance.workflows.keyring import Key, Keyring
from provenance.workflows.network import Network
from provenance.workflows.recording import Draft, HandOver, Report, TakeIn, record

ITEMS_AT_ONCE = 100


@dataclass(frozen=True)
class SamplePartner:
    """A made-up partner: its name, what it does, and its working keys by name with their roles."""

    name: str
    business: str
    keys: Mapping[str, Role]

    @property
    def roles(self) -> Role:
        roles = Role(0)
        for role in self.keys.values():
            roles |= role
        return roles

    @property
    def administrator(self) -> str:
        return f"{self.name} administrator"


PARTNERS: Mapping[str, SamplePartner] = {
    Actor.RETURNS: SamplePartner(
        "Sample Returns Centre", "takes returned products in", {"returns desk": Role.INTAKE}
    ),
    Actor.CARRIER: SamplePartner(
        "Sample Carrier", "moves them between the others", {"carrier driver": Role.CARRIER}
    ),
    Actor.WORKSHOP: SamplePartner(
        "Sample Workshop",
        "inspects and repairs them",
        {"workshop inspector": Role.INSPECTOR, "workshop technician": Role.REPAIRER},
    ),
    Actor.RESELLER: SamplePartner(
        "Sample Reseller", "finds them a new user", {"reseller shop": Role.RESELLER}
    ),
    Actor.RECYCLER: SamplePartner(
        "Sample Recycler", "recovers their materials", {"recycler yard": Role.RECYCLER}
    ),
    Actor.LAB: SamplePartner(
        "Sample Lab", "keeps them for spare parts and analysis", {"lab bench": Role.INSPECTOR}
    ),
    "auditor": SamplePartner(
        "Sample Auditor", "holds, rules and checks; owns nothing", {"auditor desk": Role.AUDITOR}
    ),
}
KEY_NAMES = tuple(name for partner in PARTNERS.values() for name in (partner.administrator, *partner.keys))


@dataclass(frozen=True)
class Cast:
    """The sample partners as the registry knows them: number and keys by role."""

    numbers: Mapping[str, int]
    keyring: Keyring

    def key(self, actor: str, roles: Role) -> Key:
        """The actor's first key with one of these roles."""
        names = PARTNERS[actor].keys.items()
        return self.keyring[next(name for name, has in names if has & roles)]


@dataclass(frozen=True)
class Part:
    """One item of the play: its name and its steps."""

    name: ItemName
    steps: tuple[play.Step, ...]


def enrol_cast(network: Network, keyring: Keyring) -> Cast:
    """Enrols the sample partners and their keys, those that are not enrolled yet."""
    remember_partners(network.database, [(p.name, p.business) for p in PARTNERS.values()], made_up=True)
    numbers = {}
    for actor, partner in PARTNERS.items():
        administrator = keyring[partner.administrator]
        numbers[actor] = enrol(network, partner.name, partner.roles, administrator)
        for name, roles in partner.keys.items():
            grant_key(network, administrator, keyring[name], roles)
    return Cast(numbers, keyring)


def parts(records: Iterable[RepairRecord], keyring: Keyring) -> list[Part]:
    """The rows as parts of the play, each with its made-up identity."""
    return [Part(_name(record, keyring), play.steps(record)) for record in records]


def perform(network: Network, cast: Cast, all_parts: Sequence[Part], notice: Callable[[int], None]) -> None:
    """Plays all parts to their end; ``notice`` hears how many events of them are recorded, from the start.

    Raises ChainError when a wave gets nowhere.
    """
    waiting = iter(all_parts)
    finished = 0
    while group := list(islice(waiting, ITEMS_AT_ONCE)):
        with network.database.writing() as connection:
            save_item_names(connection, [part.name for part in group])
        for done in _waves(network, cast, group):
            notice(finished + done)
        finished += sum(len(part.steps) for part in group)


def _waves(network: Network, cast: Cast, group: Sequence[Part]) -> Iterator[int]:
    """Plays a group, yielding after each wave how many of its events are recorded."""
    total = sum(len(part.steps) for part in group)
    before = -1
    while True:
        follow(network.database, network.gateway)
        slots = _slots(network.database, group)
        done = sum(min(slot.seq, len(part.steps)) for part, slot in _paired(group, slots) if slot)
        yield done
        if done == total:
            return
        if done == before:
            raise ChainError("the last wave recorded nothing new: look for Skipped logs in its transaction")
        before = done
        drafts = [draft for part, slot in _paired(group, slots) for draft in _next_drafts(cast, part, slot)]
        record(network, drafts)


def _paired(group: Sequence[Part], slots: Mapping[bytes, Slot]) -> Iterator[tuple[Part, Slot | None]]:
    return ((part, slots.get(part.name.item)) for part in group)


def _slots(database: Database, group: Sequence[Part]) -> dict[bytes, Slot]:
    with database.reading() as connection:
        words = index.item_words(connection, [part.name.item for part in group])
    return {item: Slot.from_word(slot) for item, (slot, _) in words.items()}


def _next_drafts(cast: Cast, part: Part, slot: Slot | None) -> list[Draft]:
    """A hand-over alone, or everything up to the next one."""
    done = slot.seq if slot else 0
    remaining = part.steps[done:]
    if slot and remaining and isinstance(remaining[0], play.HandOver):
        return [_hand_over(cast, part.name.item, slot, remaining[0])]
    ahead = takewhile(lambda step: not isinstance(step, play.HandOver), remaining)
    return [_draft(cast, part.name.item, done + 1 + place, step) for place, step in enumerate(ahead)]


def _hand_over(cast: Cast, item: bytes, slot: Slot, step: play.HandOver) -> HandOver:
    return HandOver(
        item,
        slot.seq + 1,
        cast.key(step.by, HANDLERS),
        cast.key(step.to, HANDLERS),
        slot.to_word(),
        cast.numbers[step.to],
        step.fields,
        step.receiver_fields,
    )


def _draft(cast: Cast, item: bytes, seq: int, step: play.Step) -> Draft:
    if isinstance(step, play.TakeIn):
        return TakeIn(item, seq, cast.key(step.by, Role.INTAKE), 0, step.fields)
    assert isinstance(step, play.Report)  # hand-overs come alone
    return Report(item, seq, cast.key(step.by, ROLE_OF[step.stage]), step.stage, step.grade, step.fields)


def _name(record: RepairRecord, keyring: Keyring) -> ItemName:
    uri = made_up_item(record)
    salt = item_salt(keyring.network_key, uri.uri)
    return ItemName(item_id(salt, uri.uri), uri.uri, salt, uri.gtin, uri.serial, made_up=True)
