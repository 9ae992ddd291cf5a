"""The proof bundle: an item's whole history in one file (SPEC.md beside this file, section 2).

What is parsed here is well-formed; whether it is true is the verifier's matter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self, TypeVar

from provenance.errors import FieldError
from provenance.model.hashing import ZERO
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    ItemMessage,
    Ruling,
    Withdrawal,
)
from provenance.proofs import reading
from provenance.proofs.attestations import WitnessSignature
from provenance.proofs.commitments import Field, root_of

FORMAT = "returns-provenance bundle 1"

KIND_OF: dict[type[ItemMessage], str] = {
    Intake: "Intake",
    ConditionReport: "ConditionReport",
    CustodyOffer: "CustodyTransfer",
    Withdrawal: "Withdrawal",
    Correction: "Correction",
    Hold: "Hold",
    Ruling: "Ruling",
    Challenge: "Challenge",
}
"""What a record is called, by the message that begins it."""

_MESSAGES: dict[str, type[ItemMessage]] = {kind: of for of, kind in KIND_OF.items()}

_Reader = Callable[[object, str], Any]
T = TypeVar("T")


def _uint(bits: int) -> _Reader:
    return lambda value, place: reading.integer(value, place, bits)


# Each field of the messages by its Python name: its name in the file, and how it is read there. `item` and `details` come
# from elsewhere: the bundle is one item's, and details are shown as documents.
_FIELDS: dict[str, tuple[str, _Reader]] = {
    "seq": ("seq", _uint(16)),
    "grade": ("grade", _uint(8)),
    "stage": ("stage", _uint(8)),
    "prior": ("prior", reading.word),
    "to": ("to", _uint(24)),
    "offer": ("offer", reading.word),
    "corrects": ("corrects", _uint(16)),
    "answers": ("answers", _uint(16)),
    "on_hold": ("onHold", reading.boolean),
    "count": ("count", _uint(16)),
    "challenged": ("challenged", _uint(16)),
    "deadline": ("deadline", reading.decimal),
}
_SAID: dict[type[ItemMessage], tuple[str, ...]] = {
    Intake: ("seq", "grade", "deadline"),
    ConditionReport: ("seq", "stage", "grade", "deadline"),
    CustodyOffer: ("prior", "to", "deadline"),
    Withdrawal: ("seq", "offer", "deadline"),
    Correction: ("seq", "corrects", "answers", "deadline"),
    Hold: ("seq", "on_hold", "deadline"),
    Ruling: ("seq", "stage", "grade", "to", "answers", "deadline"),
    Challenge: ("count", "challenged", "deadline"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A details document as far as it is shown.

    `fields` are those shown, `withheld` the commitments of those that are not; both empty where the whole document is
    withheld (or there is none: `root` is then zero).
    """

    root: bytes
    fields: tuple[Field, ...] = ()
    withheld: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, fields: tuple[Field, ...], withheld: tuple[bytes, ...]) -> Self:
        """The document with these fields shown and these commitments withheld, at least one of either."""
        return cls(root_of(fields, withheld), fields, withheld)

    def as_json(self) -> dict[str, Any] | None:
        """Its form in the file."""
        if self.root == ZERO:
            return None
        if not self.fields and not self.withheld:
            return {"root": _hex(self.root)}
        return {
            "fields": [
                {"name": field.name, "salt": _hex(field.salt), "value": field.value}
                for field in sorted(self.fields, key=lambda field: field.name.encode())
            ],
            "withheld": [_hex(commitment) for commitment in sorted(self.withheld)],
        }


NO_DOCUMENT = Document(ZERO)


@dataclass(frozen=True, slots=True)
class KeySignature:
    """Which key (20 bytes) signed, and its signature (65 bytes); None for a wallet, which nobody can ask offline.

    `path` leads from the message up to the signed root; `index` is the message's place in that tree.
    """

    key: bytes
    signature: bytes | None
    index: int = 0
    path: tuple[bytes, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Its form in the file."""
        signature = None if self.signature is None else _hex(self.signature)
        tree = {"index": self.index, "path": [_hex(node) for node in self.path]} if self.path else {}
        return {"key": _hex(self.key), "signature": signature, **tree}


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receiver's half of a hand-over, or of a ruling that moves custody."""

    acceptance: Acceptance
    document: Document
    signed: KeySignature

    def as_json(self) -> dict[str, Any]:
        """Its form in the file."""
        return {
            "exceptions": self.acceptance.exceptions,
            "details": self.document.as_json(),
            "signed": self.signed.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Told:
    """One record as the bundle tells it: what was signed, by whom, and the time of its block (Unix seconds)."""

    time: int
    message: ItemMessage
    document: Document
    signed: KeySignature
    accepted: Accepted | None = None

    @property
    def kind(self) -> str:
        """What the record is called."""
        return KIND_OF[type(self.message)]

    @property
    def signatures(self) -> tuple[KeySignature, ...]:
        """The signer's, then the receiver's if there is one."""
        return (self.signed, self.accepted.signed) if self.accepted else (self.signed,)

    @property
    def documents(self) -> tuple[Document, ...]:
        """The signer's, then the receiver's if there is one."""
        return (self.document, self.accepted.document) if self.accepted else (self.document,)

    def as_json(self) -> dict[str, Any]:
        """Its form in the file."""
        said = {_FIELDS[name][0]: _json(name, self.message) for name in _SAID[type(self.message)]}
        accepted = {"acceptance": self.accepted.as_json()} if self.accepted else {}
        return {
            "kind": self.kind,
            "time": self.time,
            **said,
            "details": self.document.as_json(),
            "signed": self.signed.as_json(),
            **accepted,
        }


@dataclass(frozen=True, slots=True)
class ItemName:
    """An item's id, and what opens it: the URI and the salt, or None for both."""

    id: bytes
    uri: str | None = None
    salt: bytes | None = None


@dataclass(frozen=True)
class Bundle:
    """The whole file."""

    chain_id: int
    ledger: bytes
    item: ItemName
    header: bytes
    attestations: tuple[WitnessSignature, ...]
    partners: tuple[tuple[int, str | None], ...]
    events: tuple[Told, ...]
    challenges: tuple[Told, ...]
    nodes: tuple[bytes, ...]

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys that signed, in the order in which they are first mentioned."""
        return tuple(dict.fromkeys(signature.key for told in self.told() for signature in told.signatures))

    def told(self) -> Iterator[Told]:
        """The events, then the challenges."""
        return chain(self.events, self.challenges)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The bundle in a file. Raises FieldError where it holds none."""
        return cls.from_json(reading.parse_json(data))

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The bundle in a parsed JSON value. Raises FieldError where it holds none."""
        require_format(value)
        found = reading.members(
            value,
            "bundle",
            (
                "format", "chainId", "ledger", "item", "header",
                "attestations", "partners", "events", "challenges", "nodes",
            ),
        )  # fmt: skip
        item = _item(found["item"])
        bundle = cls(
            chain_id=reading.integer(found["chainId"], "chainId"),
            ledger=reading.address(found["ledger"], "ledger"),
            item=item,
            header=reading.hex_bytes(found["header"], "header"),
            attestations=read_attestations(found["attestations"]),
            partners=_partners(found["partners"]),
            events=_records(found["events"], "events", item.id, _MESSAGES.keys() - {"Challenge"}),
            challenges=_records(found["challenges"], "challenges", item.id, {"Challenge"}),
            nodes=reading.array(found["nodes"], "nodes", reading.hex_bytes),
        )
        if not bundle.events and (bundle.challenges or bundle.partners):
            raise FieldError("events", "none", "an item without events has no challenges and no partners")
        return bundle

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        opened = {"uri": self.item.uri, "salt": _hex(self.item.salt)} if self.item.salt else {}
        return {
            "format": FORMAT,
            "chainId": self.chain_id,
            "ledger": _hex(self.ledger),
            "item": {"id": _hex(self.item.id), **opened},
            "header": _hex(self.header),
            "attestations": [signature.as_json() for signature in self.attestations],
            "partners": [{"partner": partner, "name": name} for partner, name in self.partners],
            "events": [told.as_json() for told in self.events],
            "challenges": [told.as_json() for told in self.challenges],
            "nodes": [_hex(node) for node in self.nodes],
        }


class UnknownFormat(FieldError):  # noqa: N818 - named for what was found
    """The file says that it is something else."""


def require_format(value: object, expected: str = FORMAT) -> None:
    """Raises UnknownFormat for an object that names another format, FieldError for what names none."""
    found = value.get("format") if isinstance(value, dict) else None
    if type(found) is not str:
        raise FieldError("format", found, f"give a file of format {expected}")
    if found != expected:
        raise UnknownFormat("format", found, f"this verifier reads {expected}")


def read_attestations(value: object) -> tuple[WitnessSignature, ...]:
    """Witnesses' signatures, ascending by witness. Raises FieldError."""
    found = reading.array(value, "attestations", WitnessSignature.from_json)
    reading.require_ascending([signature.witness for signature in found], "attestations", "witnesses")
    return found


def _item(value: object) -> ItemName:
    found = reading.members(value, "item", ("id",), ("uri", "salt"))
    if ("uri" in found) != ("salt" in found):
        raise FieldError("item", "half open", "give uri and salt both, or neither")
    id_ = reading.word(found["id"], "item.id")
    if "uri" not in found:
        return ItemName(id_)
    return ItemName(id_, reading.text(found["uri"], "item.uri"), reading.word(found["salt"], "item.salt"))


def _partners(value: object) -> tuple[tuple[int, str | None], ...]:
    found = reading.array(value, "partners", _partner)
    reading.require_ascending([partner for partner, _ in found], "partners", "partners")
    return found


def _partner(value: object, place: str) -> tuple[int, str | None]:
    found = reading.members(value, place, ("partner", "name"))
    name = None if found["name"] is None else reading.text(found["name"], f"{place}.name")
    return reading.integer(found["partner"], f"{place}.partner", 24), name


def _records(value: object, place: str, item: bytes, kinds: set[str]) -> tuple[Told, ...]:
    return reading.array(value, place, lambda told, at: _told(told, at, item, kinds))


def _told(value: object, place: str, item: bytes, kinds: set[str]) -> Told:
    kind = value.get("kind") if isinstance(value, dict) else None
    of = _MESSAGES[reading.choice(kind, f"{place}.kind", sorted(kinds))]
    names = _SAID[of]
    required = ["kind", "time", "details", "signed", *(_FIELDS[name][0] for name in names)]
    takes, may_take = of is CustodyOffer, of is Ruling
    found = reading.members(
        value, place, [*required, "acceptance"] if takes else required, ["acceptance"] if may_take else ()
    )
    document = _document(found["details"], f"{place}.details")
    said = {name: _said(found, name, place) for name in names}
    return Told(
        reading.integer(found["time"], f"{place}.time"),
        of(item=item, details=document.root, **said),
        document,
        _signed(found["signed"], f"{place}.signed"),
        _accepted(found["acceptance"], f"{place}.acceptance") if "acceptance" in found else None,
    )


def _said(found: Mapping[str, Any], name: str, place: str) -> Any:
    label, read = _FIELDS[name]
    return read(found[label], f"{place}.{label}")


def _accepted(value: object, place: str) -> Accepted:
    found = reading.members(value, place, ("exceptions", "details", "signed"))
    document = _document(found["details"], f"{place}.details")
    exceptions = reading.integer(found["exceptions"], f"{place}.exceptions", 16)
    signed = _signed(found["signed"], f"{place}.signed")
    return Accepted(Acceptance(exceptions, document.root), document, signed)


def _signed(value: object, place: str) -> KeySignature:
    found = reading.members(value, place, ("key", "signature"), ("index", "path"))
    key = reading.address(found["key"], f"{place}.key")
    signature = found["signature"]
    if signature is not None:
        signature = reading.hex_bytes(signature, f"{place}.signature", 65)
    if "path" not in found and "index" not in found:
        return KeySignature(key, signature)
    if "path" not in found or "index" not in found:
        raise FieldError(place, "half a path", "give index and path both, or neither")
    path = reading.words(found["path"], f"{place}.path")
    index = reading.integer(found["index"], f"{place}.index", 10)
    if not 1 <= len(path) <= 10 or index >> len(path):
        raise FieldError(f"{place}.index", index, "give 1 to 10 steps, and a place within that tree")
    return KeySignature(key, signature, index, path)


def _document(value: object, place: str) -> Document:
    if value is None:
        return NO_DOCUMENT
    if type(value) is dict and "root" in value:
        root = reading.word(reading.members(value, place, ("root",))["root"], f"{place}.root")
        if root == ZERO:
            raise FieldError(f"{place}.root", root, "write null where there are no details")
        return Document(root)
    found = reading.members(value, place, ("fields", "withheld"))
    fields = reading.array(found["fields"], f"{place}.fields", _field)
    withheld = reading.words(found["withheld"], f"{place}.withheld")
    if not fields and not withheld:
        raise FieldError(place, "empty", "write null where there are no details")
    reading.require_ascending([field.name.encode() for field in fields], f"{place}.fields", "names")
    reading.require_ascending(withheld, f"{place}.withheld", "commitments")
    return Document.of(fields, withheld)


def _field(value: object, place: str) -> Field:
    found = reading.members(value, place, ("name", "salt", "value"))
    name = reading.text(found["name"], f"{place}.name")
    return Field(name, found["value"], reading.hex_bytes(found["salt"], f"{place}.salt", 16))


def _json(name: str, message: ItemMessage) -> Any:
    value = getattr(message, name)
    if isinstance(value, bytes):
        return _hex(value)
    if name == "deadline":
        return str(value)
    return value if isinstance(value, bool) else int(value)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
