"""Who acts: partners with keys of every role and kind, honest and not."""

from dataclasses import dataclass

from equal_rules.wallets import WALLETS, Wallet
from provenance.model.hashing import keccak
from provenance.model.vocabulary import ALL_ROLES, HANDLERS, KeyKind, Role
from provenance.proofs.signatures import sign
from sample_keys import address, private_key

OWNER = keccak(b"owner")[12:]
REGISTRAR = keccak(b"registrar")[12:]
STRANGER = keccak(b"stranger")[12:]


@dataclass(frozen=True)
class Actor:
    """A key: an account of its own, or a wallet whose owner is one."""

    label: str
    wallet: Wallet | None = None

    @property
    def kind(self) -> KeyKind:
        return KeyKind.WALLET if self.wallet else KeyKind.ACCOUNT

    @property
    def address(self) -> bytes:
        """An account's own; a wallet's is made of its label."""
        return keccak(f"wallet {self.label}".encode())[12:] if self.wallet else address(self.label)

    @property
    def owner(self) -> bytes:
        return address(self.label)

    def sign(self, digest: bytes) -> bytes:
        return sign(private_key(self.label), digest)


@dataclass(frozen=True)
class Seat:
    """A key as it is granted before all play: validity counts in seconds from the start."""

    actor: Actor
    partner: int
    roles: Role
    valid_from: int = 0
    valid_to: int = 10**9


ALLOWED = {
    1: ALL_ROLES & ~Role.AUDITOR,
    2: Role.ADMIN | Role.CARRIER | Role.DEVICE,
    3: Role.ADMIN | HANDLERS,
    4: Role.ADMIN | HANDLERS | Role.DEVICE,
    5: Role.ADMIN | HANDLERS | Role.AUDITOR,
    6: Role.ADMIN | Role.AUDITOR | Role.CARRIER,
    7: ALL_ROLES,
}
"""The partners that are enrolled before all play, and the roles they may grant."""

ADMINS = {partner: Actor(f"admin of {partner}") for partner in ALLOWED}

SEATS = (
    Seat(Actor("centre"), 1, Role.INTAKE | Role.INSPECTOR),
    Seat(Actor("dock"), 1, Role.INTAKE),
    Seat(Actor("scale"), 1, Role.DEVICE),
    Seat(Actor("centre's wallet", WALLETS["honest"]), 1, HANDLERS),
    Seat(Actor("driver"), 2, Role.CARRIER),
    Seat(Actor("workshop"), 3, Role.REPAIRER | Role.INSPECTOR),
    Seat(Actor("workshop's wallet", WALLETS["honest"]), 3, HANDLERS),
    Seat(Actor("recycler"), 4, Role.RECYCLER | Role.INSPECTOR),
    Seat(Actor("crusher"), 4, Role.RECYCLER),
    Seat(Actor("reseller"), 5, Role.RESELLER | Role.INSPECTOR | Role.INTAKE),
    Seat(Actor("reseller's auditor"), 5, Role.AUDITOR | Role.RESELLER),
    Seat(Actor("auditor"), 6, Role.AUDITOR),
    Seat(Actor("second auditor"), 6, Role.AUDITOR | Role.CARRIER),
    Seat(Actor("master"), 7, ALL_ROLES),
    *(Seat(Actor(name, wallet), 7, ALL_ROLES) for name, wallet in WALLETS.items()),
    Seat(Actor("late"), 1, HANDLERS, valid_from=3000),
    Seat(Actor("brief"), 1, HANDLERS, valid_to=300),
)
"""The keys that are granted before all play."""

BAD_WALLETS = tuple(seat.actor for seat in SEATS if seat.actor.wallet and seat.actor.wallet.name != "honest")

NOBODYS = tuple(Actor(f"unknown {number}") for number in range(2))
"""Keys that nobody granted."""

NEWCOMERS = tuple(
    Actor(f"newcomer {number}", WALLETS["honest"] if number % 4 == 3 else None) for number in range(24)
)
"""Keys that may be granted in play."""
