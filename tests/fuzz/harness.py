"""Coverage-guided fuzzing of the verifier's parsers: `scripts/fuzz-verifier --guided SECONDS`.

Atheris drives it (libFuzzer, instrumenting `provenance.proofs` and `provenance.model`). Inputs are bundles, trust files,
attestations and RLP; half of the changes are made in the JSON value rather than in its bytes, so that they reach beyond the
first brace. What is promised of every input:

- nothing but a verdict comes out of `verify`, and nothing but InputError out of the readers;
- *verified* is said of nothing that tells something else than the bundle it was made from;
- RLP is read as the `rlp` library reads it, or refused.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["provenance"]):
    from provenance.errors import InputError
    from provenance.proofs import rlp as our_rlp
    from provenance.proofs.attestations import Attestation
    from provenance.proofs.bundle import Bundle
    from provenance.proofs.reading import parse_json
    from provenance.proofs.trie import NodePool, value_at
    from provenance.proofs.trust import Trust
    from provenance.proofs.verdict import Verdict
    from provenance.proofs.verifier import verify

import rlp as their_rlp

from attacks.edits import applied

BUNDLES = Path(__file__).parents[1] / "vectors" / "bundles"
TARGETS = "bundle", "bundle", "bundle", "trust", "attestation", "rlp", "trie", "json"


def main() -> None:
    atheris.Setup(sys.argv, run_one, custom_mutator=mutated)
    atheris.Fuzz()


def meaning(bundle: Bundle) -> Any:
    """What a bundle says of its item, whatever it withholds and whoever attests its block besides."""
    return (
        (bundle.chain_id, bundle.ledger, bundle.item.id, bundle.header, bundle.partners, bundle.nodes),
        tuple(
            (
                told.time,
                told.message,
                told.signed,
                told.accepted and (told.accepted.acceptance, told.accepted.signed),
            )
            for told in bundle.told()
        ),
    )


TRUST = (BUNDLES / "trust.json").read_bytes()
SEEDS = {
    path.stem: path.read_bytes()
    for path in sorted(BUNDLES.glob("*.json"))
    if not path.stem.startswith(("trust", "corpus", "anvil"))
}
CORPUS = json.loads((BUNDLES / "corpus.json").read_bytes())
TRUE = {meaning(Bundle.from_bytes(data)) for data in SEEDS.values()} | {
    meaning(Bundle.from_bytes(applied(json.loads(SEEDS[case["bundle"]]), case["edits"])))
    for case in CORPUS
    if case["verdict"] == "verified" and case["bundle"] in SEEDS
}


def run_one(data: bytes) -> None:
    """The first byte chooses the target, the rest is its input."""
    if not data:
        return
    target = TARGETS[data[0] % len(TARGETS)]
    globals()[f"run_{target}"](data[1:])


def run_bundle(data: bytes) -> None:
    report = verify(data, TRUST)
    if report.verdict is Verdict.VERIFIED:
        assert meaning(Bundle.from_bytes(data)) in TRUE, "verified what was never told"


def run_trust(data: bytes) -> None:
    report = verify(SEEDS["single"], data)
    if report.verdict is Verdict.VERIFIED:
        found, pinned = Trust.from_bytes(data), Trust.from_bytes(TRUST)
        assert (found.chain_id, found.ledger, found.registry, found.root) == (
            pinned.chain_id,
            pinned.ledger,
            pinned.registry,
            pinned.root,
        ), "verified under another trust"


def run_attestation(data: bytes) -> None:
    try:
        found = Attestation.from_bytes(data)
    except InputError:
        return
    assert Attestation.from_bytes(json.dumps(found.as_json()).encode()) == found


def run_rlp(data: bytes) -> None:
    try:
        ours = our_rlp.decode(data)
    except InputError:
        return
    assert their_rlp.encode(ours) == data, "RLP that is not the one encoding of its value"
    assert their_rlp.decode(data, strict=True) == _frozen(ours)


def run_trie(data: bytes) -> None:
    """The input is nodes, each behind two bytes of its length; the first is the root."""
    nodes = []
    while len(data) > 2:
        size = int.from_bytes(data[:2], "big")
        nodes.append(data[2 : 2 + size])
        data = data[2 + size :]
    if not nodes:
        return
    pool = NodePool(nodes)
    from provenance.model.hashing import keccak

    try:
        value_at(pool, keccak(nodes[0]), keccak(nodes[-1]))
        pool.require_used()
    except InputError:
        return


def run_json(data: bytes) -> None:
    try:
        found = parse_json(data)
    except InputError:
        return
    assert json.loads(data) == found
    assert parse_json(json.dumps(found).encode()) == found


def _frozen(value: Any) -> Any:
    return value if isinstance(value, bytes) else [_frozen(inner) for inner in value]


# Changes in the JSON value.

WORDS: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**16, 2**24, 2**53 - 1, "", "0", "0x", "0x00", "0x" + "00" * 32, "0x" + "ff" * 20,
    "18446744073709551615", "18446744073709551616", [], {}, "\ud800", "Ruling", "Challenge", "occurredAt", "9999-12-31",
)  # fmt: skip


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Half of the time a change in the value, where there is one."""
    chance = random.Random(seed)
    if chance.random() < 0.5 and TARGETS[data[0] % len(TARGETS)] not in ("rlp", "trie"):
        try:
            value = json.loads(data[1:])
        except ValueError:
            value = json.loads(SEEDS[chance.choice(sorted(SEEDS))])
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            value = _changed(value, chance)
        made = data[:1] + json.dumps(value, ensure_ascii=chance.random() < 0.5).encode(
            "utf-8", "surrogatepass"
        )
        if len(made) <= max_size:
            return made
    return bytes(atheris.Mutate(data, max_size))


def _changed(value: Any, chance: random.Random) -> Any:
    """The value with one change somewhere in it."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(list(value))
        if chance.random() < 0.05:
            return {key: inner for key, inner in value.items() if key != name}
        if chance.random() < 0.03:
            return {
                **value,
                chance.choice(("uri", "path", "index", "root", "acceptance", "x")): chance.choice(WORDS),
            }
        return {**value, name: _changed(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        verb = chance.random()
        if verb < 0.1:
            return value[:place] + value[place + 1 :]
        if verb < 0.2:
            return [*value[:place], chance.choice(value), *value[place:]]
        if verb < 0.3:
            return chance.sample(value, len(value))
        return [*value[:place], _changed(value[place], chance), *value[place + 1 :]]
    if isinstance(value, str) and len(value) > 2 and chance.random() < 0.7:
        place = chance.randrange(len(value))
        return (
            value[:place] + chance.choice("0123456789abcdefA \u00e9") + value[place + chance.randrange(2) :]
        )
    if isinstance(value, int) and chance.random() < 0.7:
        return value + chance.choice((-1, 1, 256, 60))
    return chance.choice(WORDS)


if __name__ == "__main__":
    main()
