"""Playing real repairs through sample partners: what the demonstration and the import do.

Waves: an item's next events up to the next hand-over are signed ahead; a hand-over names the whole history so far,
so it is signed once that is indexed. Everything starts from what the ledger already holds: killed at any point and run
again, it goes on where the chain is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, takewhile

from provenance.errors import ChainError, Refused
from provenance.interchange import play
from provenance.interchange.digital_link import ItemUri
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

ITEMS_AT_ONCE = 400
"""What one wave carries: enough that a wave's fixed costs hardly count, little enough to hold in memory."""


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


def key_names(partners: Mapping[str, SamplePartner]) -> tuple[str, ...]:
    """The names under which a keyring keeps these partners' keys."""
    return tuple(name for partner in partners.values() for name in (partner.administrator, *partner.keys))


KEY_NAMES = key_names(PARTNERS)


@dataclass(frozen=True)
class Cast:
    """Partners as the registry knows them: number and keys by role, each under the name the play gives it."""

    numbers: Mapping[str, int]
    keyring: Keyring
    partners: Mapping[str, SamplePartner] = field(default_factory=lambda: PARTNERS)

    def key(self, actor: str, roles: Role) -> Key:
        """The actor's first key with one of these roles."""
        names = self.partners[actor].keys.items()
        return self.keyring[next(name for name, has in names if has & roles)]


@dataclass(frozen=True)
class Part:
    """One item of the play: its name and its steps."""

    name: ItemName
    steps: tuple[play.Step, ...]


@dataclass
class Played:
    """What a performance came to: items and events in all, and how many of them were recorded before it began."""

    items: int = 0
    events: int = 0
    items_before: int = 0
    events_before: int = 0
    stuck: int = 0


Stuck = Callable[[Part, str], None]
"""Hears of an item that gets no further, and why."""


def enrol_cast(
    network: Network,
    keyring: Keyring,
    partners: Mapping[str, SamplePartner] = PARTNERS,
    *,
    made_up: bool = True,
) -> Cast:
    """Enrols the partners and their keys, those that are not enrolled yet."""
    remember_partners(network.database, [(p.name, p.business) for p in partners.values()], made_up=made_up)
    numbers = {}
    for actor, partner in partners.items():
        administrator = keyring[partner.administrator]
        numbers[actor] = enrol(network, partner.name, partner.roles, administrator)
        for name, roles in partner.keys.items():
            grant_key(network, administrator, keyring[name], roles)
    return Cast(numbers, keyring, partners)


def parts(records: Iterable[RepairRecord], keyring: Keyring) -> list[Part]:
    """The rows as parts of the play, each with its made-up identity."""
    return [part(made_up_item(record), play.steps(record), keyring, made_up=True) for record in records]


def part(uri: ItemUri, steps: tuple[play.Step, ...], keyring: Keyring, *, made_up: bool) -> Part:
    """The steps as those of the item with this URI; ``made_up`` says that the URI is."""
    salt = item_salt(keyring.network_key, uri.uri)
    return Part(ItemName(item_id(salt, uri.uri), uri.uri, salt, uri.gtin, uri.serial, made_up), steps)


def refuse_stuck(part: Part, reason: str) -> None:
    """What to do about an item that gets no further, where nobody has a better idea: raise ChainError."""
    raise ChainError(f"item {part.name.uri} gets no further: {reason}")


def perform(
    network: Network,
    cast: Cast,
    all_parts: Iterable[Part],
    notice: Callable[[int], None],
    stuck: Stuck = refuse_stuck,
) -> Played:
    """Plays all parts to their end, a group at a time, so that memory stays small.

    ``notice`` hears how many events of them are recorded, from the start; ``stuck`` of each item that gets no
    further, while the others go on.
    """
    waiting = iter(all_parts)
    played = Played()
    while group := list(islice(waiting, ITEMS_AT_ONCE)):
        with network.database.writing() as connection:
            save_item_names(connection, [part.name for part in group])
        _play_group(network, cast, group, played, notice=notice, stuck=stuck)
    return played


def _play_group(
    network: Network,
    cast: Cast,
    group: Sequence[Part],
    played: Played,
    *,
    notice: Callable[[int], None],
    stuck: Stuck,
) -> None:
    """Plays a group wave by wave, until each of its items is whole or stuck."""
    finished, before = played.events, _done(network, group)
    played.items += len(group)
    played.items_before += sum(before[part.name.item] == len(part.steps) for part in group)
    played.events_before += sum(before.values())
    done = before
    while True:
        played.events = finished + sum(done.values())
        notice(played.events)
        group = [part for part in group if done[part.name.item] < len(part.steps)]
        if not group:
            return
        _play_wave(network, cast, group)
        now = _done(network, group)
        for part in [part for part in group if now[part.name.item] == done[part.name.item]]:
            reason = _refusal_alone(network, cast, part)
            if reason is not None:
                stuck(part, reason)
                played.stuck += 1
                group.remove(part)
        done = done | now


def _refusal_alone(network: Network, cast: Cast, part: Part) -> str | None:
    """Why the item's next events are refused, tried once more alone; None if they are not."""
    slot = _slots(network.database, [part]).get(part.name.item)
    try:
        record(network, _next_drafts(cast, part, slot))
    except Refused as reason:
        return str(reason)
    follow(network.database, network.gateway)
    return None


def _done(network: Network, group: Sequence[Part]) -> dict[bytes, int]:
    """How many of each part's steps the ledger holds by now."""
    follow(network.database, network.gateway)
    slots = _slots(network.database, group)
    return {
        part.name.item: min(slot.seq, len(part.steps)) if slot else 0 for part, slot in _paired(group, slots)
    }


def _play_wave(network: Network, cast: Cast, group: Sequence[Part]) -> None:
    slots = _slots(network.database, group)
    drafts = [draft for part, slot in _paired(group, slots) for draft in _next_drafts(cast, part, slot)]
    with suppress(Refused):  # each item that got no further is tried alone
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
    role = ROLE_OF.get(step.stage, HANDLERS)
    return Report(item, seq, cast.key(step.by, role), step.stage, step.grade, step.fields)
