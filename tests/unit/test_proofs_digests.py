"""A history replays to the words that the ledger keeps, and no other history does."""

from dataclasses import fields, replace

import pytest

from provenance.errors import Refused
from provenance.model.calls import Contract
from provenance.model.events import Event, Signed
from provenance.model.item import Item
from provenance.model.messages import ConditionReport
from provenance.model.vocabulary import KeyKind
from provenance.model.words import Journal, genesis
from provenance.proofs.digests import TimedEvent, event_digest, fold_journal, replay
from vectors import generate

LEDGER = generate.CONTRACTS[Contract.LEDGER]


def timed() -> list[TimedEvent]:
    """The life of the vectors: every message once at least."""
    history: list[TimedEvent] = []
    for make, time in generate.history():
        history.append(TimedEvent(make(words(history)), time))
    return history


def words(history: list[TimedEvent]) -> Item:
    return replay(generate.CHAIN_ID, LEDGER, generate.ITEM, history)


HISTORY = timed()
WHOLE = words(HISTORY)


def commits_to(history: list[TimedEvent]) -> bool:
    try:
        return words(history) == WHOLE
    except Refused:
        return False


def test_a_history_replays_to_the_words_of_the_vectors():
    assert commits_to(HISTORY)
    assert (WHOLE.slot.seq, WHOLE.challenges.count) == (10, 2)


@pytest.mark.parametrize("place", range(len(HISTORY)))
def test_a_history_with_an_event_left_out_is_another(place):
    assert not commits_to(HISTORY[:place] + HISTORY[place + 1 :])


@pytest.mark.parametrize("place", range(len(HISTORY)))
def test_a_history_with_an_event_doubled_is_another(place):
    assert not commits_to(HISTORY[: place + 1] + HISTORY[place:])


@pytest.mark.parametrize("place", range(len(HISTORY)))
@pytest.mark.parametrize("seconds", [-1, 1])
def test_a_history_with_another_time_is_another(place, seconds):
    moved = replace(HISTORY[place], time=HISTORY[place].time + seconds)
    assert not commits_to([*HISTORY[:place], moved, *HISTORY[place + 1 :]])


def with_other_details(event: Event) -> Event:
    name = "message" if isinstance(event, Signed) else fields(event)[0].name
    said = getattr(event, name)
    return replace(event, **{name: replace(said, details=b"\1" * 32)})


@pytest.mark.parametrize("place", range(len(HISTORY)))
def test_a_history_with_other_details_is_another(place):
    altered = replace(HISTORY[place], event=with_other_details(HISTORY[place].event))
    assert not commits_to([*HISTORY[:place], altered, *HISTORY[place + 1 :]])


@pytest.mark.parametrize("place", range(len(HISTORY)))
def test_a_history_with_another_signer_or_kind_of_key_is_another(place):
    event = HISTORY[place].event
    other = KeyKind.WALLET if event.by.kind is KeyKind.ACCOUNT else KeyKind.ACCOUNT
    for by in (replace(event.by, address=b"\1" * 20), replace(event.by, kind=other)):
        altered = replace(HISTORY[place], event=replace(event, by=by))
        assert not commits_to([*HISTORY[:place], altered, *HISTORY[place + 1 :]])


def test_two_reports_cannot_change_places():
    swapped = list(HISTORY)
    swapped[1], swapped[4] = swapped[4], swapped[1]
    assert not commits_to(swapped)


def test_a_history_of_another_item_ledger_or_chain_is_another():
    first = HISTORY[:1]
    here = replay(1, LEDGER, generate.ITEM, first).slot.head
    assert replay(2, LEDGER, generate.ITEM, first).slot.head != here
    assert replay(1, b"\1" * 20, generate.ITEM, first).slot.head != here
    assert replay(1, LEDGER, b"\1" * 32, first).slot.head != here


def test_a_replay_judges_by_the_rules():
    forbidden = TimedEvent(
        Signed(ConditionReport(generate.ITEM, 2, 8, 0, generate.DEADLINE), generate.CENTRE), generate.TIME
    )
    with pytest.raises(Refused, match="cannot move"):
        words([HISTORY[0], forbidden])


def test_both_halves_of_a_hand_over_are_in_its_digest():
    event = HISTORY[3].event
    digests = {
        event_digest(event),
        event_digest(replace(event, acceptance=replace(event.acceptance, exceptions=0))),
        event_digest(replace(event, receiver=replace(event.receiver, kind=KeyKind.ACCOUNT))),
        event_digest(replace(event, receiver=generate.AUDITOR)),
        event_digest(Signed(event.offer, event.by)),
    }
    assert len(digests) == 5


def test_the_journal_misses_no_record_and_knows_their_order():
    opened = Journal.opened(1, LEDGER)
    records = [(bytes([number]) * 32, bytes([number + 1]) * 32) for number in range(4)]
    whole = fold_journal(opened, records)
    assert whole.count == 4
    assert fold_journal(opened, records[::-1]).head != whole.head
    assert fold_journal(opened, records[1:]).head != whole.head
    assert fold_journal(fold_journal(opened, records[:2]), records[2:]) == whole


def test_an_unknown_item_begins_with_its_genesis():
    item = replay(1, LEDGER, generate.ITEM, [])
    assert item == Item(generate.ITEM, genesis(1, LEDGER, generate.ITEM))
