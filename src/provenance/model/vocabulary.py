"""The words of the ledger as data: stages, moves, roles, grades, kinds, and what stages are called in CBV.

Numbers are the contracts'. Business steps and dispositions are those of GS1's Core Business Vocabulary 2.0;
where it has none for what happens to returned goods, the term is an extension (`oec:`).
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Stage(IntEnum):
    """Where an item is on its way back. 0 is no stage."""

    NONE = 0
    RECEIVED = 1
    EVALUATED = 2
    IN_REPAIR = 3
    IN_REFURBISHMENT = 4
    REMANUFACTURED = 5
    MATERIAL_RECOVERY = 6
    RESALE_READY = 7
    RESOLD = 8
    REUSED = 9
    SENT_BACK = 10
    STORED_FOR_ANALYSIS = 11
    MISSING = 12
    RECYCLED = 13
    DISPOSED = 14

    @property
    def is_held(self) -> bool:
        """A custodian has the item."""
        return self in HELD

    @property
    def has_left(self) -> bool:
        """The item left the network and may come back as a new cycle."""
        return self in LEFT

    @property
    def has_ended(self) -> bool:
        """The item is no more; only a ruling can say otherwise."""
        return self in ENDED


LEFT = frozenset({Stage.RESOLD, Stage.REUSED, Stage.SENT_BACK})
ENDED = frozenset({Stage.REMANUFACTURED, Stage.RECYCLED, Stage.DISPOSED})
HELD = frozenset(Stage) - LEFT - ENDED - {Stage.NONE}


class Role(IntFlag):
    """What a key may do for its partner."""

    ADMIN = 1
    INTAKE = 2
    CARRIER = 4
    INSPECTOR = 8
    REPAIRER = 16
    RECYCLER = 32
    RESELLER = 64
    DEVICE = 128
    AUDITOR = 256


NO_ROLES = Role(0)
HANDLERS = Role.INTAKE | Role.CARRIER | Role.INSPECTOR | Role.REPAIRER | Role.RECYCLER | Role.RESELLER
"""The roles that may give or take custody."""
ALL_ROLES = HANDLERS | Role.ADMIN | Role.DEVICE | Role.AUDITOR


class Grade(IntEnum):
    """Coarse condition, best first. Native codes of a grading scheme stay in the details document."""

    NONE = 0
    AS_NEW = 1
    VERY_GOOD = 2
    GOOD = 3
    FAIR = 4
    POOR = 5
    DEFECTIVE = 6
    FOR_MATERIAL = 7


MAX_STAGE = 14
MAX_GRADE = 7
MAX_SEQ = 65535


class KeyKind(IntEnum):
    """How a key signs; the registry decides, never the code at the address."""

    ACCOUNT = 1
    """secp256k1 signature"""
    WALLET = 2
    """contract wallet (ERC-1271)"""


class AnchorKind(IntEnum):
    """What a digest in `Anchors` stands for."""

    FACTOR_SET = 1
    STATEMENT = 2
    TELEMETRY_ROOT = 3


class Exceptions(IntFlag):
    """Reservations with which a receiver accepts custody."""

    DAMAGED = 1
    WRONG_SERIAL = 2
    MISSING_PART = 4
    WRONG_PRODUCT = 8
    PACKAGING = 16
    NOT_AS_GRADED = 32
    OTHER = 32768


_S = Stage

_REPORTED_MOVES: dict[Stage, frozenset[Stage]] = {
    _S.RECEIVED: frozenset({_S.EVALUATED, _S.SENT_BACK, _S.STORED_FOR_ANALYSIS}),
    _S.EVALUATED: frozenset(
        {
            _S.IN_REPAIR,
            _S.IN_REFURBISHMENT,
            _S.MATERIAL_RECOVERY,
            _S.RESALE_READY,
            _S.REUSED,
            _S.SENT_BACK,
            _S.STORED_FOR_ANALYSIS,
            _S.DISPOSED,
        }
    ),
    _S.IN_REPAIR: frozenset({_S.EVALUATED}),
    _S.IN_REFURBISHMENT: frozenset({_S.EVALUATED, _S.REMANUFACTURED}),
    _S.MATERIAL_RECOVERY: frozenset({_S.RECYCLED, _S.DISPOSED}),
    _S.RESALE_READY: frozenset({_S.EVALUATED, _S.RESOLD, _S.REUSED}),
    _S.STORED_FOR_ANALYSIS: frozenset({_S.EVALUATED, _S.MATERIAL_RECOVERY, _S.DISPOSED}),
    _S.MISSING: frozenset({_S.RECEIVED, _S.DISPOSED}),
}

MOVES: dict[Stage, frozenset[Stage]] = {
    stage: _REPORTED_MOVES[stage] | {stage, _S.MISSING} if stage in HELD else frozenset() for stage in Stage
}
"""What a ConditionReport may make of a stage: its moves, itself (an observation) and Missing."""

INTAKE_FROM = LEFT | {_S.NONE}
"""The stages in which an item may be taken in: unknown, or left."""

ROLE_OF: dict[Stage, Role] = {
    _S.RECEIVED: Role.INTAKE,
    _S.EVALUATED: Role.INSPECTOR,
    _S.IN_REPAIR: Role.REPAIRER,
    _S.IN_REFURBISHMENT: Role.REPAIRER,
    _S.REMANUFACTURED: Role.REPAIRER,
    _S.MATERIAL_RECOVERY: Role.RECYCLER,
    _S.RESALE_READY: Role.RESELLER,
    _S.RESOLD: Role.RESELLER,
    _S.REUSED: Role.RESELLER,
    _S.SENT_BACK: Role.INTAKE,
    _S.STORED_FOR_ANALYSIS: Role.INSPECTOR,
    _S.RECYCLED: Role.RECYCLER,
    _S.DISPOSED: Role.RECYCLER,
}
"""The role that moves an item into a stage. Missing is not in it: any key of the custodian may say so."""


@dataclass(frozen=True)
class BusinessTerm:
    """A business step or disposition as EPCIS writes it.

    `name` is the bare word of CBV 2.0, or the extension's word; `is_extension` says which.
    """

    name: str
    is_extension: bool = False

    def __str__(self) -> str:
        return f"oec:{self.name}" if self.is_extension else self.name


@dataclass(frozen=True)
class BusinessMeaning:
    """What a stage is called in CBV: one step, and the dispositions it may have (the first by default).

    Source: GS1 CBV 2.0, sections 7.1 (business steps) and 7.2 (dispositions).
    """

    step: BusinessTerm
    dispositions: tuple[BusinessTerm, ...]


def _cbv(step: str, *dispositions: str) -> BusinessMeaning:
    return BusinessMeaning(_term(step), tuple(_term(name) for name in dispositions))


def _term(name: str) -> BusinessTerm:
    return BusinessTerm(name.removeprefix("oec:"), name.startswith("oec:"))


CBV: dict[Stage, BusinessMeaning] = {
    _S.RECEIVED: _cbv("accepting", "returned"),
    _S.EVALUATED: _cbv("inspecting", "conformant", "non_conformant", "damaged", "needs_replacement"),
    _S.IN_REPAIR: _cbv("repairing", "unavailable"),
    _S.IN_REFURBISHMENT: _cbv("oec:refurbishing", "unavailable"),
    _S.REMANUFACTURED: _cbv("oec:remanufacturing", "inactive"),
    _S.MATERIAL_RECOVERY: _cbv("disassembling", "oec:recovery"),
    _S.RESALE_READY: _cbv("stocking", "sellable_accessible"),
    _S.RESOLD: _cbv("retail_selling", "retail_sold"),
    _S.REUSED: _cbv("accepting", "active"),
    _S.SENT_BACK: _cbv("shipping", "returned"),
    _S.STORED_FOR_ANALYSIS: _cbv("storing", "non_sellable_other"),
    _S.MISSING: _cbv("stock_taking", "unknown", "stolen"),
    _S.RECYCLED: _cbv("decommissioning", "inactive"),
    _S.DISPOSED: _cbv("destroying", "destroyed"),
}
"""Each stage's business step and dispositions."""
