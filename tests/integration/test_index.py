"""The index follows from the chain alone, and nothing missing, moved or altered gets into it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from played import played
from provenance.errors import ChainError
from provenance.ledger.gateway import Gateway
from provenance.ledger.records import Entry, Record, RecordKind, RegistryKind, RegistryRecord
from provenance.model.vocabulary import Stage
from provenance.model.words import Slot
from provenance.proofs.canonical import canonical
from provenance.proofs.commitments import Field, details_root
from provenance.store.database import Database
from provenance.store.schema import derived
from provenance.workflows import counting, listing, tracing
from provenance.workflows.following import follow
from provenance.workflows.network import Network
from provenance_api.pages import item_page

ITEMS = 10
NAMED = (
    "items",
    "item_terms",
    "first_intakes",
)  # a database beside another has no names and details of its own to copy


@pytest.fixture(scope="module")
def network(
    tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[[], str]
) -> Iterator[Network]:
    with played(tmp_path_factory.mktemp("ledger"), ITEMS, new_database_url()) as network:
        yield network


@pytest.fixture
def empty(database: Database) -> Database:
    return database


class Lying:
    """The real ledger, but a node that tells its entries otherwise."""

    def __init__(self, gateway: Gateway, tell: object) -> None:
        self._gateway = gateway
        self._tell = tell
        self.deployment = gateway.deployment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def entries(self, first: int, last: int) -> list[Entry]:
        return self._tell(self._gateway.entries(first, last))  # type: ignore[operator]


def all_rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            table: sorted(tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}"))
            for table in derived.tables
        }


def records_of(network: Network) -> list[Record]:
    entries = network.gateway.entries(0, network.gateway.head().number)
    return [entry for entry in entries if isinstance(entry, Record)]


def test_a_dropped_index_comes_back_equal_row_for_row(network: Network) -> None:
    before = all_rows(network.database)
    network.database.drop_index()
    assert not all_rows(network.database)["events"]
    follow(network.database, network.gateway)
    assert all_rows(network.database) == before
    assert len(before["items"]) == ITEMS


def test_following_in_small_steps_gives_the_same_index(
    network: Network, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(empty, network.gateway)
    at_once = all_rows(empty)
    empty.drop_index()
    monkeypatch.setattr("provenance.workflows.following.BLOCKS_AT_ONCE", 1)
    follow(empty, network.gateway)
    assert all_rows(empty) == at_once


def test_two_followers_at_once_index_everything_once(network: Network, empty: Database) -> None:
    def overtaken(entries: list[Entry]) -> list[Entry]:
        follow(empty, network.gateway)
        return entries

    follow(empty, Lying(network.gateway, overtaken))
    assert {table: rows for table, rows in all_rows(empty).items() if table not in NAMED} == {
        table: rows for table, rows in all_rows(network.database).items() if table not in NAMED
    }


def test_an_index_of_another_ledger_is_dropped(network: Network, empty: Database, tmp_path: Path) -> None:
    with played(tmp_path / "other", 1) as other:
        follow(empty, other.gateway)
    follow(empty, network.gateway)
    assert len(all_rows(empty)["items"]) == ITEMS


def test_reads_see_one_moment_while_another_writes(network: Network, empty: Database) -> None:
    with empty.reading() as connection:
        count = "SELECT count(*) FROM events"
        before = connection.exec_driver_sql(count).scalar_one()
        follow(empty, network.gateway)
        assert connection.exec_driver_sql(count).scalar_one() == before == 0
    assert all_rows(empty)["events"]


def test_the_last_record_withheld_is_noticed_by_the_journal(network: Network, empty: Database) -> None:
    last = records_of(network)[-1]
    source = Lying(network.gateway, lambda entries: [e for e in entries if e != last])
    with pytest.raises(ChainError, match="journal"):
        follow(empty, source)


@pytest.mark.parametrize("place", [0, 7, 40])
def test_a_record_withheld_before_others_of_its_item_is_noticed(
    network: Network, empty: Database, place: int
) -> None:
    withheld = records_of(network)[place]
    source = Lying(network.gateway, lambda entries: [e for e in entries if e != withheld])
    with pytest.raises(ChainError):
        follow(empty, source)
    # What came before in blocks that add up is indexed; nothing from the withheld record on is.
    assert all(place < id_of(withheld) for place in places(empty))


def test_a_record_told_twice_is_noticed(network: Network, empty: Database) -> None:
    twice = records_of(network)[3]
    source = Lying(network.gateway, lambda entries: [x for e in entries for x in [e] * (1 + (e == twice))])
    with pytest.raises(ChainError):
        follow(empty, source)


def test_records_of_two_items_told_in_another_order_are_noticed(network: Network, empty: Database) -> None:
    first, second = next(
        (a, b)
        for a, b in zip(records_of(network), records_of(network)[1:], strict=False)
        if a.item != b.item and a.place.block_number == b.place.block_number
    )
    swapped = {id_of(first): second, id_of(second): first}
    source = Lying(network.gateway, lambda entries: [swapped.get(id_of(e), e) for e in entries])
    with pytest.raises(ChainError, match="journal"):
        follow(empty, source)


def places(database: Database) -> list[tuple[int, int]]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT block, log_index FROM events")]


def id_of(entry: Entry) -> tuple[int, int]:
    return entry.place.block_number, entry.place.log_index


def test_an_altered_grade_is_noticed(network: Network, empty: Database) -> None:
    graded = next(r for r in records_of(network) if r.kind is RecordKind.CONDITION_REPORT)
    slot = Slot.from_word(graded.word)
    better = graded._replace(word=replace(slot, grade=1).to_word())
    source = Lying(network.gateway, lambda entries: [better if e == graded else e for e in entries])
    with pytest.raises(ChainError, match="does not follow"):
        follow(empty, source)


def test_a_key_whose_grant_was_not_told_cannot_have_signed(network: Network, empty: Database) -> None:
    signer = records_of(network)[0].signer

    def tell(entries: list[Entry]) -> list[Entry]:
        return [e for e in entries if not (isinstance(e, RegistryRecord) and e.key == signer)]

    with pytest.raises(ChainError, match="grant was not read"):
        follow(empty, Lying(network.gateway, tell))


def test_a_grant_withheld_once_is_found_missing_when_its_key_signs_and_is_read_again(
    network: Network, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provenance.workflows.following.BLOCKS_AT_ONCE", 4)
    signer, withheld = records_of(network)[0].signer, []

    def tell(entries: list[Entry]) -> list[Entry]:
        grants = [e for e in entries if isinstance(e, RegistryRecord) and e.key == signer]
        if withheld or not grants:
            return entries
        withheld.extend(grants)
        return [e for e in entries if e not in grants]

    follow(empty, Lying(network.gateway, tell))
    assert withheld
    found = all_rows(empty)
    empty.drop_index()
    follow(empty, network.gateway)
    assert all_rows(empty) == found


def test_the_registry_is_indexed_with_all_partners_and_their_keys(network: Network) -> None:
    rows = all_rows(network.database)
    assert len(rows["partners"]) == network.gateway.partner_count() == 7
    entries = network.gateway.entries(0, network.gateway.head().number)
    granted = [e for e in entries if isinstance(e, RegistryRecord) and e.kind is RegistryKind.KEY_GRANTED]
    assert {row[0] for row in rows["keys"]} == {e.key for e in granted}


def test_every_history_is_whole_and_ends_in_the_slot_on_chain(network: Network) -> None:
    for item in listing.list_items(network.database, limit=ITEMS).items:
        history = tracing.history(network.database, item.id)
        assert [event.seq for event in history.events] == list(range(1, item.seq + 1))
        slot = network.gateway.slot(item.id)
        assert slot is not None
        assert slot.to_word() == item.slot == history.events[-1].slot


def test_what_the_details_say_is_what_the_chain_commits_to(network: Network) -> None:
    with network.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT root, commitment, name, salt, value FROM fields ORDER BY root"
        )
        documents = {root: list(fields) for root, fields in groupby(rows.all(), key=lambda row: row.root)}
        committed = {
            root
            for row in connection.exec_driver_sql("SELECT details, acceptance_details FROM events")
            for root in row
            if root
        }
    assert committed == set(documents)
    for root, fields in documents.items():
        made = [Field(field.name, loaded(field.value), field.salt) for field in fields]
        assert [field.commitment for field in made] == [field.commitment for field in fields]
        assert details_root(field.commitment for field in made) == root


def loaded(text: str) -> object:

    value = json.loads(text)
    assert canonical(value).decode() == text
    return value


def test_every_outcome_ends_where_the_play_says(network: Network) -> None:
    endings = {
        "Fixed": {Stage.RESOLD, Stage.REUSED},
        "Repairable": {Stage.STORED_FOR_ANALYSIS},
        "Unknown": {Stage.STORED_FOR_ANALYSIS},
        "End of life": {Stage.RECYCLED, Stage.DISPOSED},
    }
    for item in listing.list_items(network.database, limit=ITEMS).items:
        history = tracing.history(network.database, item.id)
        outcome = next(event.said("outcome") for event in history.events if event.said("outcome"))
        assert item.stage in endings[outcome]


def test_a_handover_is_signed_by_giver_and_receiver_over_the_history_before_it(network: Network) -> None:
    handovers = [r for r in records_of(network) if r.kind is RecordKind.CUSTODY_TRANSFER]
    assert handovers
    for record in handovers:
        assert record.authorization is not None
        assert record.receiver_authorization is not None
        assert record.signer != record.receiver


def test_submissions_end_as_final(network: Network) -> None:
    overview = counting.overview(network.database)
    assert overview.submissions == {"final": overview.events}


def test_without_names_and_details_a_history_is_whole_and_says_what_is_not_here(
    network: Network, empty: Database
) -> None:
    follow(empty, network.gateway)
    for item in listing.list_items(empty, limit=ITEMS).items:
        history = tracing.history(empty, item.id)
        assert item.title is None
        assert [event.seq for event in history.events] == list(range(1, item.seq + 1))
        assert all(event.missing_details for event in history.events)
        page = bytes(item_page(history).body).decode()
        assert "not on this server" in page
        assert "Partner 1" in page
        assert tracing.page_path(item) == f"/page/0x{item.id.hex()}"
