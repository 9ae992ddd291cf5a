"""The trust file: what whoever checks a history pins, so that nothing has to be believed afterwards."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.errors import ChainError
from provenance.ledger.deployment import NOBODY, Deployment
from provenance.model.calls import Contract
from provenance.proofs.trust import BlockRoot, PinnedContract, Trust, TrustRoot

if TYPE_CHECKING:
    from provenance.ledger.gateway import Gateway


def pinned(
    deployment: Deployment, root: TrustRoot, *, accepts_wallets: bool = True, one_operator: bool = True
) -> Trust:
    """The deployment as a trust file pins it: code hashes from the artifacts, never from the chain.

    `accepts_wallets` says whether histories with contract wallets' signatures may pass, `one_operator` whether one party runs
    the chain.
    """
    hashes = deployment.code_hashes()
    return Trust(
        chain_id=deployment.chain_id,
        contracts={
            contract: PinnedContract(deployment.address(contract), hashes[contract]) for contract in Contract
        },
        block=deployment.block,
        block_hash=deployment.block_hash,
        predecessor=None if deployment.predecessor == NOBODY else deployment.predecessor,
        accepts_wallets=accepts_wallets,
        one_operator=one_operator,
        root=root,
    )


def at_block(gateway: Gateway, block: int) -> Trust:
    """The deployment with one block's hash as this node has it. Raises ChainError where the node has no such block."""
    found = gateway.block(block)
    if found is None:
        raise ChainError(f"the node has no block {block}: it lags, or is another chain's")
    return pinned(gateway.deployment, BlockRoot(found.number, found.hash))


def trust_bytes(trust: Trust) -> bytes:
    """The trust file's bytes."""
    return json.dumps(trust.as_json(), indent=2).encode() + b"\n"


def write_trust_file(path: Path, gateway: Gateway) -> None:
    """Pins the deployment, and as trust root the newest final block's hash; whole or not at all.

    Whoever verifies for themselves replaces the block hash by one that they got elsewhere.
    """
    block = gateway.finalized() or gateway.head()
    write_whole(path, trust_bytes(pinned(gateway.deployment, BlockRoot(block.number, block.hash))))


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all, also where the machine stops meanwhile."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
