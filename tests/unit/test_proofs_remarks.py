"""Remarks and the told history: what a reader should not overlook, said of any record and never in the way."""

from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.model.messages import Acceptance, Challenge, Correction, CustodyOffer, Hold, Intake, Ruling
from provenance.proofs.bundle import NO_DOCUMENT, Accepted, Bundle, Document, ItemName, KeySignature, Told
from provenance.proofs.commitments import Field
from provenance.proofs.remarks import remarks_on
from provenance.proofs.telling import moment
from provenance.proofs.trust import BlockRoot, Trust

ITEM, KEY = bytes(32), KeySignature(bytes(20), bytes(65))
TRUST = Trust(
    1, {}, 0, bytes(32), None, accepts_wallets=True, one_operator=False, root=BlockRoot(0, bytes(32))
)
NEW_YEAR = 1_767_225_600  # 2026-01-01T00:00:00Z


def bundle(*events: Told, challenges: tuple[Told, ...] = (), named: bool = True) -> Bundle:
    name = ItemName(ITEM, "urn:x:1", bytes(32)) if named else ItemName(ITEM)
    return Bundle(1, bytes(20), name, b"\xc0", (), ((1, "centre"),), events, challenges, ())


def intake(document: Document = NO_DOCUMENT, signed: KeySignature = KEY) -> Told:
    return Told(NEW_YEAR, Intake(ITEM, 1, 0, 2**64 - 1, document.root), document, signed)


def occurred(value: object) -> Document:
    return Document.of((Field("occurredAt", value, bytes(16)),), ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "later"),
    [
        ("2026-01-01T00:00:01Z", True),
        ("2026-01-01T00:00:00Z", False),
        ("2026-01-01", False),  # a day means its beginning at the earliest
        ("2026-01-02", True),
        ("2026-01-01T00:59:59+01:00", False),
        ("2026-01-01T02:00:01+02:00", True),
        ("2025-12-31T23:00:01-01:00", True),
        ("2027-01-01\n00:00:00", False),  # a line break is no part of a date, whatever the library takes
        ("2027-01-01\x1b00:00:00", False),
        ("2027-W01-1", False),
        ("20270101", False),
        ("2027-02-30", False),
        ("soon", False),
        ("", False),
        (7, False),
        (["2027-01-01"], False),
    ],
)
def test_a_day_later_than_the_block_is_remarked(said: object, later: bool) -> None:
    found = remarks_on(bundle(intake(occurred(said))), (), TRUST)
    assert any("later than it was recorded" in remark for remark in found) == later


zones = st.sampled_from([None, UTC, timezone(timedelta(hours=-11, minutes=-30))])
dates = st.one_of(
    st.text(max_size=30),
    st.datetimes(timezones=zones).map(lambda at: at.isoformat()),
    st.sampled_from(
        ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0001-01-01", "10000-01-01", "2026-W01-1"]
    ),
)


@given(dates, st.integers(0, 2**53 - 1))
def test_whatever_a_document_calls_its_day_nothing_breaks(said: str, time: int) -> None:
    told = replace(intake(occurred(said)), time=time)
    assert all(remark.isprintable() for remark in remarks_on(bundle(told), (), TRUST))


def test_what_stands_beside_an_event_is_named_with_it() -> None:
    far = 2**64 - 1
    events = (
        intake(),
        Told(NEW_YEAR, Correction(ITEM, 2, 1, 1, far, bytes(32)), NO_DOCUMENT, KEY),
        Told(NEW_YEAR, Hold(ITEM, 3, True, far, bytes(32)), NO_DOCUMENT, KEY),
        Told(NEW_YEAR, Hold(ITEM, 4, False, far, bytes(32)), NO_DOCUMENT, KEY),
        Told(NEW_YEAR, Ruling(ITEM, 5, 2, 1, 1, 2, far, bytes(32)), NO_DOCUMENT, KEY),
    )
    challenge = Told(NEW_YEAR, Challenge(ITEM, 1, 1, far, bytes(32)), NO_DOCUMENT, KEY)
    found = remarks_on(bundle(*events, challenges=(challenge,)), (), TRUST)
    assert found == (
        "Event 2 says that event 1 is wrong, in answer to challenge 1.",
        "Event 3 freezes the item.",
        "Event 4 lifts the hold.",
        "Event 5 is a ruling: an auditor set the state right, in answer to challenge 2.",
        "Challenge 1 disputes event 1.",
    )


def test_what_is_not_shown_is_counted() -> None:
    offer = CustodyOffer(ITEM, bytes(32), 2, 2**64 - 1, b"\1" * 32)
    given_on = Told(
        NEW_YEAR, offer, Document(b"\1" * 32), KEY,
        Accepted(Acceptance(0, bytes(32)), NO_DOCUMENT, KeySignature(bytes(20), None)),
    )  # fmt: skip
    withheld = Document.of((), (b"\2" * 32, b"\3" * 32))
    told = replace(bundle(intake(withheld), given_on, named=False), partners=((1, None), (2, "workshop")))
    trust = replace(TRUST, one_operator=True, predecessor=b"\7" * 20)
    found = " ".join(remarks_on(told, (), trust))
    for part in (
        "2 fields are withheld or erased",
        "1 details document is not shown at all",
        "1 signature was accepted by a contract wallet",
        "1 partner is told by number alone",
        "told by its id alone",
        "One party runs this chain",
        "An earlier ledger, 0x" + "07" * 20,
    ):
        assert part in found


@pytest.mark.parametrize("time", [0, NEW_YEAR, 253_402_300_799, 253_402_300_800, 2**53 - 1, 2**64 - 1])
def test_any_moment_that_a_header_can_name_is_told(time: int) -> None:
    assert moment(time)
