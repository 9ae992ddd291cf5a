"""Enrolment: the registrar admits a partner, the partner grants its keys."""

from __future__ import annotations

from collections.abc import Sequence

from provenance.ledger.calls import encode_enrolment, encode_key_grant
from provenance.ledger.gateway import Gateway
from provenance.model.calls import Contract
from provenance.model.hashing import keccak
from provenance.model.messages import KeyGrant
from provenance.model.vocabulary import KeyKind, Role
from provenance.proofs.eip712 import struct_hash
from provenance.proofs.signatures import sign
from provenance.store.database import Database
from provenance.store.names import PartnerName, save_partner_names
from provenance.workflows.keyring import Key
from provenance.workflows.network import Network

DEADLINE_SECONDS = 24 * 3600
VALID_SECONDS = 10 * 365 * 24 * 3600


def name_hash(name: str) -> bytes:
    """What the registry keeps of a partner's name."""
    return keccak(name.encode())


def remember_partners(database: Database, names: Sequence[tuple[str, str]], *, made_up: bool) -> None:
    """Saves (name, what it does), so that the registry's hashes read as names."""
    with database.writing() as connection:
        save_partner_names(
            connection, [PartnerName(name_hash(name), name, business, made_up) for name, business in names]
        )


def enrol(network: Network, name: str, roles: Role, administrator: Key) -> int:
    """The partner's number; the network's account is the registrar.

    A partner whose administrator's key is known already is not enrolled again.
    """
    gateway = network.gateway
    known = gateway.key(administrator.address)
    if known is not None:
        return known.partner
    partner = gateway.partner_count() + 1
    grant = _grant(gateway, administrator, partner, Role.ADMIN)
    data = encode_enrolment(name_hash(name), roles | Role.ADMIN, grant, _sign(gateway, administrator, grant))
    network.sender.send(gateway.deployment.registry, data)
    return partner


def grant_key(network: Network, administrator: Key, key: Key, roles: Role) -> None:
    """The administrator gives a key roles for ten years; a key that has its word already keeps it."""
    gateway = network.gateway
    if gateway.key(key.address) is not None:
        return
    by = gateway.key(administrator.address)
    partner = by.partner if by else 0
    grant = _grant(gateway, key, partner, roles)
    signatures = (_sign(gateway, administrator, grant), _sign(gateway, key, grant))
    data = encode_key_grant(grant, administrator.address, *signatures)
    network.sender.send(gateway.deployment.registry, data)


def _grant(gateway: Gateway, key: Key, partner: int, roles: Role) -> KeyGrant:
    now = gateway.head().time
    return KeyGrant(
        key.address, partner, roles, KeyKind.ACCOUNT, now, now + VALID_SECONDS, now + DEADLINE_SECONDS
    )


def _sign(gateway: Gateway, key: Key, grant: KeyGrant) -> bytes:
    domain = gateway.deployment.signatures().domains[Contract.REGISTRY]
    return sign(key.secret, domain.digest(struct_hash(grant)))
