"""A factor set's digest is dated by the chain, once for each partner, in the name of whoever signed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account
from typer.testing import CliRunner

from integration.conftest import require_anvil
from ledger.world import World
from provenance.cli import app
from provenance.errors import UnknownKey
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import connect
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS
from provenance.model.hashing import keccak
from provenance.model.vocabulary import AnchorKind
from provenance.workflows.anchoring import anchor, find_anchor
from provenance.workflows.keyring import Key
from sample_keys import private_key

DIGEST = keccak(b"some factor set")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    require_anvil()
    with run_anvil() as anvil:
        yield World(connect(anvil.url))


def test_a_digest_is_dated_once_for_each_partner(world: World) -> None:
    """Again it keeps its block; another partner's is another anchor, another kind too."""
    centre, workshop = (Key(private_key(who.label)) for who in (world.centre, world.workshop))
    first = anchor(world.gateway, world.sender, AnchorKind.FACTOR_SET, DIGEST, centre)
    assert first.partner == world.centre.partner
    assert anchor(world.gateway, world.sender, AnchorKind.FACTOR_SET, DIGEST, centre) == first
    assert find_anchor(world.gateway, world.workshop.partner, AnchorKind.FACTOR_SET, DIGEST) is None
    other = anchor(world.gateway, world.sender, AnchorKind.FACTOR_SET, DIGEST, workshop)
    assert (other.partner, other.block > first.block) == (world.workshop.partner, True)
    assert find_anchor(world.gateway, world.centre.partner, AnchorKind.STATEMENT, DIGEST) is None


def test_nobody_anchors_without_a_partner(world: World) -> None:
    """A key that is in no registry is refused by name, before anything is sent."""
    with pytest.raises(UnknownKey):
        anchor(world.gateway, world.sender, AnchorKind.FACTOR_SET, DIGEST, Key(private_key("stranger")))


def test_the_command_anchors_what_it_shows(world: World, tmp_path: Path) -> None:
    """The digest on the chain is the one that `factors show` prints."""
    world.deployment.save(tmp_path / "deployment.json")
    key = tmp_path / "key.json"
    encrypted = Account.encrypt(private_key(world.centre.label), "secret", kdf="pbkdf2", iterations=1000)
    key.write_text(json.dumps(encrypted))
    environment = {
        "PROVENANCE_DATA": str(tmp_path),
        "PROVENANCE_CHAIN": world.chain.target,
        "PROVENANCE_OPERATOR_KEY": DEVELOPMENT_KEYS[0],
        "PROVENANCE_PASSWORD": "secret",
    }

    def run(*arguments: str) -> dict[str, object]:
        result = CliRunner().invoke(app, ["factors", *arguments, "--json"], env=environment)
        assert result.exit_code == 0, (result.output, result.exception)
        document: dict[str, object] = json.loads(result.stdout)
        return document

    run("import", "shipped:beis")
    anchored = run("anchor", "beis@2021", "--key", str(key))
    digest = str(run("show", "beis@2021")["set_digest"])
    assert anchored["set_digest"] == digest
    found = find_anchor(
        world.gateway, world.centre.partner, AnchorKind.FACTOR_SET, bytes.fromhex(digest.removeprefix("0x"))
    )
    assert found is not None
    assert (anchored["partner"], anchored["block"], anchored["time"]) == (
        found.partner,
        found.block,
        found.time,
    )
