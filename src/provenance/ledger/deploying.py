"""Deploying the three contracts, and making sure that what came out is what must come out."""

from eth_abi.abi import encode

from provenance.errors import ChainError
from provenance.ledger.artifact import load
from provenance.ledger.chain import Chain
from provenance.ledger.deployment import NOBODY, Deployment
from provenance.ledger.sending import Sender


def deploy(
    chain: Chain, sender: Sender, *, owner: bytes, registrar: bytes, predecessor: bytes = NOBODY
) -> Deployment:
    """Deploys registry, ledger and anchors, and makes sure that the chain has the code which they must have.

    `owner` may pause and names the registrar, `registrar` enrols partners; `predecessor` is the ledger that this
    one follows.
    """
    registry = _create(sender, "PartnerRegistry", ["address", "address"], [owner, registrar])
    ledger = sender.send(None, _creation("ProvenanceLedger", ["address", "address"], [registry, predecessor]))
    anchors = _create(sender, "Anchors", ["address"], [registry])
    deployment = Deployment(
        chain.chain_id,
        registry,
        _created(ledger.contract),
        anchors,
        ledger.block_number,
        ledger.block_hash,
        predecessor,
    )
    deployment.require_on(chain)
    return deployment


def _create(sender: Sender, contract: str, types: list[str], values: list[bytes]) -> bytes:
    return _created(sender.send(None, _creation(contract, types, values)).contract)


def _creation(contract: str, types: list[str], values: list[bytes]) -> bytes:
    return load(contract).creation_code + encode(types, values)


def _created(contract: bytes | None) -> bytes:
    if contract is None:
        raise ChainError("the node mined a creation and named no address: it does not speak the standard API")
    return contract
