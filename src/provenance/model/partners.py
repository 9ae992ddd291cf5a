"""The rules of the registry: who may sign for whom, and since when.

A Registry is a value: each change returns the registry after it, or raises the refusal whose check fails
first, in the order of contracts/SPEC.md section 5. `caller` is the address that sends, `time` the block's
time in Unix seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from provenance.errors import (
    BadSignature,
    EnforcedPause,
    ExpectedPause,
    GrantExpired,
    KeyExists,
    KeyNotValid,
    MissingRole,
    NameMissing,
    NotRegistrar,
    OwnableInvalidOwner,
    OwnableUnauthorizedAccount,
    PartnerSuspended,
    RenouncingRefused,
    RolesNotAllowed,
    UnknownKey,
    UnknownKind,
    UnknownPartner,
    UnknownRoles,
    ValidityEmpty,
    ValidityNotLowered,
    WrongPartner,
)
from provenance.model.calls import Contract, Signatures
from provenance.model.events import Signer
from provenance.model.hashing import ZERO
from provenance.model.messages import KeyGrant, KeyRevocation
from provenance.model.vocabulary import ALL_ROLES, KeyKind, Role
from provenance.model.words import KeyWord, Standing

NOBODY = bytes(20)

_K = TypeVar("_K")
_V = TypeVar("_V")


def _with(mapping: Mapping[_K, _V], key: _K, value: _V) -> Mapping[_K, _V]:
    return MappingProxyType({**mapping, key: value})


@dataclass(frozen=True)
class Partner:
    """An organisation: the hash of its name, fixed for ever, and its standing."""

    name_hash: bytes
    standing: Standing


@dataclass(frozen=True)
class Registry:
    """The registry's state. Partners are numbered from 1 in the order of their enrolment."""

    owner: bytes
    registrar: bytes
    pending_owner: bytes = NOBODY
    paused: bool = False
    partners: Mapping[int, Partner] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[bytes, KeyWord] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def deployed(cls, owner: bytes, registrar: bytes) -> "Registry":
        """A registry without partners.

        Raises:
            OwnableInvalidOwner: the owner is the zero address.
        """
        if owner == NOBODY:
            raise OwnableInvalidOwner(owner)
        return cls(owner, registrar)

    def authority(self, signer: bytes, time: int) -> Signer:
        """The key that may sign now.

        Raises:
            Refused: EnforcedPause, UnknownKey, KeyNotValid or PartnerSuspended.
        """
        self._require_running()
        word = self._valid_key(signer, time)
        if self.partners[word.partner].standing.suspended:
            raise PartnerSuspended(word.partner)
        return Signer(signer, word.partner, word.roles, word.kind)

    def enrol(
        self,
        name_hash: bytes,
        roles: int,
        grant: KeyGrant,
        countersignature: bytes,
        *,
        caller: bytes,
        time: int,
        signatures: Signatures,
    ) -> "Registry":
        """The registrar enrols the next partner with its first administrator's key."""
        self._require_registrar(caller)
        self._require_running()
        if name_hash == ZERO:
            raise NameMissing()
        allowed = _known_roles(roles)
        _require_in_time(grant.deadline, time)
        partner = len(self.partners) + 1
        if grant.partner != partner:
            raise WrongPartner(grant.partner, partner)
        if not grant.roles & Role.ADMIN:
            raise MissingRole(grant.key, Role(grant.roles), Role.ADMIN)
        word = self._grantable(grant, allowed, time)
        _require_signed(grant.key, word.kind, signatures.struct_hash(grant), countersignature, signatures)
        enrolled = Partner(name_hash, Standing(allowed, suspended=False))
        return replace(
            self,
            partners=_with(self.partners, partner, enrolled),
            keys=_with(self.keys, grant.key, word),
        )

    def grant_key(
        self,
        grant: KeyGrant,
        administrator: bytes,
        signature: bytes,
        countersignature: bytes,
        *,
        time: int,
        signatures: Signatures,
    ) -> "Registry":
        """An administrator gives a key rights; the key countersigns."""
        self._require_running()
        _require_in_time(grant.deadline, time)
        by = self.authority(administrator, time)
        _require_admin(by.address, by.roles)
        if grant.partner != by.partner:
            raise WrongPartner(grant.partner, by.partner)
        word = self._grantable(grant, self.partners[grant.partner].standing.allowed, time)
        signed = signatures.struct_hash(grant)
        _require_signed(administrator, by.kind, signed, signature, signatures)
        _require_signed(grant.key, word.kind, signed, countersignature, signatures)
        return replace(self, keys=_with(self.keys, grant.key, word))

    def revoke_key(
        self,
        revocation: KeyRevocation,
        signer: bytes,
        signature: bytes,
        *,
        time: int,
        signatures: Signatures,
    ) -> "Registry":
        """An administrator of its partner, or the key itself, ends a key.

        Works while paused and while suspended.
        """
        _require_in_time(revocation.deadline, time)
        key = revocation.key
        if key not in self.keys:
            raise UnknownKey(key)
        word = self.keys[key]
        by = self._valid_key(signer, time)
        if signer != key:
            _require_admin(signer, by.roles)
            if by.partner != word.partner:
                raise WrongPartner(by.partner, word.partner)
        # Never before now: otherwise a later proof would void what was recorded rightly.
        valid_to = max(revocation.valid_to, time)
        if valid_to >= word.valid_to:
            raise ValidityNotLowered(key, revocation.valid_to, word.valid_to)
        _require_signed(signer, by.kind, signatures.struct_hash(revocation), signature, signatures)
        return replace(self, keys=_with(self.keys, key, word.ending_at(valid_to)))

    def allow_roles(self, partner: int, roles: int, *, caller: bytes) -> "Registry":
        """The registrar sets the roles that a partner may grant from now on."""
        self._require_registrar(caller)
        enrolled = self._enrolled(partner)
        standing = replace(enrolled.standing, allowed=_known_roles(roles))
        return self._with_standing(partner, standing)

    def suspend(self, partner: int, *, caller: bytes) -> "Registry":
        """From now on nothing that the partner's keys sign is recorded."""
        return self._with_suspension(partner, caller, suspended=True)

    def reinstate(self, partner: int, *, caller: bytes) -> "Registry":
        """Ends a suspension."""
        return self._with_suspension(partner, caller, suspended=False)

    def name_registrar(self, registrar: bytes, *, caller: bytes) -> "Registry":
        """The owner names who enrols."""
        self._require_owner(caller)
        return replace(self, registrar=registrar)

    def pause(self, *, caller: bytes) -> "Registry":
        """The owner stops all writing."""
        self._require_owner(caller)
        self._require_running()
        return replace(self, paused=True)

    def unpause(self, *, caller: bytes) -> "Registry":
        """The owner lets writing go on."""
        self._require_owner(caller)
        if not self.paused:
            raise ExpectedPause()
        return replace(self, paused=False)

    def transfer_ownership(self, to: bytes, *, caller: bytes) -> "Registry":
        """First step: the owner names its successor."""
        self._require_owner(caller)
        return replace(self, pending_owner=to)

    def accept_ownership(self, *, caller: bytes) -> "Registry":
        """Second step: the successor takes over."""
        if caller != self.pending_owner:
            raise OwnableUnauthorizedAccount(caller)
        return replace(self, owner=caller, pending_owner=NOBODY)

    def renounce_ownership(self, *, caller: bytes) -> "Registry":
        """Never: without an owner a pause could not end."""
        self._require_owner(caller)
        raise RenouncingRefused()

    def _grantable(self, grant: KeyGrant, allowed: Role, time: int) -> KeyWord:
        if grant.key in self.keys:
            raise KeyExists(grant.key)
        if grant.kind not in _KINDS:
            raise UnknownKind(grant.kind)
        # A complement of an IntFlag leaves out the bits that have no name: hence the plain integer.
        if grant.roles == 0 or grant.roles & ~int(allowed):
            raise RolesNotAllowed(grant.partner, Role(grant.roles), allowed)
        # Never valid before it was written: otherwise a later proof could not tell what was known when.
        valid_from = max(grant.valid_from, time)
        if grant.valid_to < valid_from:
            raise ValidityEmpty(valid_from, grant.valid_to)
        return KeyWord(grant.partner, Role(grant.roles), KeyKind(grant.kind), valid_from, grant.valid_to)

    def _valid_key(self, signer: bytes, time: int) -> KeyWord:
        if signer not in self.keys:
            raise UnknownKey(signer)
        word = self.keys[signer]
        if not word.is_valid_at(time):
            raise KeyNotValid(signer, word.valid_from, word.valid_to, time)
        return word

    def _with_suspension(self, partner: int, caller: bytes, *, suspended: bool) -> "Registry":
        self._require_registrar(caller)
        return self._with_standing(partner, replace(self._enrolled(partner).standing, suspended=suspended))

    def _with_standing(self, partner: int, standing: Standing) -> "Registry":
        changed = replace(self.partners[partner], standing=standing)
        return replace(self, partners=_with(self.partners, partner, changed))

    def _enrolled(self, partner: int) -> Partner:
        if partner not in self.partners:
            raise UnknownPartner(partner)
        return self.partners[partner]

    def _require_running(self) -> None:
        if self.paused:
            raise EnforcedPause()

    def _require_registrar(self, caller: bytes) -> None:
        if caller != self.registrar:
            raise NotRegistrar(caller)

    def _require_owner(self, caller: bytes) -> None:
        if caller != self.owner:
            raise OwnableUnauthorizedAccount(caller)


_KINDS = frozenset(kind.value for kind in KeyKind)


def _known_roles(roles: int) -> Role:
    if not 0 < roles <= ALL_ROLES:
        raise UnknownRoles(Role(roles))
    return Role(roles)


def _require_in_time(deadline: int, time: int) -> None:
    if time > deadline:
        raise GrantExpired(deadline, time)


def _require_admin(signer: bytes, roles: Role) -> None:
    if not roles & Role.ADMIN:
        raise MissingRole(signer, roles, Role.ADMIN)


def _require_signed(
    signer: bytes, kind: KeyKind, struct_hash: bytes, signature: bytes, signatures: Signatures
) -> None:
    if not signatures.is_signed(Contract.REGISTRY, struct_hash, signer, kind, signature):
        raise BadSignature(signer)
