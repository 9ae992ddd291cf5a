"""Disputes and holds are listed across all items, and stand in a history at the event they concern."""

from collections.abc import Iterator
from typing import Any

import pytest

from disputed import dispute
from played import played
from provenance.store.database import Database
from provenance.workflows import answers, counting, listing, tracing
from provenance_api import schemas


@pytest.fixture(scope="module")
def disputed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, bytes, int]]:
    """An item whose last event is challenged and corrected, and which is on hold; the number of that event."""
    folder = tmp_path_factory.mktemp("disputes")
    with played(folder, 8) as network:
        item, seq = dispute(network, folder)
        yield network.database, item, seq


def test_a_hold_is_listed_with_who_put_it_on_and_when(disputed: tuple[Database, bytes, int]) -> None:
    database, item, seq = disputed
    document = answers.holds_json(listing.find_holds(database))
    (hold,) = schemas.Holds.model_validate(document).holds
    assert hold.item.id == f"0x{item.hex()}"
    assert (hold.seq, hold.by.name) == (seq + 2, "Sample Auditor")
    on_hold = listing.find_items(database, listing.ItemQuery(on_hold=True))
    assert [found.id for found in on_hold.items] == [item]
    assert len(listing.find_items(database, listing.ItemQuery(on_hold=False)).items) == 7
    counts = counting.counts(database)
    assert (counts.on_hold, counts.challenges) == (1, 2)


def test_challenges_are_listed_newest_first_with_their_answers(disputed: tuple[Database, bytes, int]) -> None:
    database, item, seq = disputed
    first = listing.find_challenges(database, limit=1)
    rest = listing.find_challenges(database, after=first.next)
    assert [(c.count, c.challenged, c.answered_by) for c in (*first.entries, *rest.entries)] == [
        (2, seq, None),
        (1, seq, seq + 1),
    ]
    schemas.Challenges.model_validate(answers.challenges_json(first))
    assert len(listing.find_challenges(database, item).entries) == 2
    assert len(listing.find_challenges(database, bytes(32)).entries) == 0


def test_seldom_kinds_of_events_are_found_by_kind(disputed: tuple[Database, bytes, int]) -> None:
    database, item, seq = disputed
    for kind, number in (("Correction", seq + 1), ("Hold", seq + 2)):
        (event,) = listing.find_events(database, listing.EventQuery(kind=kind)).entries
        assert (event.item, event.seq) == (item, number)


def test_the_corrected_view_shows_remarks_at_the_event_and_the_raw_view_in_their_own_place(
    disputed: tuple[Database, bytes, int],
) -> None:
    database, item, seq = disputed
    history = tracing.history(database, item)
    corrected: dict[str, Any] = answers.history_json(history)
    event = corrected["events"][seq - 1]
    assert event["stands"] is False
    assert [remark["seq"] for remark in event["corrections"]] == [seq + 1]
    assert [(c["count"], c["answered_by"]) for c in event["challenges"]] == [(1, seq + 1), (2, None)]
    assert all(other["stands"] for other in corrected["events"] if other["seq"] != seq)
    raw = answers.raw_history_json(history)["records"]
    assert [(r["record"], r["kind"]) for r in raw[-4:]] == [
        ("challenge", "Challenge"),
        ("challenge", "Challenge"),
        ("event", "Correction"),
        ("event", "Hold"),
    ]
    schemas.History.model_validate(corrected)
    schemas.RawHistory.model_validate(answers.raw_history_json(history))
