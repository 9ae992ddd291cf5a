"""Attacks on what is proven of the chain: trie nodes, words, headers, and other items, contracts and chains."""

import json
from typing import Any

import rlp

from attacks.attacks_on_signers import under
from attacks.corpus import Corpus, Json, all_of, bit, by, put, swap, take
from attacks.forging import true_words
from provenance.model.calls import Contract
from provenance.model.hashing import keccak
from provenance.proofs import state
from provenance.proofs.state import read_header


def nodes(corpus: Corpus) -> None:
    corpus.about("state and trie nodes", "life")
    last = len(corpus.bundles["life"]["nodes"]) - 1
    for name, step, change in (
        ("the state's root node is missing", 5, take("nodes", 0)),
        ("the last node is missing", 6, take("nodes", last)),
        ("all nodes are missing", 5, put([], "nodes")),
        ("a node is altered", 5, by(bit(), "nodes", 0)),
        ("the last node is altered", 6, by(bit(), "nodes", last)),
        ("a node's last byte is missing", 6, by(lambda text: text[:-2], "nodes", last)),
        ("a node has a byte more", 6, by(lambda text: text + "00", "nodes", last)),
        ("a node comes twice", 6, lambda of: of["nodes"].append(of["nodes"][-1])),
        ("a node proves nothing", 6, lambda of: of["nodes"].append("0x80")),
        ("a foreign node stands first", 6, lambda of: of["nodes"].insert(0, "0xc20102")),
        ("nodes stand in another order", 6, swap(1, 2, "nodes")),
        ("nodes stand in reverse order", 6, lambda of: of["nodes"].reverse()),
        ("a node is empty", 1, put("0x", "nodes", 3)),
        ("a node has half a byte", 1, by(lambda text: text[:-1], "nodes", 3)),
        ("a node is in capitals", 1, by(lambda text: "0x" + text[2:].upper(), "nodes", 3)),
        ("a node is null", 1, put(None, "nodes", 3)),
        ("nodes are an object", 1, put({}, "nodes")),
    ):
        corpus.rejected(name, step, change)
    older = corpus.proven["life-before"]
    corpus.rejected(
        "nodes are those of an older block", 5, put([f"0x{node.hex()}" for node in older.nodes], "nodes")
    )
    _false_words(corpus)
    _false_accounts(corpus)


def _false_words(corpus: Corpus) -> None:
    corpus.about("state and trie nodes", "single")
    base = corpus.bundle_of()
    item, ledger = base.item.id, Contract.LEDGER
    slot_at, challenges_at = state.of_mapping(item, state.SLOTS), state.of_mapping(item, state.CHALLENGES)
    slot = true_words(corpus.story, base)[ledger][slot_at].rjust(32, b"\0")
    for name, step, place, word in (
        ("a slot is zero though there is an event", 10, slot_at, b""),
        ("a slot has another head", 10, slot_at, bytes([slot[0] ^ 1]) + slot[1:]),
        ("a slot has another stage", 10, slot_at, slot[:28] + bytes([slot[28] ^ 0x30]) + slot[29:]),
        ("a slot has another custodian", 10, slot_at, slot[:31] + b"\2"),
        ("a slot is held", 10, slot_at, slot[:28] + bytes([slot[28] | 8]) + slot[29:]),
        ("a slot's number is zero", 6, slot_at, slot[:26] + bytes(2) + slot[28:]),
        ("a slot's stage is zero", 6, slot_at, slot[:28] + bytes([slot[28] & 0xF]) + slot[29:]),
        ("a slot's stage is fifteen", 6, slot_at, slot[:28] + bytes([slot[28] | 0xF0]) + slot[29:]),
        ("a slot has a leading zero in the trie", 6, slot_at, b"\0" + slot[1:]),
        ("a slot has 33 bytes", 6, slot_at, b"\1" + slot),
        ("a slot is a list", 6, slot_at, [slot]),
        (
            "a challenge word is there though nobody challenged",
            10,
            challenges_at,
            slot[:26] + b"\0\1" + bytes(4),
        ),
        ("a challenge word has low bits", 6, challenges_at, slot[:26] + b"\0\1\0\0\0\1"),
        ("a challenge word counts none", 6, challenges_at, slot[:26] + bytes(6)),
        ("a challenge word is a slot", 6, challenges_at, slot),
    ):
        words: Any = true_words(corpus.story, base)
        words[ledger][place] = word
        under(corpus, name, step, base, words)


def _false_accounts(corpus: Corpus) -> None:
    base = corpus.bundle_of()
    words = true_words(corpus.story, base)
    for name, account in (
        ("the contracts have other code", lambda storage, _: [b"\1", b"", storage, keccak(b"other code")]),
        ("an account has five fields", lambda storage, code: [b"\1", b"", storage, code, b""]),
        ("an account has three fields", lambda storage, code: [b"\1", storage, code]),
        ("an account's storage root is a list", lambda storage, code: [b"\1", b"", [storage], code]),
        ("an account is no list", lambda storage, code: storage + code),
    ):
        under(corpus, name, 5, base, words, account_of=account)
    under(
        corpus,
        "an account's storage root has 31 bytes",
        6,
        base,
        words,
        account_of=lambda storage, code: [b"\1", b"", storage[:31], code],
    )


def header(corpus: Corpus) -> None:
    corpus.about("header", "life")
    encoded = corpus.bundle_of().header
    fields = rlp.decode(encoded)

    def with_field(index: int, value: Any) -> Any:
        return put("0x" + rlp.encode([*fields[:index], value, *fields[index + 1 :]]).hex(), "header")

    time = read_header(encoded).time
    for name, step, change in (
        ("a header's state root is another", 4, with_field(3, keccak(b"another state"))),
        ("a header's time is another", 4, with_field(11, (time + 1).to_bytes(4, "big"))),
        ("a header's parent is another", 4, with_field(0, keccak(b"another parent"))),
        ("a header's state root has 31 bytes", 4, with_field(3, fields[3][:31])),
        ("a header's number has a leading zero", 4, with_field(8, b"\0" + fields[8])),
        ("a header's number has nine bytes", 4, with_field(8, b"\1" * 9)),
        ("a header's time is a list", 4, with_field(11, [fields[11]])),
        ("a header's extra data is a list", 4, with_field(12, [])),
        ("a header has fourteen fields", 4, put("0x" + rlp.encode(fields[:14]).hex(), "header")),
        ("a header has a field more", 4, put("0x" + rlp.encode([*fields, b"\1"]).hex(), "header")),
        ("a byte follows the header", 4, by(lambda text: text + "00", "header")),
        ("a header is cut off", 4, by(lambda text: text[:-2], "header")),
        ("a header is no list", 4, put("0x" + rlp.encode(b"header").hex(), "header")),
        ("a header's length is longer than need be", 4, put("0x" + _long_length(encoded).hex(), "header")),
        (
            "a header's number is a byte with a needless prefix",
            4,
            put("0x" + _needless_prefix(encoded, fields[8]).hex(), "header"),
        ),
        ("a header is empty", 1, put("0x", "header")),
        ("a header is told as its fields", 1, put(["0x" + fields[0].hex()], "header")),
    ):
        corpus.rejected(name, step, change)
    number = int.from_bytes(fields[8], "big")
    corpus.rejected("the pinned block has another hash", 4, (), trust_change=by(bit(), "root", "hash"))
    corpus.rejected("the block is before the ledger's", 4, (), trust_change=put(number + 1, "block"))
    corpus.rejected("the block is the ledger's by number alone", 4, (), trust_change=put(number, "block"))
    corpus.rejected("the header is the first block's", 4, put(_first_header(corpus), "header"))
    corpus.cannot_evaluate(
        "the pinned block has another number", (), trust_change=by(lambda at: at + 1, "root", "number")
    )
    older = corpus.proven["life-before"]
    corpus.cannot_evaluate("the proof is of an older block than the pinned", lambda _: older)
    corpus.cannot_evaluate("a header's number is another", with_field(8, (number + 1).to_bytes(1, "big")))
    corpus.cannot_evaluate("a node is to be asked, and cannot be", (), trust="trust-node")
    corpus.rejected(
        "the node asked has another block", 4, (), trust="trust-node", options={"blockHash": "0x" + "11" * 32}
    )
    corpus.rejected("the block is older than was asked for", 11, (), options={"now": time + 61, "maxAge": 60})
    corpus.rejected("the block is lower than was asked for", 11, (), options={"minBlock": number + 1})
    corpus.cannot_evaluate("a greatest age is asked for, and there is no clock", (), options={"maxAge": 60})


def others(corpus: Corpus) -> None:
    corpus.about("other item, contract or chain", "life")
    single = corpus.bundles["single"]
    corpus.rejected("the id is another item's", 3, put(single["item"]["id"], "item", "id"))
    corpus.rejected("the item is another one, named and all", 6, put(single["item"], "item"))
    corpus.rejected(
        "the item is another one, known by its id alone", 6, put({"id": single["item"]["id"]}, "item")
    )
    corpus.rejected("the item is another one, with its proof", 6, _with_proof_of(single))
    corpus.rejected(
        "the item was never taken in, but has this history", 6, put(corpus.bundles["never"]["item"], "item")
    )
    corpus.rejected("the URI is another", 3, by(lambda uri: uri + "1", "item", "uri"))
    corpus.rejected("the salt is another", 3, by(bit(), "item", "salt"))
    corpus.rejected(
        "the URI's host is in capitals", 3, by(lambda uri: uri.replace("id.gs1", "ID.gs1"), "item", "uri")
    )
    corpus.rejected("the URI has a fragment", 3, by(lambda uri: uri + "#top", "item", "uri"))
    corpus.rejected(
        "the URI has a needless percent code", 3, by(lambda uri: uri.replace("LIFE", "%4CIFE"), "item", "uri")
    )
    corpus.rejected("the URI is no URI", 3, put("LIFE", "item", "uri"))
    corpus.rejected("the URI is empty", 1, put("", "item", "uri"))
    corpus.rejected("the URI is there without its salt", 1, take("item", "salt"))
    corpus.rejected("the salt is there without its URI", 1, take("item", "uri"))
    corpus.rejected("the id is in capitals", 1, by(lambda text: "0x" + text[2:].upper(), "item", "id"))
    corpus.rejected("the chain is another", 2, by(lambda chain: chain + 1, "chainId"))
    corpus.rejected("the chain is text", 1, by(str, "chainId"))
    corpus.rejected("the ledger is another", 2, by(bit(), "ledger"))
    corpus.rejected(
        "the trust file pins another chain", 2, (), trust_change=by(lambda chain: chain + 1, "chainId")
    )
    corpus.rejected(
        "bundle and trust file agree on another chain",
        7,
        by(lambda chain: chain + 1, "chainId"),
        trust_change=by(lambda chain: chain + 1, "chainId"),
    )
    ledger = ("contracts", "ProvenanceLedger")
    registry = ("contracts", "PartnerRegistry")
    corpus.rejected(
        "bundle and trust file agree on a ledger that is not there",
        5,
        by(bit(), "ledger"),
        trust_change=by(bit(), *ledger, "address"),
    )
    for name, change in (
        ("the trust file pins other code of the ledger", by(bit(), *ledger, "codeHash")),
        ("the trust file pins other code of the registry", by(bit(), *registry, "codeHash")),
        ("the trust file pins a registry that is not there", by(bit(), *registry, "address")),
        ("the trust file takes ledger and registry for each other's code", _exchanged_code),
    ):
        corpus.rejected(name, 5, (), trust_change=change)
    for name, change in (
        ("the trust file pins no registry", take(*registry)),
        ("the trust file's code hash is short", by(lambda text: text[:-2], *ledger, "codeHash")),
        ("the trust file's block is negative", put(-1, "block")),
        ("the trust file's operators are a few", put("few", "operators")),
    ):
        corpus.cannot_evaluate(name, (), trust_change=change)
    twin = json.loads(json.dumps(corpus.proven["twin"].as_json()))
    corpus.rejected("the proof is of a twin ledger on the same chain", 2, lambda of: _become(of, twin))
    corpus.rejected(
        "the proof is of a twin ledger, and says it is ours",
        5,
        lambda of: _become(of, twin | {"ledger": of["ledger"]}),
    )
    corpus.about("other item, contract or chain", "single")
    corpus.rejected(
        "an event that was signed for a twin ledger is replayed here",
        7,
        lambda of: of["events"].__setitem__(0, {**twin["events"][0], "time": of["events"][0]["time"]}),
    )
    corpus.about("other item, contract or chain", "never")
    corpus.rejected("absence is told of an item that is there", 6, put(single["item"], "item"))
    corpus.rejected(
        "absence is told, and a challenge", 1, put(corpus.bundles["life"]["challenges"][:1], "challenges")
    )


def _with_proof_of(single: Json) -> Any:
    return all_of(put(single["item"], "item"), put(single["nodes"], "nodes"))


def _exchanged_code(of: Json) -> None:
    one, other = of["contracts"]["ProvenanceLedger"], of["contracts"]["PartnerRegistry"]
    one["codeHash"], other["codeHash"] = other["codeHash"], one["codeHash"]


def _become(of: Json, other: Json) -> None:
    of.clear()
    of.update(other)


def _first_header(corpus: Corpus) -> str:
    from provenance.ledger.state_proofs import header_of

    return "0x" + header_of(corpus.story.world.chain, 0).encoded.hex()


def _long_length(encoded: bytes) -> bytes:
    assert encoded[0] == 0xF9
    return b"\xfa\0" + encoded[1:]


def _needless_prefix(encoded: bytes, number: bytes) -> bytes:
    """The header with its number, one small byte, behind a prefix that says so."""
    assert len(number) == 1
    assert number[0] < 0x80
    found = encoded.index(b"\x80" + number, 3 + 33 * 2 + 21 + 33 * 3)
    body = encoded[3 : found + 1] + b"\x81" + encoded[found + 1 :]
    return b"\xf9" + len(body).to_bytes(2, "big") + body
