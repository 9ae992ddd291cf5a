"""The shapes of what partners send, and of what they are answered."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from provenance_api.schemas import HASH, Shape

MAX_MESSAGES = 1024
MAX_FIELDS = 200
Hex = Annotated[str, Field(pattern=r"^0x([0-9a-fA-F]{2})*$", max_length=20_002)]
Hex16 = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{32}$")]
Hex20 = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
Hex32 = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$", examples=HASH.examples)]
Fields = Annotated[dict[str, Any], Field(max_length=20)]


class Given(BaseModel):
    """What is sent has these members and no other."""

    model_config = ConfigDict(extra="forbid")


class OpenField(Given):
    """One field of an event's details in clear, with the salt that hides it where it is withheld."""

    name: str = Field(min_length=1, max_length=200)
    value: Any = Field(description="JSON; amounts as decimal text.")
    salt: Hex16
    audience: str = Field("public", description="public, partners or auditors.", max_length=10)


class Document(Given):
    """The details that a message commits to, in clear. The root is computed, never believed."""

    fields: list[OpenField] = Field(min_length=1, max_length=MAX_FIELDS)
    root: Hex32 | None = None


class Signatory(Given):
    """Who signed. An account need not say so, a contract wallet must."""

    signature: Hex
    signer: Hex20 | None = None


class AcceptanceIn(Given):
    """What a receiver adds to an offer or ruling."""

    exceptions: int = Field(0, ge=0, le=65535)
    details: Hex32 = "0x" + "00" * 32


class Name(Given):
    """The identity behind an item id: its canonical URI, and the salt that every enrolled partner can derive."""

    uri: str = Field(min_length=1, max_length=2000)
    salt: Hex32


class Intended(Given):
    """What is intended: a JSON object for each message, by the names that typed data has.

    `item` may be any identifier. What is left out is filled in; `details` may be a list of fields in clear.
    """

    messages: list[Fields] = Field(min_length=1, max_length=MAX_MESSAGES)
    allow_unfinal: bool = Field(False, description="Offer over a slot that the chain may still take back.")


class TypedData(Shape):
    """What a wallet signs with `eth_signTypedData_v4`, and all that is sent back with the signature."""

    typed_data: dict[str, Any]
    digest: str = HASH
    hashes: list[str] = Field(
        description="Each message's struct hash; an acceptance or withdrawal names an offer by it."
    )
    messages: list[dict[str, Any]]
    documents: list[dict[str, Any] | None]


class Submission(Signatory):
    """Messages of one type under one signature. Several are signed as a tree, in this order."""

    messages: list[Fields] = Field(min_length=1, max_length=MAX_MESSAGES)
    documents: list[Document | None] = Field([], max_length=2 * MAX_MESSAGES)
    acceptances: list[AcceptanceIn] | None = Field(None, max_length=MAX_MESSAGES)
    receiver: Signatory | None = None
    names: list[Name] = Field([], max_length=MAX_MESSAGES)


class Receipt(Shape):
    """What became of an event. Its id is the event's digest, known before it is sent."""

    id: str = HASH
    item: str = HASH
    kind: str = Field(examples=["ConditionReport"])
    seq: int | None = Field(None, description="Its number among the item's events.")
    count: int | None = Field(None, description="Of a challenge: its number among the item's challenges.")
    status: str = Field(description="pending, sent, included, final or rejected.")
    reason: str | None
    transaction: str | None
    submitted: int = Field(description="Unix seconds.")
    revision: int = Field(description="Grows with each change.")
    href: str


class Receipts(Shape):
    """A receipt for each message, in their order."""

    receipts: list[Receipt]


class Offered(Signatory):
    """Custody offers, or rulings that move custody, under one signature."""

    messages: list[Fields] = Field(min_length=1, max_length=MAX_MESSAGES)
    documents: list[Document | None] = Field([], max_length=MAX_MESSAGES)
    allow_unfinal: bool = Field(False, description="Offer over a slot that the chain may still take back.")


class Declined(Signatory):
    """A refusal: the signature is over the text that `GET /offers/{offer}/decline` gives (`personal_sign`)."""

    reason: str = Field("", max_length=500)


class DeclineText(Shape):
    """What is signed to decline."""

    text: str


class Offer(Shape):
    """A signed offer, as both sides see it."""

    offer: str = HASH
    kind: str = Field(examples=["CustodyTransfer"])
    item: str = HASH
    from_: int = Field(alias="from", examples=[1])
    to: int = Field(examples=[2])
    key: str
    deadline: str = Field(description="Unix seconds.")
    message: dict[str, Any]
    made: int = Field(description="Unix seconds.")
    state: str = Field(description="open, accepted, declined, withdrawn, expired or voided.")
    reason: str | None
    changed: int = Field(description="Unix seconds.")
    event: str | None = Field(description="The receipt's id, once accepted.")
    href: str


class Offers(Shape):
    """Offers, oldest first."""

    offers: list[Offer]


class OfferPage(Offers):
    """A part of a list of offers."""

    next: int | None = Field(description="Give it as `after` to read on; null on the last page.")


class GrantIn(Signatory):
    """A `KeyGrant` that an administrator signed and the new key countersigned."""

    message: Fields
    countersignature: Hex


class RevocationIn(Signatory):
    """A `KeyRevocation` that an administrator, or the key itself, signed."""

    message: Fields


class KeyRequest(Shape):
    """What became of a grant or revocation; its id is the struct hash of what was signed."""

    id: str = HASH
    kind: str
    key: str
    status: str = Field(description="pending, sent, included, final or rejected.")
    reason: str | None
    transaction: str | None
    submitted: int = Field(description="Unix seconds.")
    revision: int
    href: str
