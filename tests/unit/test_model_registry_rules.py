"""Each rule of the registry and the anchors, and the order in which the rules are checked.

As with items: with all faults from the k-th on at once, the k-th is the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from provenance.errors import OwnableInvalidOwner, OwnableUnauthorizedAccount, Refused
from provenance.model.anchors import Anchors
from provenance.model.calls import Contract
from provenance.model.messages import Anchor, KeyGrant, KeyRevocation, Message
from provenance.model.partners import Partner, Registry
from provenance.model.vocabulary import ALL_ROLES, HANDLERS, KeyKind, Role
from provenance.model.words import KeyWord, Standing
from provenance.proofs.eip712 import struct_hash

OWNER, REGISTRAR, STRANGER = b"\1" * 20, b"\2" * 20, b"\3" * 20
ADMIN, WORKER, NEW, OTHER = b"\xa1" * 20, b"\xa2" * 20, b"\xa3" * 20, b"\xb1" * 20
NOW, LATER = 1000, 9000
GOOD = b"good"


class Signed:
    """Takes the bytes "good" for anybody's signature, and nothing else: the rules say when one must stand, not how."""

    def struct_hash(self, message: Message) -> bytes:
        return struct_hash(message)

    def tree_hash(self, *_: Any) -> bytes:
        raise AssertionError("the registry signs no trees")

    def is_signed(
        self, _contract: Contract, _hash: bytes, _signer: bytes, _kind: KeyKind, signature: bytes
    ) -> bool:
        return signature == GOOD


def key(partner: int, roles: Role, valid_from: int = 0, valid_to: int = LATER) -> KeyWord:
    return KeyWord(partner, roles, KeyKind.ACCOUNT, valid_from, valid_to)


def partner(allowed: Role = HANDLERS | Role.ADMIN, suspended: bool = False) -> Partner:
    return Partner(b"\7" * 32, Standing(allowed, suspended))


REGISTRY = replace(
    Registry.deployed(OWNER, REGISTRAR),
    partners={1: partner(), 2: partner()},
    keys={ADMIN: key(1, Role.ADMIN), WORKER: key(1, Role.CARRIER), OTHER: key(2, Role.ADMIN)},
)


@dataclass(frozen=True)
class Scene:
    registry: Registry = REGISTRY
    time: int = NOW
    fields: dict[str, Any] = field(default_factory=dict)

    def saying(self, **values: Any) -> "Scene":
        return replace(self, fields={**self.fields, **values})

    def with_key(self, address: bytes, **values: Any) -> "Scene":
        keys = {
            **self.registry.keys,
            address: replace(self.registry.keys.get(address, key(1, Role.ADMIN)), **values),
        }
        return replace(self, registry=replace(self.registry, keys=keys))

    def with_partner(self, number: int, changed: Partner) -> "Scene":
        return replace(
            self, registry=replace(self.registry, partners={**self.registry.partners, number: changed})
        )

    def paused(self) -> "Scene":
        return replace(self, registry=replace(self.registry, paused=True))

    def without(self, address: bytes) -> "Scene":
        keys = {known: word for known, word in self.registry.keys.items() if known != address}
        return replace(self, registry=replace(self.registry, keys=keys))


GRANT = {
    "key": NEW,
    "partner": 1,
    "roles": 4,
    "kind": 1,
    "valid_from": 0,
    "valid_to": LATER,
    "deadline": NOW,
}


def take(scene: Scene, defaults: dict[str, Any]) -> dict[str, Any]:
    return {name: scene.fields.get(name, value) for name, value in defaults.items()}


def enrol(scene: Scene) -> Registry:
    grant = KeyGrant(**take(scene, {**GRANT, "partner": 3, "roles": 1}))
    given = take(scene, {"name": b"\7" * 32, "allowed": 511, "caller": REGISTRAR, "signature": GOOD})
    return scene.registry.enrol(
        given["name"],
        given["allowed"],
        grant,
        given["signature"],
        caller=given["caller"],
        time=scene.time,
        signatures=Signed(),
    )


def grant(scene: Scene) -> Registry:
    given = take(scene, {"by": ADMIN, "signature": GOOD, "countersignature": GOOD})
    return scene.registry.grant_key(
        KeyGrant(**take(scene, GRANT)),
        given["by"],
        given["signature"],
        given["countersignature"],
        time=scene.time,
        signatures=Signed(),
    )


def revoke(scene: Scene) -> Registry:
    message = KeyRevocation(**take(scene, {"key": WORKER, "valid_to": NOW + 5, "deadline": NOW}))
    given = take(scene, {"by": ADMIN, "signature": GOOD})
    return scene.registry.revoke_key(
        message, given["by"], given["signature"], time=scene.time, signatures=Signed()
    )


def anchor(scene: Scene) -> Anchors:
    message = Anchor(**take(scene, {"kind": 2, "digest": b"\5" * 32, "deadline": NOW}))
    given = take(scene, {"by": WORKER, "signature": GOOD, "anchors": Anchors()})
    return given["anchors"].anchor(
        message,
        given["by"],
        given["signature"],
        registry=scene.registry,
        time=scene.time,
        block=77,
        signatures=Signed(),
    )


Fault = tuple[str, tuple[Any, ...], Callable[[Scene], Scene]]
LATE: Fault = ("GrantExpired", (NOW, NOW + 1), lambda s: replace(s, time=NOW + 1))
PAUSED: Fault = ("EnforcedPause", (), lambda s: s.paused())
GRANTED_ALREADY: Fault = ("KeyExists", (NEW,), lambda s: s.with_key(NEW))
KIND: Fault = ("UnknownKind", (3,), lambda s: s.saying(kind=3))
EMPTY: Fault = ("ValidityEmpty", (NOW, NOW - 1), lambda s: s.saying(valid_to=NOW - 1))
ANCHORED = anchor(Scene())

RULES: list[tuple[str, Callable[[Scene], Any], Scene, list[Fault]]] = [
    (
        "an enrolment",
        enrol,
        Scene(),
        [
            ("NotRegistrar", (OWNER,), lambda s: s.saying(caller=OWNER)),
            PAUSED,
            ("NameMissing", (), lambda s: s.saying(name=bytes(32))),
            ("UnknownRoles", (512,), lambda s: s.saying(allowed=512)),
            LATE,
            ("WrongPartner", (4, 3), lambda s: s.saying(partner=4)),
            ("MissingRole", (NEW, Role.CARRIER, Role.ADMIN), lambda s: s.saying(roles=4)),
            GRANTED_ALREADY,
            KIND,
            ("RolesNotAllowed", (3, Role.ADMIN, Role.CARRIER), lambda s: s.saying(allowed=4)),
            EMPTY,
            ("BadSignature", (NEW,), lambda s: s.saying(signature=b"")),
        ],
    ),
    (
        "an enrolment without roles",
        enrol,
        Scene(),
        [("UnknownRoles", (0,), lambda s: s.saying(allowed=0))],
    ),
    (
        "a grant",
        grant,
        Scene(),
        [
            PAUSED,
            LATE,
            ("UnknownKey", (ADMIN,), lambda s: s.saying(by=ADMIN).without(ADMIN)),
            (
                "KeyNotValid",
                (ADMIN, NOW + 1, LATER, NOW),
                lambda s: s.saying(by=ADMIN).with_key(ADMIN, valid_from=NOW + 1),
            ),
            ("PartnerSuspended", (1,), lambda s: s.with_partner(1, partner(suspended=True))),
            ("MissingRole", (WORKER, Role.CARRIER, Role.ADMIN), lambda s: s.saying(by=WORKER)),
            ("WrongPartner", (2, 1), lambda s: s.saying(partner=2)),
            GRANTED_ALREADY,
            KIND,
            (
                "RolesNotAllowed",
                (1, Role.AUDITOR, HANDLERS | Role.ADMIN),
                lambda s: s.saying(roles=256),
            ),
            EMPTY,
            ("BadSignature", (ADMIN,), lambda s: s.saying(signature=b"")),
            ("BadSignature", (NEW,), lambda s: s.saying(countersignature=b"")),
        ],
    ),
    (
        "a grant of no role",
        grant,
        Scene(),
        [("RolesNotAllowed", (1, Role(0), HANDLERS | Role.ADMIN), lambda s: s.saying(roles=0))],
    ),
    (
        "a grant of an unknown role beside a known one",
        grant,
        Scene(),
        [("RolesNotAllowed", (1, Role(516), HANDLERS | Role.ADMIN), lambda s: s.saying(roles=516))],
    ),
    (
        "a revocation",
        revoke,
        Scene(),
        [
            LATE,
            ("UnknownKey", (WORKER,), lambda s: s.without(WORKER)),
            ("UnknownKey", (STRANGER,), lambda s: s.saying(by=STRANGER)),
            (
                "KeyNotValid",
                (ADMIN, NOW + 1, LATER, NOW),
                lambda s: s.saying(by=ADMIN).with_key(ADMIN, valid_from=NOW + 1),
            ),
            (
                "MissingRole",
                (ADMIN, Role.AUDITOR, Role.ADMIN),
                lambda s: s.saying(by=ADMIN).with_key(ADMIN, roles=Role.AUDITOR),
            ),
            ("WrongPartner", (2, 1), lambda s: s.saying(by=OTHER)),
            ("ValidityNotLowered", (WORKER, LATER, LATER), lambda s: s.saying(valid_to=LATER)),
            ("BadSignature", (ADMIN,), lambda s: s.saying(signature=b"")),
        ],
    ),
    (
        "an anchor",
        anchor,
        Scene().saying(anchors=Anchors()),
        [
            ("AnchorExpired", (NOW, NOW + 1), lambda s: replace(s, time=NOW + 1)),
            ("UnknownAnchorKind", (0,), lambda s: s.saying(kind=0)),
            PAUSED,
            ("UnknownKey", (WORKER,), lambda s: s.without(WORKER)),
            ("KeyNotValid", (WORKER, 0, NOW - 1, NOW), lambda s: s.with_key(WORKER, valid_to=NOW - 1)),
            ("PartnerSuspended", (1,), lambda s: s.with_partner(1, partner(suspended=True))),
            ("AlreadyAnchored", (1, 2, b"\5" * 32, 77), lambda s: s.saying(anchors=ANCHORED)),
            ("BadSignature", (WORKER,), lambda s: s.saying(signature=b"")),
        ],
    ),
]

CASES = [
    pytest.param(act, good, faults[place:], id=f"{label}: {faults[place][0]} ({place})")
    for label, act, good, faults in RULES
    for place in range(len(faults))
]


@pytest.mark.parametrize(("act", "good", "faults"), CASES)
def test_the_first_fault_of_the_specification_is_the_reason(act, good, faults):
    scene = good
    for _, _, spoil in reversed(faults):
        scene = spoil(scene)
    with pytest.raises(Refused) as refused:
        act(scene)
    name, values, spoil = faults[0]
    assert refused.value.name == name
    with pytest.raises(Refused) as alone:
        act(spoil(good))
    assert (alone.value.name, alone.value.args) == (name, values)


@pytest.mark.parametrize(("act", "good"), [rule[1:3] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_without_a_fault_the_change_is_made(act, good):
    assert act(good) not in (REGISTRY, Anchors())


def test_an_enrolled_partner_gets_the_next_number_its_name_and_its_first_administrator():
    after = enrol(Scene())
    assert after.partners[3] == Partner(b"\7" * 32, Standing(ALL_ROLES, False))
    assert after.keys[NEW] == key(3, Role.ADMIN, valid_from=NOW)


def test_a_key_is_never_valid_before_the_block_that_wrote_it():
    assert grant(Scene().saying(valid_from=5)).keys[NEW].valid_from == NOW
    assert grant(Scene().saying(valid_from=NOW + 5)).keys[NEW].valid_from == NOW + 5


def test_a_revoked_key_ends_no_earlier_than_the_block_and_keeps_the_rest():
    ended = revoke(Scene().saying(valid_to=0)).keys[WORKER]
    assert ended == replace(REGISTRY.keys[WORKER], valid_to=NOW)


def test_a_key_that_ended_cannot_be_given_a_later_end_by_revoking_it():
    scene = Scene().with_key(WORKER, valid_to=NOW - 10).saying(valid_to=0)
    with pytest.raises(Refused) as refused:
        revoke(scene)
    assert (refused.value.name, refused.value.args) == ("ValidityNotLowered", (WORKER, 0, NOW - 10))


def test_a_key_may_revoke_itself_without_being_an_administrator():
    assert revoke(Scene().saying(by=WORKER)).keys[WORKER].valid_to == NOW + 5


def test_a_key_can_be_revoked_while_paused_and_while_its_partner_is_suspended():
    scene = Scene().paused().with_partner(1, partner(suspended=True))
    assert revoke(scene).keys[WORKER].valid_to == NOW + 5


def test_both_ends_of_a_keys_validity_may_sign():
    scene = Scene().with_key(WORKER, valid_from=NOW, valid_to=NOW)
    assert scene.registry.authority(WORKER, NOW).partner == 1


def test_a_digest_of_one_partner_can_be_anchored_by_another():
    after = anchor(Scene().saying(by=OTHER, anchors=ANCHORED))
    assert sorted(partner for partner, _, _ in after.places) == [1, 2]
    assert (after.places[2, 2, b"\5" * 32].block, after.places[2, 2, b"\5" * 32].time) == (77, NOW)


@pytest.mark.parametrize(
    "act",
    [
        lambda caller: REGISTRY.allow_roles(1, 511, caller=caller),
        lambda caller: REGISTRY.suspend(1, caller=caller),
        lambda caller: REGISTRY.reinstate(1, caller=caller),
    ],
    ids=["allow roles", "suspend", "reinstate"],
)
@pytest.mark.parametrize("caller", [OWNER, STRANGER, ADMIN], ids=["owner", "stranger", "administrator"])
def test_only_the_registrar_decides_on_partners(act, caller):
    with pytest.raises(Refused) as refused:
        act(caller)
    assert (refused.value.name, refused.value.args) == ("NotRegistrar", (caller,))


@pytest.mark.parametrize(
    "act",
    [
        lambda caller: REGISTRY.pause(caller=caller),
        lambda caller: REGISTRY.unpause(caller=caller),
        lambda caller: REGISTRY.name_registrar(caller, caller=caller),
        lambda caller: REGISTRY.transfer_ownership(caller, caller=caller),
        lambda caller: REGISTRY.accept_ownership(caller=caller),
        lambda caller: REGISTRY.renounce_ownership(caller=caller),
    ],
    ids=["pause", "unpause", "name registrar", "transfer", "accept", "renounce"],
)
@pytest.mark.parametrize("caller", [REGISTRAR, STRANGER], ids=["registrar", "stranger"])
def test_only_the_owner_governs(act, caller):
    with pytest.raises(OwnableUnauthorizedAccount):
        act(caller)


def test_allowed_roles_count_for_later_grants_and_leave_present_keys_alone():
    after = REGISTRY.allow_roles(1, Role.ADMIN, caller=REGISTRAR)
    assert after.keys == REGISTRY.keys
    with pytest.raises(Refused, match="may not grant"):
        grant(Scene(after))


@pytest.mark.parametrize("number", [0, 3])
def test_a_partner_that_is_not_enrolled_can_be_neither_suspended_nor_given_roles(number):
    for act in (REGISTRY.suspend, REGISTRY.reinstate):
        with pytest.raises(Refused, match="not enrolled"):
            act(number, caller=REGISTRAR)
    with pytest.raises(Refused, match="not enrolled"):
        REGISTRY.allow_roles(number, 0, caller=REGISTRAR)


@pytest.mark.parametrize("roles", [0, 512, 65535])
def test_only_known_roles_can_be_allowed(roles):
    with pytest.raises(Refused, match="unknown bits"):
        REGISTRY.allow_roles(1, roles, caller=REGISTRAR)


def test_a_suspended_partner_signs_nothing_until_it_is_reinstated():
    suspended = REGISTRY.suspend(1, caller=REGISTRAR)
    with pytest.raises(Refused, match="suspended"):
        suspended.authority(WORKER, NOW)
    assert suspended.reinstate(1, caller=REGISTRAR).authority(WORKER, NOW).address == WORKER


def test_a_pause_stops_every_signer_until_it_is_lifted_and_is_neither_doubled_nor_lifted_twice():
    paused = REGISTRY.pause(caller=OWNER)
    with pytest.raises(Refused, match="paused"):
        paused.authority(WORKER, NOW)
    with pytest.raises(Refused, match="paused"):
        paused.pause(caller=OWNER)
    with pytest.raises(Refused, match="not paused"):
        REGISTRY.unpause(caller=OWNER)
    assert paused.unpause(caller=OWNER) == REGISTRY


def test_ownership_moves_in_two_steps():
    offered = REGISTRY.transfer_ownership(STRANGER, caller=OWNER)
    assert offered.owner == OWNER
    taken = offered.accept_ownership(caller=STRANGER)
    assert (taken.owner, taken.pending_owner) == (STRANGER, bytes(20))


def test_ownership_cannot_be_renounced_and_a_registry_has_an_owner():
    with pytest.raises(Refused, match="cannot be renounced"):
        REGISTRY.renounce_ownership(caller=OWNER)
    with pytest.raises(OwnableInvalidOwner):
        Registry.deployed(bytes(20), REGISTRAR)


def test_a_registry_is_a_value_that_no_change_touches():
    before = dict(REGISTRY.keys), dict(REGISTRY.partners)
    grant(Scene())
    enrol(Scene())
    revoke(Scene())
    assert (dict(REGISTRY.keys), dict(REGISTRY.partners)) == before
