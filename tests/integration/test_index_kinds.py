"""Every kind of record is followed, and an item's history shows disputes, holds, corrections and rulings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from played import played, settings_in
from provenance import bootstrap
from provenance.errors import Refused
from provenance.interchange.play import Actor
from provenance.model.calls import Authorization, Call, Contract
from provenance.model.messages import (
    Acceptance,
    Challenge,
    Correction,
    Hold,
    Intake,
    ItemMessage,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import HANDLERS, Exceptions, Grade, Role, Stage
from provenance.model.words import Slot
from provenance.proofs.eip712 import struct_hash
from provenance.proofs.signatures import sign
from provenance.store.details import save_details
from provenance.store.submissions import submissions_of
from provenance.workflows import listing, playing, tracing
from provenance.workflows.describing import describe
from provenance.workflows.following import follow
from provenance.workflows.keyring import Key
from provenance.workflows.network import Network
from provenance.workflows.playing import Cast
from provenance.workflows.recording import Report, record
from provenance.workflows.signing import sign_messages
from provenance_api.pages import item_page

FOREVER = 2**64 - 1  # the largest deadline that can be signed must not stop the index


class Desk:
    """Records single messages with the sample partners' keys, one transaction each."""

    def __init__(self, network: Network, cast: Cast, item: bytes) -> None:
        self.network = network
        self.cast = cast
        self.item = item
        self.domain = network.gateway.deployment.signatures().domains[Contract.LEDGER]

    @property
    def slot(self) -> Slot:
        slot = self.network.gateway.slot(self.item)
        assert slot is not None
        return slot

    @property
    def seq(self) -> int:
        return self.slot.seq + 1

    def record(self, key: Key, message: ItemMessage) -> None:
        self.network.gateway.send(self.network.sender, list(sign_messages(self.domain, key, [message])))

    def rule(self, auditor: Key, ruling: Ruling, receiver: Key, acceptance: Acceptance) -> None:
        accepted = acceptance.of(struct_hash(ruling))
        by = Authorization(auditor.address, sign(auditor.secret, self.domain.digest(struct_hash(ruling))))
        to = Authorization(receiver.address, sign(receiver.secret, self.domain.digest(struct_hash(accepted))))
        call = Call(Ruling, (ruling,), by, (acceptance,), to)
        self.network.gateway.send(self.network.sender, [call])

    def history(self) -> tracing.History:
        follow(self.network.database, self.network.gateway)
        return tracing.history(self.network.database, self.item)


@pytest.fixture(scope="module")
def disputed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tracing.History]:
    """The history of an item kept by the lab after a dispute with everything that the ledger knows."""
    folder: Path = tmp_path_factory.mktemp("kinds")
    with played(folder, 8) as network:
        keyring = bootstrap.open_demo_keyring(settings_in(folder))
        cast = playing.enrol_cast(network, keyring)
        stored = listing.list_items(network.database, stage=Stage.STORED_FOR_ANALYSIS).items[0]
        desk = Desk(network, cast, stored.id)
        auditor, lab = cast.key("auditor", Role.AUDITOR), cast.key(Actor.LAB, HANDLERS)
        workshop = cast.key(Actor.WORKSHOP, HANDLERS)
        why = describe(stored.id, {"reason": ("The grade is too low", "public")})
        with network.database.writing() as connection:
            save_details(connection, [why])
        desk.record(workshop, Challenge(stored.id, 1, stored.seq, FOREVER, why.root))
        desk.record(auditor, Hold(stored.id, desk.seq, True, FOREVER))
        desk.record(auditor, Hold(stored.id, desk.seq, False, FOREVER))
        desk.record(lab, Withdrawal(stored.id, desk.seq, bytes(range(32)), FOREVER))
        desk.record(lab, Correction(stored.id, desk.seq, stored.seq, 1, FOREVER))
        to = cast.numbers[Actor.WORKSHOP]
        ruling = Ruling(stored.id, desk.seq, Stage.EVALUATED, Grade.FAIR, to, 1, FOREVER)
        desk.rule(auditor, ruling, workshop, Acceptance(Exceptions.DAMAGED | Exceptions.PACKAGING))
        yield desk.history()


def test_each_kind_of_record_is_an_event_of_the_history(disputed: tracing.History) -> None:
    kinds = [event.kind for event in disputed.events][-5:]
    assert kinds == ["Hold", "Hold", "Withdrawal", "Correction", "Ruling"]
    held, lifted = disputed.events[-5:-3]
    assert (held.on_hold, lifted.on_hold) == (True, False)


def test_a_challenge_names_the_event_it_disputes_and_is_answered(disputed: tracing.History) -> None:
    (challenge,) = disputed.challenges
    assert challenge.by.name == "Sample Workshop"
    assert [field.value for field in challenge.said] == ["The grade is too low"]
    assert disputed.events[challenge.challenged - 1].challenged == (1,)
    assert [event.answers for event in disputed.events[-2:]] == [1, 1]


def test_a_corrected_event_stays_and_says_by_which_it_is_corrected(disputed: tracing.History) -> None:
    correction = disputed.events[-2]
    assert correction.corrects is not None
    assert disputed.events[correction.corrects - 1].corrected_by == correction.seq


def test_a_ruling_moves_stage_grade_and_custody_with_reservations(disputed: tracing.History) -> None:
    ruling = disputed.events[-1]
    assert ruling.to is not None
    assert ruling.to.name == "Sample Workshop"
    assert ruling.reservations == ("damaged", "packaging")
    assert disputed.item.custodian == ruling.to
    assert (disputed.item.stage, disputed.item.grade) == (Stage.EVALUATED, Grade.FAIR)


def test_the_page_shows_the_dispute(disputed: tracing.History) -> None:
    page = bytes(item_page(disputed).body).decode()
    for words in (
        "Put on hold",
        "Hold lifted",
        "marked as wrong by event",
        "challenged",
        "ruling",
        "accepted with reservations: damaged, packaging",
        "The grade is too low",
        "Sample Auditor",
    ):
        assert words in page


def test_what_the_chain_skips_is_rejected_with_its_reason_and_blocks_no_other(tmp_path: Path) -> None:
    with played(tmp_path, 4) as network:
        cast = playing.enrol_cast(network, bootstrap.open_demo_keyring(settings_in(tmp_path)))
        stored, gone = (
            next(i for i in listing.list_items(network.database).items if i.stage.is_held is held)
            for held in (True, False)
        )
        lab = cast.key(Actor.LAB, Role.INSPECTOR)
        good = Report(
            stored.id, stored.seq + 1, lab, stored.stage, stored.grade, {"note": ("Seen", "public")}
        )
        bad = Report(
            gone.id, gone.seq + 1, lab, Stage.EVALUATED, Grade.GOOD, {"note": ("Not ours", "public")}
        )
        record(network, [bad, good])
        follow(network.database, network.gateway)
        with network.database.reading() as connection:
            found = submissions_of(connection, [stored.id, gone.id])
        assert found[stored.id, stored.seq + 1].status == "final"
        refused = found[gone.id, gone.seq + 1]
        assert refused.status == "rejected"
        assert refused.reason is not None
        assert "cannot move to" in refused.reason
        assert found[gone.id, gone.seq].status == "final"


def test_what_is_refused_outright_is_rejected_with_its_reason(tmp_path: Path) -> None:
    with played(tmp_path, 2) as network:
        cast = playing.enrol_cast(network, bootstrap.open_demo_keyring(settings_in(tmp_path)))
        item = listing.list_items(network.database).items[0]
        carrier = cast.key(Actor.CARRIER, Role.CARRIER)
        with pytest.raises(Refused):
            record(network, [Report(item.id, item.seq + 1, carrier, item.stage, item.grade, {})])
        with network.database.reading() as connection:
            refused = submissions_of(connection, [item.id])[item.id, item.seq + 1]
        assert refused.status == "rejected"
        assert refused.reason


def test_an_item_that_left_may_come_back_as_a_new_cycle(tmp_path: Path) -> None:
    with played(tmp_path, 4) as network:
        cast = playing.enrol_cast(network, bootstrap.open_demo_keyring(settings_in(tmp_path)))
        gone = next(i for i in listing.list_items(network.database).items if i.stage.has_left)
        desk = Desk(network, cast, gone.id)
        desk.record(cast.key(Actor.RETURNS, Role.INTAKE), Intake(gone.id, desk.seq, 0, FOREVER))
        history = desk.history()
        assert history.item.stage is Stage.RECEIVED
        assert [event.kind for event in history.events].count("Intake") == 2
        assert "come back 2 times" in bytes(item_page(history).body).decode()
