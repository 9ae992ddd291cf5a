"""The browser's verifier and the Python one give every file the same verdict, and stop at the same step."""

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from provenance.proofs import state
from provenance.proofs.attestations import Attestation, attest
from provenance.proofs.ground import Wanted
from provenance.proofs.verdict import NOT_PROVEN
from provenance.proofs.verifier import verify
from sample_keys import address, private_key
from verifier_js.engine import Engine, hexed
from verifier_js.proofs import NAMES, Proof

Verdict = tuple[str, int | None]


def by_python(bundle: bytes, trust: bytes, wanted: Wanted | None = None) -> Verdict:
    report = verify(bundle, trust, wanted)
    return report.verdict.words, report.failed.value if report.failed else None


def by_browser(engine: Engine, bundle: bytes, trust: bytes, **options: Any) -> Verdict:
    report = engine.verify(bundle, trust, **options)
    return report["verdict"], report["step"] if report["verdict"] == "rejected" else None


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", NAMES)
def test_a_proof_from_a_chain_is_verified_with_every_step_passed(engine, proofs, name):
    report = engine.verify(proofs[name].bundle, proofs[name].trust)
    assert report["verdict"] == "verified"
    assert [step["number"] for step in report["steps"]] == list(range(1, 12))
    assert {step["outcome"] for step in report["steps"]} == {"passed"}


@pytest.mark.parametrize("name", NAMES)
def test_both_tell_the_same_block_remarks_and_limits(engine, proofs, name):
    of_python = verify(proofs[name].bundle, proofs[name].trust).proven
    report = engine.verify(proofs[name].bundle, proofs[name].trust)
    assert report["completeAsOf"]["time"] == of_python.header.time
    assert report["block"]["number"] == of_python.header.number
    assert report["block"]["hash"] == hexed(of_python.header.hash)
    assert len(report["events"]) == len(of_python.history)
    assert len(report["remarks"]) == len(of_python.remarks)
    assert report["notProven"] == list(NOT_PROVEN)


def test_corrections_and_challenges_stand_beside_what_they_concern(engine, proofs):
    told = engine.verify(proofs["life"].bundle, proofs["life"].trust)["events"]
    events = {entry["number"]: entry for entry in told if entry["kind"] != "Challenge"}
    challenges = {entry["number"]: entry for entry in told if entry["kind"] == "Challenge"}
    correction = next(entry for entry in told if entry["kind"] == "Correction")
    assert correction["number"] in events[correction["corrects"]]["correctedBy"]
    answers = {entry["number"]: entry["answers"] for entry in told if entry["answers"]}
    assert answers
    for number, answered in answers.items():
        assert number in challenges[answered]["answeredBy"]
    for number, challenge in challenges.items():
        assert number in events[challenge["challenges"]]["challengedBy"]


def test_names_and_fields_are_told_and_what_is_withheld_is_counted(engine, proofs):
    told = engine.verify(proofs["withheld"].bundle, proofs["withheld"].trust)
    assert {entry["by"]["name"] for entry in told["events"]} == {"centre"}
    documents = [document for entry in told["events"] for document in entry["documents"]]
    assert sum(document["shown"] for document in documents) == 1
    assert sum(len(document["fields"]) for document in documents) == 1
    assert sum(document["withheld"] for document in documents) == 4
    assert told["item"]["uri"].startswith("https://")


# What a forger might do to one place of a file, by the kind of value that stands there.
def changes_of(value: Any, random: Random) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
            yield int(value)
        case None:
            yield hexed(bytes(65))
            yield {}
        case int():
            yield from (
                value + 1,
                value - 1,
                -value or 1,
                value + 2**16,
                2**53,
                float(value) + 0.5,
                str(value),
            )
        case str() if value.startswith("0x") and len(value) > 4:
            at = random.randrange(2, len(value))
            yield value[:at] + "0123456789abcdef"[int(value[at], 16) ^ 1] + value[at + 1 :]
            yield value.upper().replace("0X", "0x")
            yield value[:-1]
            yield value[:-2] or "0x"
            yield value + "00"
            yield "0x" + "00" * (len(value) // 2 - 1)
            yield value[2:]
        case str():
            yield from (value + "x", value + "0", "", value.upper(), 7, value + "\ud800", "0" + value)
        case list():
            yield value[1:]
            yield value[:-1]
            yield [*value, *value[-1:]]
            yield value[::-1]
            yield {}
        case dict():
            yield {**value, "more": 1}
            yield []
            for name in value:
                yield {other: inner for other, inner in value.items() if other != name}


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places_of(child, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = deepcopy(value)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = new
    return changed


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def mutations(proof: Proof, random: Random, of: str, count: int) -> list[tuple[tuple[Any, ...], bytes]]:
    whole = json.loads(getattr(proof, of))
    found = [
        (path, dumped(put(whole, path, changed)))
        for path in places_of(whole)
        for changed in changes_of(at(whole, path), random)
        if json.dumps(changed) != json.dumps(at(whole, path))
    ]
    return random.sample(found, min(count, len(found)))


@pytest.mark.parametrize(
    ("name", "count"), [("life", 350), ("wallet", 120), ("one-of-six", 120), ("withheld", 120)]
)
def test_both_stop_at_the_same_step_of_a_bundle_that_was_changed_somewhere(engine, proofs, name, count):
    proof, steps = proofs[name], Counter[int | None]()
    for path, bundle in mutations(proof, Random(name), "bundle", count):
        expected = by_python(bundle, proof.trust)
        assert by_browser(engine, bundle, proof.trust) == expected, path
        assert expected[0] != "verified", path
        steps[expected[1]] += 1
    assert len(steps) >= 4


def test_both_say_the_same_of_a_trust_file_that_was_changed_somewhere(engine, proofs):
    proof = proofs["life"]
    for path, trust in mutations(proof, Random(5), "trust", 150):
        assert by_browser(engine, proof.bundle, trust) == by_python(proof.bundle, trust), path


def test_a_changed_byte_never_breaks_either_and_both_give_the_same_verdict(engine, proofs):
    proof, random = proofs["wallet"], Random(3)
    for _ in range(300):
        changed = bytearray(proof.bundle)
        for _ in range(random.choice((1, 1, 2))):
            changed[random.randrange(len(changed))] = random.choice(
                (random.randrange(256), *b'",:{}[]0 \n\\')
            )
        bundle = bytes(changed)
        assert by_browser(engine, bundle, proof.trust) == by_python(bundle, proof.trust), bundle


# Trust roots.


def rooted(proof: Proof, root: dict, **others: Any) -> bytes:
    return dumped(json.loads(proof.trust) | {"root": root} | others)


def witnesses(*labels: str, threshold: int) -> dict:
    known = sorted(hexed(address(label)) for label in labels)
    return {"kind": "witnesses", "threshold": threshold, "witnesses": known}


def words_of(proof: Proof, *labels: str, number: int = 0, hash_: bytes | None = None) -> list[Attestation]:
    bundle = json.loads(proof.bundle)
    header = state.read_header(bytes.fromhex(bundle["header"][2:]))
    return [
        attest(private_key(label), bundle["chainId"], header.number + number, hash_ or header.hash)
        for label in labels
    ]


@pytest.mark.parametrize(
    ("attesting", "verdict"),
    [
        (("ann", "bob"), ("verified", None)),
        (("ann",), ("rejected", 4)),
        ((), ("rejected", 4)),
        (("ann", "stranger"), ("rejected", 4)),
        (("ann", "ann"), ("rejected", 4)),
        (("ann", "bob", "stranger"), ("verified", None)),
    ],
)
def test_enough_of_the_pinned_witnesses_must_attest(engine, proofs, attesting, verdict):
    proof = proofs["never"]
    trust = rooted(proof, witnesses("ann", "bob", "eve", threshold=2))
    words = words_of(proof, *attesting)
    files = [dumped(word.as_json()) for word in words]
    assert by_browser(engine, proof.bundle, trust, attestations=files) == verdict
    assert by_python(proof.bundle, trust, Wanted(attestations=tuple(words))) == verdict
    inside = json.loads(proof.bundle)
    by = {word.by.witness: word.by.as_json() for word in words}
    inside["attestations"] = [by[witness] for witness in sorted(by)]
    assert by_browser(engine, dumped(inside), trust) == by_python(dumped(inside), trust) == verdict


def test_a_witness_of_another_block_counts_for_nothing_and_one_who_contradicts_is_heard(engine, proofs):
    proof = proofs["never"]
    trust = rooted(proof, witnesses("ann", threshold=1))
    for words, verdict in (
        (words_of(proof, "ann", number=1), ("rejected", 4)),
        ([*words_of(proof, "ann"), *words_of(proof, "bob", number=1)], ("verified", None)),
        ([*words_of(proof, "ann"), *words_of(proof, "bob", hash_=b"\1" * 32)], ("rejected", 4)),
    ):
        files = [dumped(word.as_json()) for word in words]
        assert by_browser(engine, proof.bundle, trust, attestations=files) == verdict
        assert by_python(proof.bundle, trust, Wanted(attestations=tuple(words))) == verdict


def test_a_node_is_asked_for_the_hash_and_without_an_answer_nothing_is_said(engine, proofs):
    proof = proofs["life"]
    trust = rooted(proof, {"kind": "node", "url": "http://127.0.0.1:8545"})
    known = json.loads(proof.trust)["root"]["hash"]
    assert by_browser(engine, proof.bundle, trust) == ("cannot evaluate", None)
    assert by_browser(engine, proof.bundle, trust, blockHash=None) == ("cannot evaluate", None)
    assert by_browser(engine, proof.bundle, trust, blockHash=known) == ("verified", None)
    assert by_browser(engine, proof.bundle, trust, blockHash=hexed(bytes(32))) == ("rejected", 4)


def test_a_trust_file_that_pins_another_block_cannot_evaluate_this_one(engine, proofs):
    proof = proofs["life"]
    trust = rooted(proof, json.loads(proof.trust)["root"] | {"number": 1})
    assert (
        by_browser(engine, proof.bundle, trust) == by_python(proof.bundle, trust) == ("cannot evaluate", None)
    )


def test_wallets_signatures_are_refused_where_the_trust_file_says_so(engine, proofs):
    proof = proofs["wallet"]
    trust = rooted(proof, json.loads(proof.trust)["root"], walletSignatures="refused")
    assert by_browser(engine, proof.bundle, trust) == by_python(proof.bundle, trust) == ("rejected", 7)


def test_another_format_cannot_be_evaluated(engine, proofs):
    proof = proofs["life"]
    other = dumped(json.loads(proof.bundle) | {"format": "returns-provenance bundle 2"})
    for bundle, trust in ((other, proof.trust), (proof.trust, proof.trust), (proof.bundle, proof.bundle)):
        assert by_browser(engine, bundle, trust) == by_python(bundle, trust) == ("cannot evaluate", None)


@pytest.mark.parametrize(
    ("age", "older", "lower", "verdict"),
    [
        (100, None, None, ("verified", None)),
        (100, 100, None, ("verified", None)),
        (101, 100, None, ("rejected", 11)),
        (0, None, 0, ("verified", None)),
        (0, None, 1, ("rejected", 11)),
    ],
)
def test_a_block_must_be_as_new_as_was_asked_for(engine, proofs, age, older, lower, verdict):
    proof = proofs["life"]
    header = state.read_header(bytes.fromhex(json.loads(proof.bundle)["header"][2:]))
    now, least = header.time + age, None if lower is None else header.number + lower
    wanted = Wanted(now=now, max_age=older, min_block=least)
    assert by_python(proof.bundle, proof.trust, wanted) == verdict
    asked = {"now": now, "maxAge": older, "minBlock": least}
    given = {name: value for name, value in asked.items() if value is not None}
    assert by_browser(engine, proof.bundle, proof.trust, **given) == verdict
