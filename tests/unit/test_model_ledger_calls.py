"""Calls: one authorization for many messages, each recorded or skipped alone, nothing half done."""

from dataclasses import replace

import pytest

from provenance.errors import (
    BadPath,
    BadSignature,
    EnforcedPause,
    Expired,
    LengthMismatch,
    NothingToRecord,
    StaleSeq,
    UnknownItem,
    UnknownKey,
)
from provenance.model.calls import Authorization, Call, CallSkip, Contract, Record, Skip, Submission
from provenance.model.hashing import keccak
from provenance.model.ledger import Ledger, height_of
from provenance.model.messages import (
    Acceptance,
    CustodyAcceptance,
    CustodyOffer,
    Intake,
    Message,
    Withdrawal,
)
from provenance.model.partners import Partner, Registry
from provenance.model.vocabulary import ALL_ROLES, KeyKind
from provenance.model.words import KeyWord, Standing
from provenance.proofs.eip712 import SignedTree, struct_hash
from provenance.proofs.signatures import DomainSignatures, sign
from sample_keys import address, private_key

NOW, LATER = 1000, 2**60
AT = (b"\1" * 20, b"\2" * 20, b"\3" * 20)
SIGNATURES = DomainSignatures(7, *AT)
EMPTY = Ledger.deployed(7, AT[1])
OWNER = b"\x0f" * 20


def registry(*labels: str) -> Registry:
    keys = {
        address(label): KeyWord(number, ALL_ROLES, KeyKind.ACCOUNT, 0, LATER)
        for number, label in enumerate(labels, 1)
    }
    partners = {
        number: Partner(b"\7" * 32, Standing(ALL_ROLES, False)) for number in range(1, len(labels) + 1)
    }
    return replace(Registry.deployed(OWNER, OWNER), keys=keys, partners=partners)


REGISTRY = registry("anna", "bert")


def item(number: int) -> bytes:
    return keccak(bytes([number]))


def intake(number: int, seq: int = 1, deadline: int = LATER) -> Intake:
    return Intake(item(number), seq, 0, deadline)


def authorize(label: str, *messages: Message) -> Authorization:
    digest = SIGNATURES.domains[Contract.LEDGER].digest(SignedTree(messages).struct_hash)
    return Authorization(address(label), sign(private_key(label), digest))


def intakes(*messages: Intake, by: str = "anna") -> Call:
    return Call(Intake, messages, authorize(by, *messages) if messages else Authorization(address(by), b""))


def make(call: Call | Submission, ledger: Ledger = EMPTY, partners: Registry = REGISTRY):
    return ledger.make(call, partners, NOW, SIGNATURES)


def test_every_good_message_of_a_call_is_recorded_and_folds_the_journal_once():
    after, outcomes = make(intakes(*map(intake, range(5))))
    assert [type(outcome) for outcome in outcomes] == [Record] * 5
    journal = EMPTY.journal
    for number in range(5):
        journal = journal.fold(item(number), after.item(item(number)).slot.to_word())
    assert (after.journal, after.journal.count) == (journal, 5)


def test_a_stale_message_is_skipped_with_its_reason_and_blocks_no_other():
    after, outcomes = make(intakes(intake(0), intake(1, seq=9), intake(2)))
    assert [type(outcome) for outcome in outcomes] == [Record, Skip, Record]
    assert outcomes[1] == Skip(item(1), 1, StaleSeq(item(1), 9, 1))
    assert item(1) not in after.items
    assert after.journal.count == 2


def test_a_call_of_refused_messages_only_is_refused_with_the_first_reason():
    with pytest.raises(Expired):
        make(intakes(intake(0, deadline=NOW - 1), intake(1, seq=2)))


def test_messages_of_one_call_for_one_item_follow_each_other():
    first, _ = make(intakes(intake(0)))
    many = tuple(Withdrawal(item(0), seq, bytes(32), LATER) for seq in (2, 3, 4))
    after, outcomes = make(Call(Withdrawal, many, authorize("anna", *many)), first)
    assert after.item(item(0)).slot.seq == 4
    assert [outcome.word for outcome in outcomes][-1] == after.item(item(0)).slot.to_word()


def test_a_replayed_call_is_refused():
    call = intakes(intake(0))
    after, _ = make(call)
    with pytest.raises(StaleSeq) as refused:
        make(call, after)
    assert refused.value.args == (item(0), 1, 2)


def test_a_call_without_messages_is_refused_before_any_signature_is_looked_at():
    with pytest.raises(NothingToRecord):
        make(intakes())


def test_a_signature_of_another_key_content_chain_or_contract_is_refused():
    good = intake(0)
    others = [
        authorize("bert", good).signature,
        authorize("anna", intake(1)).signature,
        *(
            sign(private_key("anna"), replace(domain, chain_id=chain).digest(struct_hash(good)))
            for domain, chain in [
                (SIGNATURES.domains[Contract.LEDGER], 8),
                (SIGNATURES.domains[Contract.ANCHORS], 7),
                (SIGNATURES.domains[Contract.REGISTRY], 7),
            ]
        ),
    ]
    for signature in others:
        with pytest.raises(BadSignature):
            make(Call(Intake, (good,), Authorization(address("anna"), signature)))


def test_the_path_is_looked_at_before_the_key_and_the_key_before_the_signature():
    call = intakes(intake(0), by="nobody")
    with pytest.raises(BadPath) as refused:
        make(replace(call, authorization=replace(call.authorization, index=1, signature=b"")))
    assert refused.value.args == (1, 0)
    with pytest.raises(UnknownKey):
        make(replace(call, authorization=replace(call.authorization, signature=b"")))


def test_a_path_that_makes_a_tree_above_ten_is_refused():
    call = intakes(intake(0), intake(1))
    with pytest.raises(BadPath) as refused:
        make(replace(call, authorization=replace(call.authorization, path=(bytes(32),) * 10)))
    assert refused.value.args == (0, 11)


@pytest.mark.parametrize(
    ("messages", "height"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1024, 10), (1025, 11)]
)
def test_a_tree_is_as_high_as_its_messages_need(messages, height):
    assert height_of(messages) == height


def test_any_aligned_part_of_a_signed_tree_can_be_recorded_alone():
    tree = SignedTree(tuple(map(intake, range(7))))
    signature = authorize("anna", *tree.messages).signature
    for index, height in ((0, 0), (5, 0), (1, 1), (0, 2), (6, 0)):
        part = tree.messages[index << height : (index + 1) << height]
        given = Authorization(address("anna"), signature, index, tree.path(index, height))
        after, _ = make(Call(Intake, part, given))
        assert after.journal.count == len(part)


def offers(ledger: Ledger, *numbers: int) -> tuple[CustodyOffer, ...]:
    return tuple(
        CustodyOffer(item(number), ledger.item(item(number)).slot.to_word(), 2, LATER) for number in numbers
    )


def hand_over(messages: tuple[CustodyOffer, ...], *acceptances: Acceptance, by: str = "bert") -> Call:
    signed = [
        acceptance.of(struct_hash(offer)) for offer, acceptance in zip(messages, acceptances, strict=False)
    ]
    return Call(
        CustodyOffer,
        messages,
        authorize("anna", *messages),
        acceptances,
        authorize(by, *signed) if signed else Authorization(address(by), b""),
    )


def test_a_pair_of_signatures_hands_over_many_items():
    before, _ = make(intakes(intake(0), intake(1), intake(2)))
    after, _ = make(hand_over(offers(before, 0, 1, 2), *[Acceptance(1)] * 3), before)
    assert [after.item(item(number)).slot.custodian for number in range(3)] == [2, 2, 2]


def test_each_offer_needs_its_acceptance():
    before, _ = make(intakes(intake(0), intake(1)))
    with pytest.raises(LengthMismatch) as refused:
        make(hand_over(offers(before, 0, 1), Acceptance()), before)
    assert refused.value.args == (2, 1)


def test_the_giver_is_looked_at_before_the_receiver():
    before, _ = make(intakes(intake(0)))
    call = hand_over(offers(before, 0), Acceptance(), by="nobody")
    with pytest.raises(BadSignature) as refused:
        make(replace(call, authorization=replace(call.authorization, signature=b"")), before)
    assert refused.value.signer == address("anna")
    with pytest.raises(UnknownKey) as refused:
        make(call, before)
    assert refused.value.signer == address("nobody")


def test_an_acceptance_of_another_offer_or_with_other_reservations_does_not_count():
    before, _ = make(intakes(intake(0), intake(1)))
    (offer, other) = offers(before, 0, 1)
    for said in (CustodyAcceptance(struct_hash(other)), CustodyAcceptance(struct_hash(offer), 2)):
        call = replace(hand_over((offer,), Acceptance()), receiver=authorize("bert", said))
        with pytest.raises(BadSignature):
            make(call, before)


def test_any_event_after_an_offer_voids_it():
    before, _ = make(intakes(intake(0)))
    call = hand_over(offers(before, 0), Acceptance())
    withdrawal = Withdrawal(item(0), 2, struct_hash(call.messages[0]), LATER)
    after, _ = make(Call(Withdrawal, (withdrawal,), authorize("anna", withdrawal)), before)
    with pytest.raises(Exception, match="offer and accept again"):
        make(call, after)


def test_a_refused_call_is_skipped_in_a_submission_and_leaves_nothing_behind():
    stale = intakes(intake(5, seq=2), intake(6, seq=2))
    after, outcomes = make(Submission((intakes(intake(0)), stale, intakes(intake(1)))))
    assert outcomes[1] == CallSkip(1, StaleSeq(item(5), 2, 1))
    assert set(after.items) == {item(0), item(1)}


def test_later_calls_of_a_submission_see_what_earlier_ones_did():
    withdrawal = Withdrawal(item(0), 2, bytes(32), LATER)
    second = Call(Withdrawal, (withdrawal,), authorize("anna", withdrawal))
    after, _ = make(Submission((intakes(intake(0)), second)))
    assert after.item(item(0)).slot.seq == 2


def test_a_submission_of_refused_calls_only_is_refused_with_the_first_reason():
    withdrawal = Withdrawal(item(0), 2, bytes(32), LATER)
    with pytest.raises(UnknownItem):
        make(Submission((Call(Withdrawal, (withdrawal,), authorize("anna", withdrawal)), intakes())))


def test_an_empty_submission_is_refused_and_skipped_within_another():
    with pytest.raises(NothingToRecord):
        make(Submission(()))
    _, outcomes = make(Submission((Submission(()), intakes(intake(0)))))
    assert outcomes[0] == CallSkip(0, NothingToRecord())


def test_a_paused_registry_refuses_every_call():
    with pytest.raises(EnforcedPause):
        make(intakes(intake(0)), EMPTY, replace(REGISTRY, paused=True))


def test_a_wallet_is_asked_and_an_account_never_is():
    asked = []

    def ask(wallet: bytes, digest: bytes, signature: bytes) -> bool:
        asked.append((wallet, signature))
        return True

    wallets = replace(SIGNATURES, ask_wallet=ask)
    word = replace(REGISTRY.keys[address("anna")], kind=KeyKind.WALLET)
    with_wallet = replace(REGISTRY, keys={**REGISTRY.keys, address("anna"): word})
    call = replace(intakes(intake(0)), authorization=Authorization(address("anna"), b"whatever it takes"))
    EMPTY.record(call, with_wallet, NOW, wallets)
    assert asked == [(address("anna"), b"whatever it takes")]
    with pytest.raises(BadSignature):
        EMPTY.record(call, REGISTRY, NOW, wallets)
    with pytest.raises(BadSignature):
        EMPTY.record(call, with_wallet, NOW, SIGNATURES)


def test_a_ledger_is_a_value_that_no_call_touches():
    make(intakes(intake(0)))
    assert Ledger.deployed(7, AT[1]) == EMPTY
