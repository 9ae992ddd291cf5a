"""Attacks on who signed: signatures, paths, keys, their rights and their partners, and witnesses."""

from dataclasses import replace
from typing import Any

from attacks.corpus import Corpus, Json, all_of, bit, by, put, swap, take
from attacks.forging import FalseState, true_words
from attacks.story import WITNESSES, attested
from provenance.model.calls import Contract
from provenance.model.hashing import keccak
from provenance.model.vocabulary import KeyKind, Role
from provenance.model.words import KeyWord
from provenance.proofs import state
from provenance.proofs.attestations import attest
from provenance.proofs.bundle import Bundle
from provenance.proofs.signatures import ORDER, sign
from provenance.proofs.state import read_header
from sample_keys import address, private_key


def signatures(corpus: Corpus) -> None:
    corpus.about("signatures", "life")
    first = ("events", 0, "signed", "signature")
    for name, step, change in (
        ("a signature's r is another", 7, by(bit(20), *first)),
        ("a signature's s is another", 7, by(bit(100), *first)),
        ("a signature's v is the other one", 7, by(_other_v, *first)),
        ("a signature has v 0 or 1", 7, by(_small_v, *first)),
        ("a signature is the same with high s", 7, by(_high_s, *first)),
        ("a signature's r is zero", 7, by(lambda text: "0x" + "00" * 32 + text[66:], *first)),
        ("a signature's s is zero", 7, by(lambda text: text[:66] + "00" * 32 + text[130:], *first)),
        (
            "a signature's r is the order of the curve",
            7,
            by(lambda text: f"0x{ORDER:064x}{text[66:]}", *first),
        ),
        ("a signature's r is no point's", 7, by(lambda text: f"0x{5:064x}{text[66:]}", *first)),
        ("a signature is cut off", 1, by(lambda text: text[:-2], *first)),
        ("a signature is in the short form of EIP-2098", 1, by(lambda text: text[:-2], *first)),
        ("a signature is longer", 1, by(lambda text: text + "00", *first)),
        ("a signature lacks its 0x", 1, by(lambda text: text[2:], *first)),
        ("a signature is in capitals", 1, by(lambda text: "0x" + text[2:].upper(), *first)),
        ("a signature has blanks", 1, by(lambda text: text[:10] + "  " + text[12:], *first)),
        ("an account's signature is left out", 7, put(None, *first)),
        ("two events exchange their signatures", 7, _exchanged),
        ("giver and receiver exchange their signatures", 7, _exchanged_sides),
        ("the receiver's signature is the giver's", 7, _givers_twice),
        ("a plain message has a path", 7, _with_path),
        ("a path is empty", 1, _with(index=0, path=[])),
        ("a path has eleven steps", 1, _with(index=0, path=["0x" + "00" * 32] * 11)),
        ("an index has no path", 1, _with(index=0)),
        ("a path has no index", 1, _with(path=["0x" + "00" * 32])),
    ):
        corpus.rejected(name, step, change)
    corpus.about("signatures", "one-of-six")
    signed = ("events", 0, "signed")
    for name, step, change in (
        ("a leaf stands at another place", 7, put(5, *signed, "index")),
        ("a leaf stands outside the tree", 1, put(8, *signed, "index")),
        ("a leaf's place is negative", 1, put(-1, *signed, "index")),
        ("a path's step is another", 7, by(bit(), *signed, "path", 1)),
        ("a path's steps change places", 7, swap(0, 1, *signed, "path")),
        ("a path is a step shorter", 7, all_of(take(*signed, "path", 2), put(0, *signed, "index"))),
        ("a path is a step longer", 7, lambda of: of["events"][0]["signed"]["path"].append("0x" + "00" * 32)),
        ("a leaf is told as a plain message", 7, all_of(take(*signed, "path"), take(*signed, "index"))),
        ("a leaf is told with its neighbour's path", 7, _neighbours_path),
        ("a tree's signature is another type's", 7, _other_types_signature),
    ):
        corpus.rejected(name, step, change)
    corpus.about("signatures", "wallet")
    corpus.rejected(
        "a wallet's signature is made up", 7, put("0x" + "11" * 65, "events", 0, "signed", "signature")
    )
    corpus.rejected(
        "a wallet has a path",
        7,
        lambda of: of["events"][0]["signed"].update(index=0, path=["0x" + "00" * 32]),
    )
    corpus.rejected(
        "a wallet signs where the trust file demands signatures",
        7,
        (),
        trust_change=put("refused", "walletSignatures"),
    )
    corpus.rejected(
        "what a wallet signed is altered: the next hand-over names another history",
        9,
        put("by another", "events", 0, "details", "fields", 0, "value"),
    )


def keys(corpus: Corpus) -> None:
    corpus.about("keys and validity", "life")
    stranger = "0x" + address("a stranger").hex()
    corpus.rejected("an event is a stranger's", 6, put(stranger, "events", 4, "signed", "key"))
    corpus.rejected("an event is another partner's key's", 7, _by_another_partner)
    corpus.rejected(
        "a key is given in capitals",
        1,
        by(lambda text: "0x" + text[2:].upper(), "events", 0, "signed", "key"),
    )
    for name, step, change in (
        ("a partner is left out", 6, take("partners", 1)),
        ("a partner's name is another", 8, put("Centre", "partners", 0, "name")),
        ("a partner's name has a blank at its end", 8, put("centre ", "partners", 0, "name")),
        ("two partners exchange their names", 8, _exchanged_names),
        ("a partner's name is empty", 1, put("", "partners", 0, "name")),
        ("a partner's name is left out, its proof is not", 6, put(None, "partners", 0, "name")),
        (
            "a partner is added that nobody mentions",
            8,
            lambda of: of["partners"].append({"partner": 9, "name": None}),
        ),
        ("a partner's number is another", 6, put(4, "partners", 2, "partner")),
        ("partners stand in another order", 1, swap(0, 1, "partners")),
        ("a partner comes twice", 1, lambda of: of["partners"].insert(0, of["partners"][0])),
        ("a partner's number does not fit", 1, put(2**24, "partners", 2, "partner")),
    ):
        corpus.rejected(name, step, change)
    corpus.about("keys and validity", "unnamed")
    corpus.rejected("an unnamed partner is left out", 8, take("partners", 0))
    corpus.rejected("a partner is named without proof", 6, put("centre", "partners", 0, "name"))
    corpus.about("keys and validity", "revoked")
    corpus.rejected(
        "a revoked key signs after its end",
        8,
        _after_its_end(corpus),
    )
    corpus.rejected("a key signs before its beginning", 8, by(lambda time: time - 1, "events", 1, "time"))
    corpus.rejected("a key signs a second after its end", 8, by(lambda time: time + 1, "events", 1, "time"))
    corpus.about("keys and validity", "single")
    base = corpus.bundle_of()
    key = base.events[0].signed.key
    true = corpus.forger.words[key]
    time = base.events[0].time
    for name, step, word in (
        ("the chain's operator ends a key before its event", 8, replace(true, valid_to=time - 1)),
        ("the chain's operator lets a key begin after its event", 8, replace(true, valid_from=time + 1)),
        ("the chain's operator gives a key to another partner", 8, replace(true, partner=7)),
        ("the chain's operator takes a key's role", 9, replace(true, roles=Role.CARRIER)),
        ("the chain's operator calls an account's key a wallet", 7, replace(true, kind=KeyKind.WALLET)),
    ):
        _under_false_words(corpus, name, step, base, key, word)
    place = state.of_mapping(key, state.KEYS)
    raw = true.to_word()
    for name, word in (
        ("a key's word is zero", b""),
        ("a key's word has partner 0", raw[:10] + bytes(3) + raw[13:]),
        ("a key's word has no role", raw[:13] + bytes(2) + raw[15:]),
        ("a key's word has a role that there is not", raw[:13] + b"\2\1" + raw[15:]),
        ("a key's word has a kind that there is not", raw[:15] + b"\3" + raw[16:]),
        ("a key's word has bits above the partner", b"\1" + raw[1:]),
    ):
        words = true_words(corpus.story, base)
        words[Contract.REGISTRY][place] = word.lstrip(b"\0")
        under(corpus, name, 6, base, words)
    words = true_words(corpus.story, base)
    words[Contract.REGISTRY][state.of_mapping(1, state.NAME_HASHES)] = keccak(b"another name")
    under(corpus, "the chain's operator gives a partner another name", 8, base, words)


def witnesses(corpus: Corpus) -> None:
    corpus.about("witness signatures", "attested")
    base = corpus.bundle_of()
    header = read_header(base.header)
    chain, number, hash_ = base.chain_id, header.number, header.hash

    def of_witness(name: str, chain_id: int, at: int, block_hash: bytes) -> dict[str, str]:
        return attest(private_key(name), chain_id, at, block_hash).by.as_json()

    def first(word: dict[str, str]) -> Any:
        return lambda of: _replaced_word(of, word)

    for name, step, change in (
        ("a witness signed another number", 4, first(of_witness(WITNESSES[0], chain, number + 1, hash_))),
        (
            "a witness signed another block",
            4,
            first(of_witness(WITNESSES[0], chain, number, keccak(b"other"))),
        ),
        ("a witness signed for another chain", 4, first(of_witness(WITNESSES[0], chain + 1, number, hash_))),
        ("a witness's word is another's", 4, _borrowed_word),
        ("a witness's signature has high s", 4, by(_high_s, "attestations", 0, "signature")),
        ("a witness's signature has v 0 or 1", 4, by(_small_v, "attestations", 0, "signature")),
        ("a witness's signature is altered", 4, by(bit(30), "attestations", 0, "signature")),
        ("one witness of two speaks", 4, lambda of: of.update(attestations=of["attestations"][:1])),
        ("no witness speaks", 4, put([], "attestations")),
        ("a witness comes twice", 1, lambda of: of["attestations"].insert(0, of["attestations"][0])),
        ("witnesses stand in another order", 1, swap(0, 1, "attestations")),
        ("an attestation has a remark", 1, put("seen", "attestations", 0, "remark")),
        ("an attestation lacks its witness", 1, take("attestations", 0, "witness")),
    ):
        corpus.rejected(name, step, change, trust="trust-witnesses")
    strangers = attested(replace(base, attestations=()), ("a stranger", "another stranger", "a third"))
    corpus.rejected("three strangers attest", 4, lambda _: strangers, trust="trust-witnesses")
    mixed = attested(replace(base, attestations=()), (WITNESSES[0], "a stranger", "another stranger"))
    corpus.rejected("one witness and two strangers attest", 4, lambda _: mixed, trust="trust-witnesses")
    personal = sign(private_key(WITNESSES[0]), keccak(b"\x19Ethereum Signed Message:\n32" + hash_))
    word = {"witness": "0x" + address(WITNESSES[0]).hex(), "signature": "0x" + personal.hex()}
    corpus.rejected("a witness signed the bare hash", 4, first(word), trust="trust-witnesses")
    bare = sign(private_key(WITNESSES[0]), hash_)
    word = {"witness": "0x" + address(WITNESSES[0]).hex(), "signature": "0x" + bare.hex()}
    corpus.rejected("a witness signed the hash as a digest", 4, first(word), trust="trust-witnesses")
    corpus.rejected(
        "an attestation is false though the block is pinned",
        4,
        first(of_witness(WITNESSES[0], chain, number + 1, hash_)),
    )
    for name, given in (
        (
            "a witness beside the bundle names another block of this number",
            attest(private_key(WITNESSES[2]), chain, number, keccak(b"fork")),
        ),
        (
            "an attestation beside the bundle is false",
            replace(attest(private_key(WITNESSES[2]), chain, number, hash_), number=number + 5),
        ),
    ):
        corpus.rejected(
            name, 4, (), trust="trust-witnesses", options={"attestations": [dict(given.as_json())]}
        )
    for name, change in (
        ("a threshold is zero", put(0, "root", "threshold")),
        ("a threshold is above the number of witnesses", put(4, "root", "threshold")),
        ("pinned witnesses stand in another order", swap(0, 1, "root", "witnesses")),
        (
            "a pinned witness comes twice",
            lambda of: of["root"]["witnesses"].insert(0, of["root"]["witnesses"][0]),
        ),
        ("no witness is pinned", put([], "root", "witnesses")),
        ("the trust root is of a kind nobody knows", put({"kind": "faith"}, "root")),
        ("the trust root is of two kinds", put("http://127.0.0.1", "root", "url")),
        ("a threshold is text", put("2", "root", "threshold")),
    ):
        corpus.cannot_evaluate(name, (), trust="trust-witnesses", trust_change=change)


def under(corpus: Corpus, name: str, step: int, bundle: Bundle, words: Any, **settings: Any) -> None:
    """A case in which the pinned block is one of a false state, so that everything up to step 5 holds."""
    proven = false_state(corpus, words, **settings).prove(bundle)
    header = read_header(proven.header)
    pin = put({"kind": "block", "number": header.number, "hash": "0x" + header.hash.hex()}, "root")
    corpus.rejected(name, step, lambda _: proven, trust_change=pin)


def false_state(corpus: Corpus, words: Any, **settings: Any) -> FalseState:
    deployment = corpus.story.world.deployment
    hashes = deployment.code_hashes()
    contracts = (Contract.LEDGER, Contract.REGISTRY)
    return FalseState(
        {contract: hashes[contract] for contract in contracts},
        {contract: deployment.address(contract) for contract in contracts},
        words,
        **settings,
    )


def _under_false_words(corpus: Corpus, name: str, step: int, base: Bundle, key: bytes, word: KeyWord) -> None:
    words = true_words(corpus.story, base)
    words[Contract.REGISTRY][state.of_mapping(key, state.KEYS)] = word.to_word().lstrip(b"\0")
    under(corpus, name, step, base, words)


def _other_v(text: str) -> str:
    return text[:-2] + f"{55 - int(text[-2:], 16):02x}"


def _small_v(text: str) -> str:
    return text[:-2] + f"{int(text[-2:], 16) - 27:02x}"


def _high_s(text: str) -> str:
    return text[:66] + f"{ORDER - int(text[66:130], 16):064x}" + _other_v(text)[-2:]


def _exchanged(of: Json) -> None:
    one, other = of["events"][0]["signed"], of["events"][1]["signed"]
    one["signature"], other["signature"] = other["signature"], one["signature"]


def _exchanged_sides(of: Json) -> None:
    one, other = of["events"][3]["signed"], of["events"][3]["acceptance"]["signed"]
    one["signature"], other["signature"] = other["signature"], one["signature"]


def _givers_twice(of: Json) -> None:
    of["events"][3]["acceptance"]["signed"]["signature"] = of["events"][3]["signed"]["signature"]


def _with(**given: Any) -> Any:
    return lambda of: of["events"][0]["signed"].update(given)


def _with_path(of: Json) -> None:
    of["events"][0]["signed"].update(index=0, path=["0x" + "00" * 32])


def _neighbours_path(of: Json) -> None:
    signed = of["events"][0]["signed"]
    signed["index"], signed["path"][0] = 5, "0x" + "12" * 32


def _other_types_signature(of: Json) -> None:
    of["events"][0]["signed"] = of["events"][1]["signed"]


def _by_another_partner(of: Json) -> None:
    of["events"][4]["signed"]["key"] = of["events"][0]["signed"]["key"]


def _exchanged_names(of: Json) -> None:
    one, other = of["partners"][0], of["partners"][1]
    one["name"], other["name"] = other["name"], one["name"]


def _after_its_end(corpus: Corpus) -> Any:
    """The leaver takes the item in after it has left; everything else is as it was."""
    bundle = corpus.proven["revoked"]
    first, second = bundle.events
    late = replace(first, time=corpus.forger.words[first.signed.key].valid_to + 1)
    return lambda _: corpus.forger.history(bundle, [late, second])


def _replaced_word(of: Json, word: dict[str, str]) -> None:
    row = [word if each["witness"] == word["witness"] else each for each in of["attestations"]]
    of["attestations"] = row


def _borrowed_word(of: Json) -> None:
    row = of["attestations"]
    row[0]["signature"] = row[1]["signature"]
