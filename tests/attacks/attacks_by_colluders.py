"""Forgeries by everybody together: all keys sign a false history anew, and only what the chain keeps can tell.

Besides, what must verify: whatever leaves the meaning as it was.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from attacks.attacks_on_signers import false_state
from attacks.corpus import MUST_VERIFY, Corpus, Json, by, put
from attacks.edits import text_of
from attacks.forging import true_words
from attacks.story import WITNESSES, attested
from provenance.model.calls import Contract
from provenance.model.hashing import ZERO, keccak
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import Stage
from provenance.proofs import state
from provenance.proofs.attestations import attest
from provenance.proofs.bundle import Accepted, Bundle, Document, KeySignature, Told
from provenance.proofs.commitments import Field
from provenance.proofs.state import read_header
from sample_keys import address, private_key

FOR_EVER = 2**64 - 1
CENTRE, WORKSHOP, AUDITOR = (address(name) for name in ("centre", "workshop", "auditor"))
Events = list[Told]


def forgeries(corpus: Corpus) -> None:
    corpus.about("forged by colluding keys", "life")
    bundle = corpus.bundle_of()
    forger, item = corpus.forger, bundle.item.id

    def forged(
        name: str, step: int, change: Callable[[Events], None], challenges: Sequence[Told] | None = None
    ) -> None:
        events = list(bundle.events)
        change(events)
        made = forger.history(bundle, events, challenges)
        if made.keys != bundle.keys:
            made = replace(made, nodes=_nodes_for(corpus, made))
        corpus.rejected(name, step, lambda _: made)

    def altered(index: int, **values: Any) -> Callable[[Events], None]:
        def change(events: Events) -> None:
            message = replace(events[index].message, **values)
            events[index] = replace(events[index], message=message)

        return change

    def at(index: int, told: Callable[[int], Told]) -> Callable[[Events], None]:
        return lambda events: events.insert(index, told(events[index - 1].time))

    nothing: Callable[[Events], None] = lambda events: None  # noqa: E731 - beside its like
    forged("an observation is left out, and all sign what is left", 10, _left_out(5))
    forged("the withdrawal is left out, and all sign what is left", 10, _left_out(2))
    forged("the last event is left out, and all sign what is left", 10, _left_out(16))
    forged("the second cycle is left out, and all sign what is left", 10, _cut(14))
    forged("hold and lifting are left out, and all sign what is left", 10, _left_out(10, 8))
    forged("the correction is left out, and all sign what is left", 10, _left_out(7))
    forged("the unanswered challenge is left out", 10, nothing, bundle.challenges[:2])
    forged("all challenges and answers are left out", 9, nothing, ())
    forged("a grade is better, and its inspector signs", 10, altered(1, grade=1))
    forged("an intake's grade is better, and all sign again", 10, altered(0, grade=1))
    forged("an event was a minute earlier, and all agree", 10, _earlier(0, 60))
    forged("the repair lasted a minute longer, and all agree", 10, _earlier(4, 5))
    forged("two observations change places, and all agree", 10, _reordered)
    forged("an observation is added at the end", 10, lambda events: events.append(_told_again(events)))
    forged(
        "an observation is added in the middle",
        10,
        at(5, lambda time: _report(corpus, Stage.IN_REPAIR, 4, time)),
    )
    forged(
        "a withdrawal is added",
        10,
        at(2, lambda time: forger.told(Withdrawal(item, 1, keccak(b"x"), FOR_EVER, ZERO), CENTRE, time)),
    )
    forged(
        "a correction is added",
        10,
        at(5, lambda time: forger.told(Correction(item, 1, 2, 0, FOR_EVER, ZERO), AUDITOR, time)),
    )
    forged("another partner took the item over", 10, _to_auditor)
    forged("exceptions are forgotten, and the receiver signs again", 10, _without_exceptions)
    forged("a photo is exchanged in a document, and its author signs again", 10, _other_document)
    forged("a deadline is another, and all sign again", 10, altered(0, deadline=FOR_EVER))
    forged("the first event's signer was a colleague", 10, _by_colleague(corpus))
    forged("a challenge is another's, who signs it", 10, nothing, _others_challenge(corpus, bundle))
    forged("a challenge disputes something else, and its author signs", 10, nothing, _elsewhere(bundle))
    forged("the item was scrapped instead of sold", 9, altered(13, stage=Stage.DISPOSED))
    forged(
        "a deadline lies before its event, and all sign again",
        9,
        altered(4, deadline=bundle.events[4].time - 1),
    )
    forged("a move that the rules do not know is signed", 9, altered(4, stage=Stage.RECYCLED))
    forged(
        "somebody who has not the item reports, and signs",
        9,
        at(
            5,
            lambda time: forger.told(
                ConditionReport(item, 1, Stage.IN_REPAIR, 4, FOR_EVER, ZERO), CENTRE, time
            ),
        ),
    )
    forged(
        "the item is taken in twice without leaving",
        9,
        at(5, lambda time: forger.told(Intake(item, 1, 0, FOR_EVER, ZERO), CENTRE, time)),
    )
    forged(
        "the custodian's own auditor freezes the item",
        9,
        at(3, lambda time: forger.told(Hold(item, 1, True, FOR_EVER, ZERO), CENTRE, time)),
    )
    forged(
        "the item is sold while it is on hold",
        9,
        at(
            9,
            lambda time: forger.told(
                ConditionReport(item, 1, Stage.DISPOSED, 2, FOR_EVER, ZERO), WORKSHOP, time
            ),
        ),
    )
    forged("an auditor gives the item to itself", 9, at(5, lambda time: _ruling(corpus, time)))
    forged("a correction answers a challenge that is still to come", 9, altered(7, answers=3))
    forged("a correction names an event that is still to come", 9, altered(7, corrects=9))
    forged(
        "an item is handed to who has it",
        9,
        at(4, lambda time: _hand_over(corpus, WORKSHOP, WORKSHOP, 2, time)),
    )
    forged(
        "another than the named receiver accepts",
        9,
        at(4, lambda time: _hand_over(corpus, WORKSHOP, CENTRE, 3, time)),
    )
    _other_forgeries(corpus)


def _other_forgeries(corpus: Corpus) -> None:
    forger = corpus.forger
    corpus.about("forged by colluding keys", "one-of-six")
    tree = corpus.bundle_of()
    better = replace(tree.events[1], message=replace(tree.events[1].message, grade=1))
    made = forger.history(tree, [tree.events[0], better, tree.events[2]])
    corpus.rejected("a leaf of many is signed anew with a better grade", 10, lambda _: made)
    unproven = replace(tree, events=tuple(_alone(corpus, told) for told in tree.events))
    corpus.about(MUST_VERIFY, "one-of-six")
    corpus.verified(
        "a message of a tree, signed alone as well: signatures and paths are no part of the head",
        lambda _: unproven,
    )
    corpus.about("forged by colluding keys", "wallet")
    wallet = corpus.bundle_of()
    corpus.rejected(
        "a wallet's event is told with another grade", 10, lambda _: _wallet_grade(corpus, wallet)
    )
    corpus.rejected(
        "a wallet's offer is told with another deadline, but its receiver signed it",
        7,
        by(lambda text: str(int(text) + 1), "events", 1, "deadline"),
    )
    corpus.about("forged by colluding keys", "never")
    never = corpus.bundle_of()
    intake = forger.told(Intake(never.item.id, 1, 0, FOR_EVER, ZERO), CENTRE, read_header(never.header).time)
    invented = replace(never, events=(intake,), partners=((1, None),))
    key_nodes = _nodes_for(corpus, invented)
    corpus.rejected(
        "an item that was never taken in gets a history", 10, lambda _: replace(invented, nodes=key_nodes)
    )
    corpus.about("forged by colluding keys", "single")
    single = corpus.bundle_of()
    words = true_words(corpus.story, single)
    report = forger.told(
        ConditionReport(single.item.id, 1, Stage.EVALUATED, 1, FOR_EVER, ZERO), CENTRE, single.events[0].time
    )
    longer = forger.history(single, [*single.events, report])
    end = forger.slot_after(longer).slot
    assert end is not None
    words[Contract.LEDGER][state.of_mapping(single.item.id, state.SLOTS)] = end.to_word()
    whole = false_state(corpus, words).prove(longer)
    header = read_header(whole.header)
    corpus.rejected(
        "a whole false chain, history and state alike, where the true block is pinned", 4, lambda _: whole
    )
    lone = attested(replace(whole, attestations=()), WITNESSES[:1])
    corpus.rejected(
        "a whole false chain that one of three witnesses attests", 4, lambda _: lone, trust="trust-witnesses"
    )
    honest = attest(
        private_key(WITNESSES[1]), single.chain_id, header.number, read_header(single.header).hash
    )
    corpus.rejected(
        "a whole false chain that two witnesses attest and the third contradicts beside it",
        4,
        lambda _: attested(whole, (WITNESSES[0], WITNESSES[2])),
        trust="trust-witnesses",
        options={"attestations": [dict(honest.as_json())]},
    )
    corpus.rejected(
        "a whole false chain where the node asked knows the true one",
        4,
        lambda _: whole,
        trust="trust-node",
        options={"blockHash": "0x" + read_header(single.header).hash.hex()},
    )
    pin = put({"kind": "block", "number": header.number, "hash": "0x" + header.hash.hex()}, "root")
    corpus.about(MUST_VERIFY, "single")
    corpus.verified(
        "a whole false chain, where its own block is pinned: trust in a block is trust in its chain",
        lambda _: whole,
        trust_change=pin,
    )


def must_verify(corpus: Corpus) -> None:
    corpus.about(MUST_VERIFY, "life")
    for name in corpus.bundles:
        if name not in ("twin", "anvil"):
            corpus.verified(f"the bundle `{name}` as it was proven", (), base=name)
    corpus.verified(
        "the attested bundle, where two of three witnesses are asked for",
        (),
        base="attested",
        trust="trust-witnesses",
    )
    base = corpus.bundle_of()
    header = read_header(base.header)
    corpus.verified(
        "an older proof, where its own block is pinned",
        lambda _: corpus.proven["life-before"],
        trust_change=_pin(corpus.proven["life-before"]),
    )
    for name, change in (
        ("one field withheld", _withheld(corpus, "life", 0, 2)),
        ("all fields of an event withheld", _withheld(corpus, "life", 0)),
        ("the field of an acceptance withheld", _withheld(corpus, "life", 3, 0, accepted=True)),
        ("a whole document withheld under its root", _whole_withheld(base, 0)),
        ("every document withheld under its root", _all_withheld(base)),
        ("the item known by its id alone", _unnamed),
        ("attestations of strangers, which count for nothing", lambda _: attested(base, ("a stranger",))),
    ):
        corpus.verified(name, change)
    corpus.verified(
        "as fresh as was asked for, to the second",
        (),
        options={"now": header.time + 60, "maxAge": 60, "minBlock": header.number},
    )
    corpus.verified(
        "the node asked names this block",
        (),
        trust="trust-node",
        options={"blockHash": "0x" + header.hash.hex()},
    )
    corpus.verified(
        "the ledger was deployed in the proven block itself", (), trust_change=_deployed_here(base)
    )
    corpus.verified("the trust file names a predecessor and many operators", (), trust_change=_predecessor)
    beside = [
        dict(attest(private_key(name), base.chain_id, header.number, header.hash).as_json())
        for name in WITNESSES[1:]
    ]
    corpus.verified(
        "with the witnesses' words beside it", (), trust="trust-witnesses", options={"attestations": beside}
    )
    past = dict(
        attest(
            private_key(WITNESSES[0]), base.chain_id, header.number - 1, keccak(b"an older block")
        ).as_json()
    )
    corpus.verified("with a witness's word on an older block beside it", (), options={"attestations": [past]})
    corpus.verified(
        "with a witness's word on another chain beside it",
        (),
        options={
            "attestations": [
                dict(
                    attest(private_key(WITNESSES[0]), 1, header.number, keccak(b"another chain's")).as_json()
                )
            ]
        },
    )
    _layouts(corpus)
    if "anvil" in corpus.bundles:
        corpus.verified("a proof that anvil made", (), base="anvil", trust="trust-anvil")


def _layouts(corpus: Corpus) -> None:
    """The same value in other bytes."""
    corpus.about(MUST_VERIFY, "single")
    value = corpus.bundles["single"]
    text = text_of(value)
    corpus.verified(
        "without whitespace", [{"whole": json.dumps(value, separators=(",", ":"), ensure_ascii=False)}]
    )
    corpus.verified(
        "with much whitespace", [{"whole": "\r\n\t " + json.dumps(value, indent="\t \r\n") + " \n\n"}]
    )
    corpus.verified(
        "with every letter of a name escaped",
        [{"replace": '"first"', "with": '"\\u0066\\u0069\\u0072\\u0073\\u0074"'}],
    )
    corpus.verified(
        "with characters beyond the basic plane escaped", [{"whole": json.dumps(value, ensure_ascii=True)}]
    )
    corpus.verified("with escaped slashes", [{"whole": text.replace("/", "\\/")}])
    corpus.verified(
        "with members in reverse order, throughout",
        [{"whole": json.dumps(_reversed(value), ensure_ascii=False)}],
    )
    corpus.verified(
        "with members sorted, throughout", [{"whole": json.dumps(value, sort_keys=True, ensure_ascii=False)}]
    )


def _cut(count: int) -> Callable[[Events], None]:
    def change(events: Events) -> None:
        del events[count:]

    return change


def _left_out(*places: int) -> Callable[[Events], None]:
    """Without these events, given from the last to the first; corrections name what they named."""

    def change(events: Events) -> None:
        for place in places:
            events.pop(place)
            for index, told in enumerate(events):
                if isinstance(told.message, Correction) and told.message.corrects > place + 1:
                    message = replace(told.message, corrects=told.message.corrects - 1)
                    events[index] = replace(told, message=message)

    return change


def _earlier(index: int, seconds: int) -> Callable[[Events], None]:
    def change(events: Events) -> None:
        events[index] = replace(events[index], time=events[index].time - seconds)

    return change


def _reordered(events: Events) -> None:
    one, other = events[4], events[5]
    events[4], events[5] = replace(other, time=one.time), replace(one, time=other.time)


def _told_again(events: Events) -> Told:
    """The last ruling once more: an ended item takes nothing but rulings."""
    return events[-1]


def _report(corpus: Corpus, stage: Stage, grade: int, time: int) -> Told:
    message = ConditionReport(corpus.bundle_of().item.id, 1, stage, grade, FOR_EVER, ZERO)
    return corpus.forger.told(message, WORKSHOP, time)


def _hand_over(corpus: Corpus, giver: bytes, receiver: bytes, to: int, time: int) -> Told:
    offer = CustodyOffer(corpus.bundle_of().item.id, ZERO, to, FOR_EVER, ZERO)
    accepted = Accepted(Acceptance(0, ZERO), Document(ZERO), KeySignature(receiver, None))
    return Told(time, offer, Document(ZERO), KeySignature(giver, None), accepted)


def _ruling(corpus: Corpus, time: int) -> Told:
    ruling = Ruling(corpus.bundle_of().item.id, 1, Stage.IN_REPAIR, 4, 3, 0, FOR_EVER, ZERO)
    accepted = Accepted(Acceptance(0, ZERO), Document(ZERO), KeySignature(AUDITOR, None))
    return Told(time, ruling, Document(ZERO), KeySignature(AUDITOR, None), accepted)


def _to_auditor(events: Events) -> None:
    """The auditor's partner took it over, gave it on at once, and nobody but these three knows."""
    taken = events[3]
    assert taken.accepted is not None
    detour = replace(
        taken,
        message=replace(taken.message, to=3),
        accepted=replace(taken.accepted, signed=KeySignature(AUDITOR, None)),
    )
    on = replace(taken, signed=KeySignature(AUDITOR, None))
    events[3:4] = [detour, on]


def _without_exceptions(events: Events) -> None:
    accepted = events[3].accepted
    assert accepted is not None
    acceptance = replace(accepted.acceptance, exceptions=0)
    events[3] = replace(events[3], accepted=replace(accepted, acceptance=acceptance))


def _other_document(events: Events) -> None:
    document = Document.of((Field("finding", "as good as new", bytes(16)),), ())
    events[1] = replace(
        events[1], document=document, message=replace(events[1].message, details=document.root)
    )


def _by_colleague(corpus: Corpus) -> Callable[[Events], None]:
    del corpus

    def change(events: Events) -> None:
        events[1] = replace(events[1], signed=KeySignature(CENTRE, None))
        events[0] = replace(events[0], message=replace(events[0].message, grade=2))

    return change


def _others_challenge(corpus: Corpus, bundle: Bundle) -> list[Told]:
    first, *rest = bundle.challenges
    return [corpus.forger.told(first.message, AUDITOR, first.time, document=first.document), *rest]


def _elsewhere(bundle: Bundle) -> list[Told]:
    first, *rest = bundle.challenges
    assert isinstance(first.message, Challenge)
    return [replace(first, message=replace(first.message, challenged=1)), *rest]


def _alone(corpus: Corpus, told: Told) -> Told:
    from provenance.proofs.eip712 import struct_hash

    signed = corpus.forger.signed(told.message, told.signed.key)
    accepted = told.accepted
    if accepted:
        acceptance = accepted.acceptance.of(struct_hash(told.message))
        accepted = replace(accepted, signed=corpus.forger.signed(acceptance, accepted.signed.key))
    return replace(told, signed=signed, accepted=accepted)


def _wallet_grade(corpus: Corpus, bundle: Bundle) -> Bundle:
    first, second = bundle.events
    graded = replace(first, message=replace(first.message, deadline=FOR_EVER))
    return corpus.forger.history(bundle, [graded, second])


def _nodes_for(corpus: Corpus, bundle: Bundle) -> tuple[bytes, ...]:
    from provenance.ledger.state_proofs import nodes_of
    from provenance.proofs.trie import NodePool
    from provenance.workflows.proving import _in_order

    gateway = corpus.story.world.gateway
    header = read_header(bundle.header)
    named = [partner for partner, name in bundle.partners if name is not None]
    places = state.places_of(bundle.item.id, bundle.keys, named)
    pool = NodePool(nodes_of(gateway.chain, gateway.deployment, header.number, places))
    from provenance.ledger.state_proofs import ProvenHeader

    return _in_order(gateway, bundle, ProvenHeader(bundle.header, header), pool)


def _pin(bundle: Bundle) -> Any:
    header = read_header(bundle.header)
    return put({"kind": "block", "number": header.number, "hash": "0x" + header.hash.hex()}, "root")


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(inner) for name, inner in reversed(value.items())}
    return [_reversed(inner) for inner in value] if isinstance(value, list) else value


def _withheld(
    corpus: Corpus, name: str, event: int, only: int | None = None, *, accepted: bool = False
) -> Any:
    told = corpus.proven[name].events[event]
    document = told.accepted.document if accepted and told.accepted else told.document

    def change(of: Json) -> None:
        inner = of["events"][event]["acceptance"] if accepted else of["events"][event]
        kept = [field for index, field in enumerate(document.fields) if only not in (None, index)]
        gone = tuple(field.commitment for field in document.fields if field not in kept)
        inner["details"] = Document(document.root, tuple(kept), gone).as_json()

    return change


def _whole_withheld(bundle: Bundle, event: int) -> Any:
    return put({"root": "0x" + bundle.events[event].document.root.hex()}, "events", event, "details")


def _all_withheld(bundle: Bundle) -> Any:
    def hidden(told: Told) -> Told:
        accepted = told.accepted and replace(told.accepted, document=Document(told.accepted.document.root))
        return replace(told, document=Document(told.document.root), accepted=accepted)

    made = replace(
        bundle,
        events=tuple(hidden(told) for told in bundle.events),
        challenges=tuple(hidden(told) for told in bundle.challenges),
    )
    return lambda _: made


def _unnamed(of: Json) -> None:
    of["item"] = {"id": of["item"]["id"]}


def _deployed_here(bundle: Bundle) -> Any:
    header = read_header(bundle.header)
    return lambda of: of.update(block=header.number, blockHash="0x" + header.hash.hex())


def _predecessor(of: Json) -> None:
    of.update(predecessor="0x" + "12" * 20, operators="many")
