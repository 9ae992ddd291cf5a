"""A synthetic index of any size for load tests: made-up copies of real repairs, labelled as synthetic in every event.

Drawn with a fixed seed from the rows of an Open Repair Data file, so that items have as many events, and as many and
as long words, as imported ones. Real are the chain, the contracts, partners and keys (an embedded chain in the folder),
each event's digest, slot and head, the documents and their roots, and the journal over all: some items are read back
and replayed by the rules. Not there are the records on the chain itself and their signatures, which would take an hour.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, make_url

from provenance import bootstrap
from provenance.config import Settings
from provenance.interchange import play
from provenance.interchange.ords import RepairRecord, made_up_item, read_repairs
from provenance.interchange.sample import sample_repairs
from provenance.ledger.chain import connect
from provenance.model.events import HandOver, Signed, Signer
from provenance.model.hashing import enc, keccak, keccak_words
from provenance.model.ids import item_id, item_salt
from provenance.model.messages import Acceptance, ConditionReport, CustodyAcceptance, CustodyOffer, Intake
from provenance.model.vocabulary import HANDLERS, ROLE_OF, KeyKind, Role, Stage
from provenance.model.words import SLOT_HEAD, Journal, Slot, genesis, next_head
from provenance.proofs.canonical import JsonValue, canonical
from provenance.proofs.commitments import _FIELD_TAG, SALT, details_root
from provenance.proofs.digests import TimedEvent, replay
from provenance.proofs.eip712 import type_hash
from provenance.store import schema
from provenance.store.database import open_database
from provenance.store.index import slot_columns
from provenance.store.terms import terms_of
from provenance.workflows import playing
from provenance.workflows.following import follow
from provenance.workflows.playing import Cast

LABEL = "SYNTHETIC"
_ACCEPTANCE = type_hash(CustodyAcceptance)
ITEMS_AT_ONCE = playing.ITEMS_AT_ONCE
BLOCKS_A_GROUP = 8
"""No item's story has more waves: what is reported between two hand-overs goes into one block, as when importing."""
SAMPLE_ROWS = 400
REPLAYED = 200
"""So many items are read back and replayed by the rules."""
TABLES = (
    schema.item_names,
    schema.details,
    schema.fields,
    schema.submissions,
    schema.blocks,
    schema.items,
    schema.item_terms,
    schema.events,
    schema.flows,
    schema.first_intakes,
)
SUBMITTED = ("item", "seq", "kind", "details", "acceptance_details", "status", "tx")
Values = tuple[object, ...]
Rows = dict[str, list[Values]]


@dataclass(frozen=True)
class Place:
    """A block that the chain has: its number, hash and time."""

    number: int
    hash: bytes
    time: int


@dataclass(frozen=True)
class World:
    """What every item's story needs to know of the ledger."""

    chain_id: int
    ledger: bytes
    network_key: bytes
    cast: Cast
    records: tuple[RepairRecord, ...]


@dataclass(frozen=True)
class Group:
    """Items whose stories go through the same blocks; ``first`` is the number of the first one's copy."""

    first: int
    rows: tuple[int, ...]
    places: tuple[Place, ...]


@dataclass
class Written:
    """What a group comes to, in the order of the chain."""

    rows: Rows = field(default_factory=lambda: {table.name: [] for table in TABLES})
    words: list[tuple[bytes, bytes, int]] = field(default_factory=list)
    """Item, slot and block of each event, for the journal."""
    flows: Counter[Values] = field(default_factory=Counter)


@dataclass(frozen=True)
class Made:
    """What was made: how many of each, and the ids that were given."""

    items: list[bytes]
    events: int


def repairs(file: Path | None) -> tuple[RepairRecord, ...]:
    """The rows to draw from: a file's, or the sample's that ships with the project."""
    if file is None:
        return tuple(sample_repairs(SAMPLE_ROWS))
    with file.open(encoding="utf-8", newline="") as lines:
        return tuple(read_repairs(lines, file.name))


def make_index(folder: Path, url: str, events: int, records: Sequence[RepairRecord], seed: int = 1) -> Made:
    """Makes a ledger in the folder, and at the URL an index of at least so many synthetic events on top of it."""
    drawn = _drawn(records, events, seed)
    settings = Settings(data=folder, database=url, _env_file=None)
    world, places = _ledger(settings, records, -(-len(drawn) // ITEMS_AT_ONCE) * BLOCKS_A_GROUP)
    groups = _groups(drawn, places)
    begin = places[0].number
    journal = Journal.opened(world.chain_id, world.ledger)
    made: list[bytes] = []
    count = 0
    with ProcessPoolExecutor(os.cpu_count(), initializer=_work_on, initargs=(world,)) as pool:
        sink = _sink(url)
        for written in _in_turn(pool, groups):
            journal = _with_blocks(written, journal, places, begin)
            sink.add(written.rows)
            made += [row[0] for row in written.rows["items"]]  # type: ignore[misc]
            count += len(written.words)
        sink.close()
    _set_cursor(url, journal)
    _require_replay(url, world, random.Random(seed).sample(made, min(len(made), REPLAYED)))
    return Made(made, count)


def _require_replay(url: str, world: World, items: Sequence[bytes]) -> None:
    """Some of the items, read back and judged event by event by the rules: their slots must follow."""
    database = open_database(url)
    with database.reading() as connection:
        keys = connection.execute(schema.keys.select())
        roles = {key.address: Role(key.roles) for key in keys}
        for item in items:
            rows = connection.execute(
                schema.events.select().where(schema.events.c.item == item).order_by(schema.events.c.seq)
            ).all()
            history = _history(rows, roles)
            state = replay(world.chain_id, world.ledger, item, history)
            if state.slot is None or state.slot.to_word() != rows[-1].slot:
                raise SystemExit(f"item 0x{item.hex()} does not replay: the figures would be void")
    database.close()


def _history(rows: Sequence[Any], roles: Mapping[bytes, Role]) -> Iterator[TimedEvent]:
    prior = bytes(32)
    for row in rows:
        by = Signer(row.signer, row.signer_partner, roles[row.signer], KeyKind(row.signer_kind))
        slot, event = Slot.from_word(row.slot), None
        if row.kind == "CustodyTransfer":
            receiver = Signer(
                row.receiver, row.receiver_partner, roles[row.receiver], KeyKind(row.receiver_kind)
            )
            offer = CustodyOffer(row.item, prior, row.receiver_partner, row.deadline, row.details)
            event = HandOver(offer, by, Acceptance(row.exceptions, row.acceptance_details), receiver)
        elif row.kind == "Intake":
            event = Signed(Intake(row.item, row.seq, slot.grade, row.deadline, row.details), by)
        else:
            report = ConditionReport(
                row.item, row.seq, int(slot.stage), slot.grade, row.deadline, row.details
            )
            event = Signed(report, by)
        yield TimedEvent(event, row.time)
        prior = row.slot


def _drawn(records: Sequence[RepairRecord], events: int, seed: int) -> list[int]:
    """Rows by number, drawn until their stories have so many events together."""
    lengths = [len(play.steps(record)) for record in records]
    dice = random.Random(seed)
    drawn: list[int] = []
    while events > 0:
        row = dice.randrange(len(records))
        drawn.append(row)
        events -= lengths[row]
    return drawn


def _ledger(settings: Settings, records: Sequence[RepairRecord], blocks: int) -> tuple[World, list[Place]]:
    """A real ledger with real partners, followed; then so many empty blocks, which the index then says it knows."""
    keyring = bootstrap.open_demo_keyring(settings)
    with bootstrap.writing(settings, keyring) as network:
        cast = playing.enrol_cast(network, keyring)
        deployment = network.gateway.deployment
    with connect(settings.chain_location, read_only=False, development=True) as chain:
        node = chain.embedded
        assert node is not None
        begin = node.node.head().number + 1
        for _ in range(blocks):
            node.node.mine()
    with bootstrap.reading(settings) as reader:
        follow(reader.database, reader.gateway)
        found = reader.gateway.blocks(begin, begin + blocks - 1)
    places = [Place(block.number, block.hash, block.time) for block in found]
    world = World(deployment.chain_id, deployment.ledger, keyring.network_key, cast, tuple(records))
    return world, places


def _groups(drawn: Sequence[int], places: Sequence[Place]) -> Iterator[Group]:
    for number, start in enumerate(range(0, len(drawn), ITEMS_AT_ONCE)):
        blocks = places[number * BLOCKS_A_GROUP : (number + 1) * BLOCKS_A_GROUP]
        yield Group(start, tuple(drawn[start : start + ITEMS_AT_ONCE]), tuple(blocks))


def _in_turn(pool: ProcessPoolExecutor, groups: Iterator[Group]) -> Iterator[Written]:
    """Results in order, with few enough groups under way that memory stays small."""
    waiting = [pool.submit(_written, group) for group in islice(groups, 6)]
    while waiting:
        yield waiting.pop(0).result()
        waiting += [pool.submit(_written, group) for group in islice(groups, 1)]


_WORLD: list[World] = []


def _work_on(world: World) -> None:
    _WORLD.append(world)


@dataclass(frozen=True)
class _Paper:
    """A details document that many copies say alike: of each field what goes before and behind its salt."""

    fields: tuple[tuple[str, str, str, bytes], ...]

    def said(self, dice: random.Random) -> tuple[bytes, list[Values]]:
        """The root and the rows of one copy, with salts of its own."""
        salts = dice.randbytes(SALT * len(self.fields))
        rows: list[Values] = []
        for place, (audience, name, text, hashed) in enumerate(self.fields):
            salt = salts[place * SALT : (place + 1) * SALT]
            rows.append((keccak(_FIELD_TAG + salt + hashed), audience, name, salt, text))
        return details_root(row[0] for row in rows), rows  # type: ignore[misc]


@dataclass(frozen=True)
class _Scene:
    """One step of a row's story, as far as all copies have it in common."""

    kind: str
    wave: int
    signer: Signer
    receiver: Signer | None
    paper: _Paper
    receiver_paper: _Paper | None
    begin: bytes
    """What is hashed before the item or the prior word, and what between it and the deadline."""
    middle: bytes
    low: bytes
    """The slot's low 48 bits."""
    moved: tuple[int, int, int, int]
    """Stage before and after, grade before and after."""


@lru_cache(maxsize=100_000)
def _scenes(row: int) -> tuple[_Scene, ...]:
    world = _WORLD[0]
    scenes: list[_Scene] = []
    wave, reported, place = 0, True, (0, 0)
    holder = 0
    for seq, step in enumerate(play.steps(world.records[row]), 1):
        if seq > 1 and (isinstance(step, play.HandOver) or not reported):
            wave += 1
        reported = not isinstance(step, play.HandOver)
        by, receiver = _signers(world.cast, step)
        was = place
        if isinstance(step, play.Report):
            place = (int(step.stage), int(step.grade))
            message, middle = ConditionReport, enc(seq, *place)
            holder = holder if step.stage.is_held else 0
        elif isinstance(step, play.HandOver):
            assert receiver is not None
            message, middle = CustodyOffer, enc(receiver.partner)
            holder = receiver.partner
        else:
            place = (int(Stage.RECEIVED), 0)
            message, middle = Intake, enc(seq, 0)
            holder = by.partner
        scenes.append(
            _Scene(
                "CustodyTransfer" if receiver else message.__name__,
                wave,
                by,
                receiver,
                _paper(step.fields),
                _paper(step.receiver_fields) if isinstance(step, play.HandOver) else None,
                type_hash(message),
                middle,
                Slot(bytes(SLOT_HEAD), seq, Stage(place[0]), False, place[1], holder).to_word()[SLOT_HEAD:],
                (was[0], place[0], was[1], place[1]),
            )
        )
    return tuple(scenes)


def _signers(cast: Cast, step: play.Step) -> tuple[Signer, Signer | None]:
    role = (
        Role.INTAKE
        if isinstance(step, play.TakeIn)
        else ROLE_OF.get(step.stage, HANDLERS)
        if isinstance(step, play.Report)
        else HANDLERS
    )
    receiver = _signer(cast, step.to, HANDLERS) if isinstance(step, play.HandOver) else None
    return _signer(cast, step.by, role), receiver


def _signer(cast: Cast, actor: str, roles: Role) -> Signer:
    return Signer(cast.key(actor, roles).address, cast.numbers[actor], roles, KeyKind.ACCOUNT)


def _paper(fields: play.Fields) -> _Paper:
    return _Paper(
        tuple(
            (audience, name, text.decode(), keccak(name.encode()) + text)
            for name, (value, audience) in _labelled(fields)
            for text in (canonical(value),)
        )
    )


def _labelled(fields: play.Fields) -> Iterator[tuple[str, tuple[JsonValue, str]]]:
    """The fields, with the label wherever a reader may look."""
    for name, (value, audience) in fields.items():
        if name in ("title", "source"):
            yield name, (f"{LABEL} {value}", audience)
        elif name == "madeUp":
            assert isinstance(value, list)
            yield name, ([*value, LABEL], audience)
        else:
            yield name, (value, audience)


def _written(group: Group) -> Written:
    """The rows of all tables for a group of items."""
    written = Written()
    dice = random.Random(group.first)
    waves: list[list[tuple[int, Values]]] = [[] for _ in group.places]
    for place, row in enumerate(group.rows):
        _tell(written, group, row, group.first + place, waves, dice)
    for where, wave in zip(group.places, waves, strict=True):
        tx = _transaction(where)
        for log_index, (_, event) in enumerate(wave):
            written.rows["events"].append((*event[:5], where.number, where.time, tx, log_index, *event[5:]))
            written.words.append((event[0], event[3], where.number))  # type: ignore[arg-type]
    return written


def _transaction(where: Place) -> bytes:
    """The hash of the one transaction that a block is said to hold."""
    return keccak(f"{LABEL} transaction in block {where.number}".encode())


def _tell(
    written: Written,
    group: Group,
    row: int,
    copy: int,
    waves: list[list[tuple[int, Values]]],
    dice: random.Random,
) -> None:
    """One item's whole story: documents, digests and slots of its own."""
    world, record = _WORLD[0], _WORLD[0].records[row]
    uri = made_up_item(replace(record, row_id=f"{LABEL} copy {copy} of row {record.row_id}"))
    salt = item_salt(world.network_key, uri.uri)
    item = item_id(salt, uri.uri)
    prior = genesis(world.chain_id, world.ledger, item)
    word = bytes(32)
    details, fields = written.rows["details"], written.rows["fields"]
    scenes = _scenes(row)
    for seq, scene in enumerate(scenes, 1):
        where = group.places[scene.wave]
        root, said = scene.paper.said(dice)
        details.append((root, item))
        fields += [(root, *values) for values in said]
        deadline = (where.time + 3600).to_bytes(8, "big")
        by, receiver, taken_root = scene.signer, scene.receiver, None
        subject = item + word if receiver else item
        struct = keccak(scene.begin + subject + scene.middle + bytes(24) + deadline + root)
        signed = (struct, by.address, int(by.kind))
        if receiver is None or scene.receiver_paper is None:
            digest = keccak_words(*signed)
        else:
            taken_root, taken = scene.receiver_paper.said(dice)
            details.append((taken_root, item))
            fields += [(taken_root, *values) for values in taken]
            accepted = keccak_words(_ACCEPTANCE, struct, 0, taken_root)
            digest = keccak_words(*signed, accepted, receiver.address, int(receiver.kind))
        word = next_head(prior, digest, where.time) + scene.low
        prior = word
        waves[scene.wave].append(
            (
                seq,
                (
                    item, seq, scene.kind, word, digest, by.address, by.partner, int(by.kind),
                    receiver.address if receiver else None, receiver.partner if receiver else None,
                    int(receiver.kind) if receiver else None, deadline, root, taken_root,
                    0 if receiver else None, None, None, None,
                ),
            )
        )  # fmt: skip
        written.rows["submissions"].append(
            (item, seq, scene.kind, root, taken_root, "final", _transaction(where))
        )
        written.flows[where.number, scene.kind, *scene.moved] += 1
    span = (group.places[0], group.places[scenes[-1].wave])
    _add_item(written, item, word, record, (uri.uri, uri.gtin, uri.serial), salt, span)


def _add_item(
    written: Written,
    item: bytes,
    word: bytes,
    record: RepairRecord,
    names: tuple[str, str | None, str | None],
    salt: bytes,
    span: tuple[Place, Place],
) -> None:
    uri, gtin, serial = names
    first, last = span
    title = f"{LABEL} {record.title}"
    written.rows["item_names"].append((item, uri, salt, gtin, serial, True))
    written.rows["items"].append(
        (
            item, *slot_columns(word).values(), None, first.number, last.number, last.time,
            uri, gtin, serial, title, record.category, record.brand, True,
        )
    )  # fmt: skip
    shown = {"uri": uri, "gtin": gtin, "serial": serial, "title": title}
    shown |= {"category": record.category, "brand": record.brand}
    written.rows["item_terms"] += [(item, term) for term in terms_of(shown)]


def _with_blocks(written: Written, journal: Journal, places: Sequence[Place], begin: int) -> Journal:
    """Adds the rows that concern whole blocks, and folds the group's events into the journal."""
    after: dict[int, bytes] = {}
    for item, word, block in written.words:
        journal = journal.fold(item, word)
        after[block] = journal.to_word()
    for number, word in after.items():
        place = places[number - begin]
        written.rows["blocks"].append((number, place.hash, place.time, word))
    written.rows["flows"] += [(*key, events) for key, events in sorted(written.flows.items())]
    categories = Counter((row[8], row[15] or "") for row in written.rows["items"])
    written.rows["first_intakes"] += [(*key, items) for key, items in sorted(categories.items())]
    return journal


class _SqliteSink:
    """Rows into a SQLite file; should the machine fail meanwhile, the file is worth nothing."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        for pragma in ("synchronous=OFF", "cache_size=-3000000", "foreign_keys=OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("PRAGMA journal_mode=OFF").fetchall()
        self._connection.execute("BEGIN")
        self._indexes = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in self._indexes:  # made at once at the end they take a fraction of the time
            self._connection.execute(f"DROP INDEX {name}")

    def add(self, rows: Rows) -> None:
        for table in TABLES:
            self._connection.executemany(_insert(table), rows[table.name])

    def close(self) -> None:
        for _, sql in self._indexes:
            self._connection.execute(sql)
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode=WAL").fetchall()
        self._connection.close()


class _PostgresSink:
    """Rows into PostgreSQL, by COPY."""

    def __init__(self, url: str) -> None:
        import psycopg

        parsed = make_url(url)
        self._connection = psycopg.connect(
            parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        )

    def add(self, rows: Rows) -> None:
        with self._connection.cursor() as cursor:
            for table in TABLES:
                names = ", ".join(f'"{name}"' for name in _columns(table))
                with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:  # type: ignore[arg-type]
                    for row in rows[table.name]:
                        copy.write_row(row)

    def close(self) -> None:
        self._connection.commit()
        self._connection.autocommit = True
        self._connection.execute("VACUUM ANALYZE")
        self._connection.close()


def _sink(url: str) -> _SqliteSink | _PostgresSink:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert parsed.database is not None
        return _SqliteSink(parsed.database)
    return _PostgresSink(url)


def _columns(table: Table) -> tuple[str, ...]:
    return SUBMITTED if table is schema.submissions else tuple(column.name for column in table.columns)


def _insert(table: Table) -> str:
    names = ", ".join(f'"{name}"' for name in _columns(table))
    marks = ", ".join("?" for _ in _columns(table))
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'


def _set_cursor(url: str, journal: Journal) -> None:
    """The index claims what was made: the follower then finds nothing to do, as on an idle day."""
    database = open_database(url)
    with database.writing() as connection:
        connection.execute(schema.cursor.update().values(journal=journal.to_word()))
    database.close()
