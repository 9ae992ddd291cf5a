"""What the gateway reads back is what was signed, and enough to recompute every word."""

from dataclasses import replace
from pathlib import Path

import pytest

from integration.conftest import open_chain
from ledger.world import GOOD, World
from provenance.errors import ConfigError
from provenance.ledger.artifact import load
from provenance.ledger.calls import encode_anchor
from provenance.ledger.deploying import deploy
from provenance.ledger.deployment import Deployment, WrongCode
from provenance.ledger.gateway import Gateway
from provenance.ledger.records import Record
from provenance.model.calls import Authorization, Contract
from provenance.model.hashing import ZERO, keccak, keccak_words
from provenance.model.messages import Anchor, Correction, CustodyAcceptance, Message
from provenance.model.vocabulary import AnchorKind, Stage
from provenance.model.words import Journal, genesis
from provenance.proofs.eip712 import struct_hash, tree_hash
from provenance.proofs.signatures import recover


def signed_by(world: World, authorization: Authorization, of: type[Message], leaf: bytes) -> bytes:
    """Who signed the message with this struct hash, by the path that the record shows."""
    signed = tree_hash(of, [leaf], authorization.index, authorization.path)
    return recover(world.domain.digest(signed), authorization.signature)


def digest_of(world: World, record: Record, prior: bytes) -> bytes:
    """The event digest, with every signature recovered on the way."""
    message = record.message(prior)
    begun = struct_hash(message)
    assert record.authorization is not None
    assert signed_by(world, record.authorization, type(message), begun) == record.signer
    if record.receiver is None:
        return keccak_words(begun, record.signer, 1)
    assert record.acceptance is not None
    assert record.receiver_authorization is not None
    accepted = struct_hash(record.acceptance.of(begun))
    assert signed_by(world, record.receiver_authorization, CustodyAcceptance, accepted) == record.receiver
    return keccak_words(begun, record.signer, 1, accepted, record.receiver, 1)


def test_every_word_and_the_journal_recompute_from_the_records_and_their_signatures(
    tmp_path: Path,
) -> None:
    """Singles, trees, submissions, hand-overs, rulings, challenges: each head, and the journal over all of them."""
    with open_chain("embedded", tmp_path) as chain:
        world = World(chain)
        items = world.items_in(Stage.EVALUATED, world.centre, 3)
        offers = [world.offer(item, world.workshop) for item in items]
        world.send(world.accepted(world.centre, offers, world.workshop, exceptions=4))
        world.send(
            world.call(world.workshop, *(world.report(item, Stage.IN_REPAIR, GOOD) for item in items[:2])),
            world.call(world.centre, world.report(items[2], Stage.IN_REPAIR, GOOD)),
            world.call(world.auditor, world.challenge(items[2], 1)),
        )
        fix = Correction(items[0], world.next_seq(items[0]), 2, 0, world.deadline())
        world.send(world.call(world.workshop, fix))
        ruling = world.ruling(items[1], Stage.RECEIVED, world.centre.partner)
        world.send(world.accepted(world.auditor, [ruling], world.centre))

        ledger = world.deployment.ledger
        journal = Journal.opened(chain.chain_id, ledger)
        words: dict[tuple[bytes, bool], bytes] = {}
        records = [
            entry
            for entry in world.gateway.entries(0, world.gateway.head().number)
            if isinstance(entry, Record)
        ]
        for record in records:
            place = (record.item, record.slot is None)
            prior = words.get(place, ZERO)
            digest = digest_of(world, record, prior)
            before = genesis(chain.chain_id, ledger, record.item) if prior == ZERO else prior
            assert record.word[:26] == keccak_words(before, digest, record.place.block_time)[:26]
            words[place] = record.word
            journal = journal.fold(record.item, record.word)
        assert len(records) == 3 + 3 + 3 + 2 + 1 + 1 + 1
        assert journal == world.gateway.journal()
        for (item, challenged), word in words.items():
            found = world.gateway.challenge_word(item) if challenged else world.gateway.slot(item)
            assert found is not None
            assert found.to_word() == word


def test_a_deployment_is_read_back_from_its_file_and_refuses_another_chain(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "deployment.json"
    world.deployment.save(path)
    assert Deployment.load(path) == world.deployment
    with pytest.raises(WrongCode, match="connect to that chain"):
        Gateway(world.chain, replace(world.deployment, chain_id=1))


def test_a_chain_with_other_code_at_the_address_is_refused(world: World) -> None:
    """Another deployment's ledger is genuine code too, but not with this registry in it."""
    second = deploy(world.chain, world.sender, owner=world.sender.address, registrar=world.sender.address)
    mixed = replace(world.deployment, ledger=second.ledger)
    with pytest.raises(WrongCode, match="ProvenanceLedger at"):
        Gateway(world.chain, mixed)
    with pytest.raises(WrongCode, match="no code"):
        Gateway(world.chain, replace(world.deployment, anchors=bytes(19) + b"\x77"))


def test_a_deployment_file_of_other_contracts_is_refused(world: World, tmp_path: Path) -> None:
    document = world.deployment.as_json()
    document["contracts"]["Anchors"]["codeHash"] = "0x" + "00" * 32
    with pytest.raises(ConfigError, match=r"Anchors\.codeHash"):
        Deployment.from_json(document)
    with pytest.raises(ConfigError, match="is missing"):
        Deployment.load(tmp_path / "nowhere.json")


def test_the_code_hash_is_known_before_anything_is_deployed(world: World) -> None:
    """It follows from artifact and constructor values, and is the hash of what the chain has."""
    for contract, expected in world.deployment.code_hashes().items():
        address = world.deployment.address(contract)
        code = world.chain.request("eth_getCode", ["0x" + address.hex(), "latest"])
        assert keccak(bytes.fromhex(code[2:])) == expected
        assert len(load(contract.value).runtime_template) <= 24_576


def test_an_anchor_is_kept_by_partner_and_block(world: World) -> None:
    digest = keccak(b"a statement" + world.new_item())
    anchor = Anchor(AnchorKind.STATEMENT, digest, world.deadline())
    for who in (world.centre, world.workshop):
        signature = who.sign(world.domains[Contract.ANCHORS], [anchor])
        receipt = world.sender.send(world.deployment.anchors, encode_anchor(anchor, who.address, signature))
        assert world.gateway.anchor(who.partner, AnchorKind.STATEMENT, digest) == (
            receipt.block_number,
            world.now(),
        )
    assert world.gateway.anchor(world.auditor.partner, AnchorKind.STATEMENT, digest) is None
