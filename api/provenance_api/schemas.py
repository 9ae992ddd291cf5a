"""The shapes of answers, for the OpenAPI document: what is sent is made by `workflows.answers`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

HASH = Field(examples=["0x0b3c8b1ff2f8c7a7c1d2a3c1d5b0a6f1d3c2e4f5a6b7c8d9e0f1a2b3c4d5e6f7"])
ADDRESS = Field(examples=["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"])
NEXT = Field(description="Give it as `after` to read on; null on the last page.", examples=[None])


class Shape(BaseModel):
    """Nothing beyond what is described here is sent."""

    model_config = ConfigDict(extra="forbid")


class Fresh(Shape):
    """Up to which block an answer is complete."""

    as_of_block: int = Field(examples=[412], description="Every record up to and with this block is in.")
    as_of_time: datetime = Field(examples=["2026-05-31T09:30:00Z"])
    finalized_block: int = Field(examples=[412], description="Up to here nothing will change.")
    complete: bool = Field(description="The index has reached the chain's head.")


class Party(Shape):
    """A partner; the name is null where only the chain's name hash is known."""

    partner: int = Field(examples=[3])
    name: str | None = Field(examples=["Sample Workshop"])


class Signer(Party):
    """A partner and the key that signed for it."""

    key: str = ADDRESS


class ItemFields(Shape):
    """One item as it stands."""

    id: str = HASH
    uri: str | None = Field(examples=["https://id.gs1.org/01/09521234543213/21/A1"])
    gtin: str | None = Field(examples=["09521234543213"])
    serial: str | None = Field(examples=["A1"])
    title: str | None = Field(examples=["Kettle"])
    category: str | None = Field(examples=["Kettle"])
    brand: str | None = Field(examples=["Philips"])
    made_up_identity: bool = Field(description="The identity is invented for a demonstration.")
    stage: str = Field(examples=["Resold"])
    grade: str = Field(examples=["Good"])
    grade_number: int = Field(ge=0, le=7)
    on_hold: bool
    custodian: Party | None
    events: int = Field(examples=[9])
    challenges: int = Field(examples=[0])
    slot: str = HASH
    last_block: int = Field(examples=[411])
    last_time: datetime
    final: bool


class Item(ItemFields, Fresh):
    """One item as it stands, and how fresh that is."""


class Count(Shape):
    """How many match in all; not exact where counting stopped."""

    number: int
    exact: bool


class Items(Fresh):
    """A page of items."""

    items: list[ItemFields]
    next: str | None = NEXT
    count: Count | None = Field(description="Only with `count=true`.")


class Remark(Shape):
    """A correction or ruling, shown at the event it concerns."""

    seq: int
    by: Signer
    stage: str
    grade: str
    answers: int | None
    details: dict[str, Any]
    recorded: datetime
    final: bool


class ChallengeFields(Shape):
    """One challenge of an event."""

    count: int
    challenged: int = Field(description="The seq of the event it disputes.")
    answered_by: int | None = Field(description="The seq of the correction or ruling that answers it.")
    by: Signer
    details: dict[str, Any]
    recorded: datetime
    block: int
    final: bool


class EventFields(Shape):
    """One event, with what is public of its details and all that was said about it later."""

    seq: int
    kind: str = Field(examples=["ConditionReport"])
    what: str = Field(examples=["Inspected and graded"])
    stage: str
    grade: str
    on_hold: bool
    by: Signer
    to: Signer | None
    reservations: list[str]
    corrects: int | None
    corrected_by: int | None
    answers: int | None
    challenged_by: list[int]
    details: dict[str, Any]
    acceptance_details: dict[str, Any]
    withheld_fields: int = Field(description="Fields that are committed to, but not public.")
    details_missing: bool
    made_up: list[str]
    recorded: datetime
    block: int
    block_hash: str = HASH
    transaction: str = HASH
    digest: str = HASH
    slot: str = HASH
    final: bool
    stands: bool = Field(description="No correction marks it as wrong.")
    corrections: list[Remark]
    challenges: list[ChallengeFields]
    rulings: list[Remark] = Field(description="Rulings that answer its challenges.")


class History(Fresh):
    """Everything that happened to an item; later remarks stand at the event they concern."""

    item: ItemFields
    events: list[EventFields]
    challenges: list[ChallengeFields]


class RawRecord(Shape):
    """One record as the chain holds it."""

    record: Literal["event", "challenge"]
    number: int = Field(description="seq of an event, count of a challenge")
    kind: str
    signer: str = ADDRESS
    receiver: str | None
    digest: str = HASH
    details: str = HASH
    acceptance_details: str | None
    corrects: int | None
    answers: int | None
    challenged: int | None
    recorded: datetime
    block: int
    log_index: int
    transaction: str = HASH
    final: bool
    word: str = HASH


class RawHistory(Fresh):
    """The journal of one item, record by record, in the chain's order."""

    item: ItemFields
    records: list[RawRecord]


class Event(Fresh):
    """One event with its item."""

    item: ItemFields
    event: EventFields


class Listed(Shape):
    """What every entry of a list of records says."""

    item: str = HASH
    uri: str | None
    title: str | None
    by: Signer
    recorded: datetime
    block: int
    log_index: int
    transaction: str = HASH
    digest: str = HASH
    final: bool


class EventEntry(Listed):
    """One event in a list."""

    seq: int
    kind: str
    what: str
    stage: str
    grade: str
    to: Signer | None
    corrects: int | None
    corrected_by: int | None
    answers: int | None


class Events(Fresh):
    """A page of events."""

    events: list[EventEntry]
    next: str | None = NEXT


class ChallengeEntry(Listed):
    """One challenge in a list."""

    count: int
    challenged: int
    answered_by: int | None


class Challenges(Fresh):
    """A page of challenges."""

    challenges: list[ChallengeEntry]
    next: str | None = NEXT


class HoldEntry(Shape):
    """An item on hold, and the event that froze it."""

    item: ItemFields
    seq: int
    by: Signer
    recorded: datetime
    block: int


class Holds(Fresh):
    """A page of items on hold."""

    holds: list[HoldEntry]
    next: str | None = NEXT


class Key(Shape):
    """A key of a partner. A null `valid_to` is no end that a calendar can hold."""

    key: str = ADDRESS
    partner: Party
    roles: list[str] = Field(examples=[["INSPECTOR"]])
    kind: Literal["account", "wallet"]
    valid_from: datetime | None
    valid_to: datetime | None
    valid: bool = Field(description="At the time of `as_of_block`.")


class FreshKey(Key, Fresh):
    """A key, and how fresh that is."""


class Keys(Fresh):
    """A page of keys."""

    keys: list[Key]
    next: str | None = NEXT


class PartnerFields(Shape):
    """A partner; the name is null where only the chain's name hash is known."""

    partner: int
    name: str | None
    business: str | None
    made_up: bool
    allowed_roles: list[str]
    suspended: bool
    keys: int
    name_hash: str = HASH


class Partner(PartnerFields, Fresh):
    """A partner with all its keys."""

    all_keys: list[Key]


class Partners(Fresh):
    """A page of partners."""

    partners: list[PartnerFields]
    next: str | None = NEXT


class Hit(Shape):
    """Something that a search found: what kind of thing it is, and by what it was found."""

    kind: Literal["item", "transaction", "key", "partner"]
    by: str = Field(examples=["serial number"], description="What the words asked for are of it.")
    id: str
    title: str | None
    path: str = Field(description="Where more is told; an item's is also its page.")


class Search(Fresh):
    """What a search found, the surest first, 20 at most. Without hits, look at how fresh the answer is."""

    asked: str
    hits: list[Hit]


class CategoryCount(Shape):
    """How many items of a category; null where none was said."""

    category: str | None
    items: int


class Counts(Fresh):
    """How many, by what."""

    items: int
    events: int
    on_hold: int
    challenges: int
    by_stage: dict[str, int] = Field(examples=[{"Resold": 12, "Recycled": 3}])
    by_grade: dict[str, int]
    by_category: list[CategoryCount]
    by_kind: dict[str, int]


class Flow(Shape):
    """How many events of a kind went from one stage to the next; from null: first taken in."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    before: str | None = Field(alias="from")
    to: str
    kind: str
    events: int


class Flows(Fresh):
    """Flows between stages, largest first."""

    flows: list[Flow]


class Healthy(Shape):
    """The process answers."""

    status: Literal["ok"]


class Ready(Fresh):
    """Whether the index has caught up with the chain; if not, why."""

    ready: bool
    reason: str | None


class Status(Fresh):
    """Counts, and how far the index has followed the chain."""

    items: int
    events: int
    items_by_stage: dict[str, int]
    submissions: dict[str, int]
    journal: str = HASH
    chain_head: int
    failure: str | None


class Problem(Shape):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["/problems/invalid-input"], description="A page that explains it.")
    title: str
    status: int
    detail: str = Field(description="Names the field, its value and what to do.")
    instance: str
    refusals: list[Refusal] | None = Field(None, description="What the contract would refuse, by rule.")


class Refusal(Shape):
    """One message that the contract would refuse; index and item are null where it concerns the signature."""

    index: int | None
    item: str | None
    rule: str = Field(examples=["StaleSeq"], description="The contracts' custom error.")
    reason: str


class ProblemType(Shape):
    """One type of problem, explained."""

    type: str
    title: str
    status: int
    meaning: str
    remedy: str
