"""The tables, in two groups.

*Kept* tables hold what only we know: names, details, what was submitted. Losing them loses something.
*Derived* tables are the index: dropped and followed again from the chain, they come back equal, row for row.
Hashes, words and addresses are bytes; times are Unix seconds as the chain has them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    func,
    text,
)


class Uint64(TypeDecorator[int]):
    """A Solidity uint64, whose upper half no database's signed integer holds: 8 bytes, big-endian, so they sort."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.to_bytes(8, "big")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> int | None:
        return None if value is None else int.from_bytes(value, "big")


# Block numbers and Unix seconds outgrow PostgreSQL's 32-bit INTEGER; SQLite's INTEGER has 64 bits already.
Int64 = BigInteger().with_variant(Integer, "sqlite")
# Sorted by code points in both, whatever the database's own collation.
Sorted = Text().with_variant(Text(collation="C"), "postgresql")

kept = MetaData()
derived = MetaData()

item_names = Table(
    "item_names",
    kept,
    Column("item", LargeBinary, primary_key=True, comment="item id"),
    Column("uri", Text, nullable=False, unique=True, comment="canonical URI"),
    Column("salt", LargeBinary, nullable=False, comment="opens the item id"),
    Column("gtin", String(14), index=True),
    Column("serial", String(20), index=True),
    Column("made_up", Boolean, nullable=False, comment="the identity is invented for a demonstration"),
)

partner_names = Table(
    "partner_names",
    kept,
    Column("name_hash", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("business", Text, nullable=False, comment="what it does, in plain words"),
    Column("made_up", Boolean, nullable=False),
)

details = Table(
    "details",
    kept,
    Column("root", LargeBinary, primary_key=True, comment="what the chain commits to"),
    Column("item", LargeBinary, nullable=False, index=True),
)

fields = Table(
    "fields",
    kept,
    Column("root", LargeBinary, primary_key=True),
    Column("commitment", LargeBinary, primary_key=True),
    Column("audience", String(8), nullable=False, comment="public, partners or auditors"),
    Column("name", Text, comment="null once erased, like salt and value"),
    Column("salt", LargeBinary),
    Column("value", Text, comment="RFC 8785 canonical JSON"),
    ForeignKeyConstraint(["root"], ["details.root"]),
)

submissions = Table(
    "submissions",
    kept,
    Column("id", Int64, primary_key=True, comment="the order in which they came"),
    Column("item", LargeBinary, nullable=False),
    Column("disputes", Boolean, nullable=False, server_default=false(), comment="a challenge, by its count"),
    Column("seq", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("digest", LargeBinary, unique=True, comment="the event's; null where we sign when we send"),
    Column("details", LargeBinary, nullable=False, comment="root of what the reporter or giver says"),
    Column("acceptance_details", LargeBinary, comment="root of what the receiver says"),
    Column("status", String(8), nullable=False, comment="pending, sent, included, final or rejected"),
    Column("reason", Text, comment="why it was rejected"),
    Column("tx", LargeBinary),
    Column("revision", Integer, nullable=False, server_default=text("0"), comment="grows with each change"),
    Column("submitted", Int64, comment="Unix seconds"),
    Column("message", Text, comment="what was signed, as typed data has it"),
    Column("authorization", Int64, ForeignKey("authorizations.id"), comment="who signed, and beside what"),
    Column("leaf", Integer, comment="its place among what was signed together"),
    Column("receiver_authorization", Int64, ForeignKey("authorizations.id")),
    Column("receiver_leaf", Integer),
    Column("exceptions", Integer),
)
Index("submissions_open", submissions.c.status, submissions.c.id)
Index("submissions_item", submissions.c.item, submissions.c.seq)
Index("submissions_tx", submissions.c.tx)
_CLAIMED = text("status <> 'rejected'")  # one place in a history is for one event
Index(
    "submissions_place",
    submissions.c.item,
    submissions.c.disputes,
    submissions.c.seq,
    unique=True,
    sqlite_where=_CLAIMED,
    postgresql_where=_CLAIMED,
)

# One signature over one message or many: `leaves` has the struct hash of each, 32 bytes each, in order.
authorizations = Table(
    "authorizations",
    kept,
    Column("id", Int64, primary_key=True),
    Column("of", String(32), nullable=False, comment="the messages' EIP-712 type"),
    Column("signer", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("leaves", LargeBinary, nullable=False),
)

# What a request with an Idempotency-Key was answered, so that its repetition is answered alike.
answers_given = Table(
    "answers_given",
    kept,
    Column("key", String(255), primary_key=True),
    Column("request", LargeBinary, nullable=False, comment="SHA-256 of the request"),
    Column("answer", Text, nullable=False),
    Column("given", Int64, nullable=False, comment="Unix seconds"),
)

# A custody offer, or a ruling that moves custody, signed by one side and waiting for the other.
offers = Table(
    "offers",
    kept,
    Column("id", Int64, primary_key=True),
    Column("offer", LargeBinary, nullable=False, comment="struct hash of what was signed"),
    Column("giver", LargeBinary, nullable=False, comment="the key that signed it"),
    Column("kind", String(32), nullable=False),
    Column("item", LargeBinary, nullable=False, index=True),
    Column("from_partner", Integer, nullable=False, index=True),
    Column("to_partner", Integer, nullable=False),
    Column("prior", LargeBinary, comment="the slot that a custody offer names"),
    Column("deadline", Uint64, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("message", Text, nullable=False),
    Column("authorization", Int64, ForeignKey("authorizations.id"), nullable=False),
    Column("leaf", Integer, nullable=False),
    Column("made", Int64, nullable=False, comment="Unix seconds"),
    Column(
        "state", String(9), nullable=False, comment="open, accepted, declined, withdrawn, expired, voided"
    ),
    Column("reason", Text),
    Column("changed", Int64, nullable=False, comment="Unix seconds"),
    Column("event", LargeBinary, comment="digest of the hand-over that it became"),
    UniqueConstraint("offer", "giver"),
)
Index("offers_inbox", offers.c.to_partner, offers.c.state, offers.c.id)
Index("offers_event", offers.c.event)

# What administrators signed for their partners' keys, on its way to the registry.
key_requests = Table(
    "key_requests",
    kept,
    Column("id", Int64, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="struct hash of what was signed"),
    Column("kind", String(32), nullable=False, comment="KeyGrant or KeyRevocation"),
    Column("key", LargeBinary, nullable=False, index=True),
    Column("message", Text, nullable=False),
    Column("signer", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("countersignature", LargeBinary, comment="the new key's"),
    Column("status", String(8), nullable=False, comment="pending, sent, included, final or rejected"),
    Column("reason", Text),
    Column("tx", LargeBinary),
    Column("revision", Integer, nullable=False, server_default=text("0"), comment="grows with each change"),
    Column("submitted", Int64, nullable=False, comment="Unix seconds"),
)
Index("key_requests_open", key_requests.c.status)

# One account's transactions, each durable before it is broadcast: a nonce is never used for two things.
transactions = Table(
    "transactions",
    kept,
    Column("account", LargeBinary, primary_key=True),
    Column("nonce", Int64, primary_key=True),
    Column("hash", LargeBinary, nullable=False, comment="of the newest version"),
    Column("raw", LargeBinary, nullable=False),
    Column("to", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("gas", Int64, nullable=False),
    Column("max_fee", Uint64, nullable=False, comment="wei for a unit of gas"),
    Column("tip", Uint64, nullable=False, comment="wei for a unit of gas"),
    Column("state", String(8), nullable=False, comment="out, mined, final or lost"),
    Column("posted", Int64, nullable=False, comment="when the newest version was made; Unix seconds"),
    Column("block", Int64),
    Column("block_hash", LargeBinary),
)
Index("transactions_open", transactions.c.state)

transaction_versions = Table(
    "transaction_versions",
    kept,
    Column("hash", LargeBinary, primary_key=True),
    Column("account", LargeBinary, nullable=False),
    Column("nonce", Int64, nullable=False),
    Index("transaction_versions_nonce", "account", "nonce"),
)

# Who does what only one process may do, until when. The token grows with every holder: an expired one is refused.
leases = Table(
    "leases",
    kept,
    Column("name", String(32), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("token", Int64, nullable=False),
    Column("expires", Float(53), nullable=False, comment="Unix seconds"),
)

# Proofs taken while the node still served the state: an item's history stays provable when nodes have pruned it.
capture_blocks = Table(
    "capture_blocks",
    kept,
    Column("number", Int64, primary_key=True),
    Column("header", LargeBinary, nullable=False, comment="RLP"),
)
captures = Table(
    "captures",
    kept,
    Column("item", LargeBinary, primary_key=True),
    Column("block", Int64, ForeignKey("capture_blocks.number"), nullable=False),
    Column("nodes", LargeBinary, nullable=False, comment="hashes of the trie nodes, 32 bytes each"),
)
capture_nodes = Table(
    "capture_nodes",
    kept,
    Column("hash", LargeBinary, primary_key=True),
    Column("node", LargeBinary, nullable=False, comment="RLP"),
)
capture_progress = Table(
    "capture_progress",
    kept,
    Column("one", Integer, primary_key=True),
    Column("block", Int64, nullable=False, comment="changes up to this item in this block are captured"),
    Column("item", LargeBinary, nullable=False),
)

blocks = Table(
    "blocks",
    derived,
    Column("number", Int64, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("time", Int64, nullable=False),
    Column("journal", LargeBinary, nullable=False, comment="the ledger's journal after the block"),
    comment="the blocks in which something was recorded",
)

# What a reorganisation may still take back: where the chain and the index part is found by these hashes.
unfinal_blocks = Table(
    "unfinal_blocks",
    derived,
    Column("number", Int64, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("time", Int64, nullable=False),
    comment="every block after the final one, up to the cursor",
)
Index("blocks_time", blocks.c.time, blocks.c.number)

items = Table(
    "items",
    derived,
    Column("item", LargeBinary, primary_key=True),
    Column("slot", LargeBinary, nullable=False, comment="the contract's word, commits to the whole history"),
    Column("seq", Integer, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("on_hold", Boolean, nullable=False),
    Column("grade", Integer, nullable=False),
    Column("custodian", Integer, nullable=False),
    Column("challenges", LargeBinary, comment="the challenge word, null where nobody ever challenged"),
    Column("first_block", Int64, nullable=False),
    Column("last_block", Int64, nullable=False),
    Column("last_time", Int64, nullable=False),
    Column("uri", Text, comment="what follows is copied from names and intake details, for search"),
    Column("gtin", String(14)),
    Column("serial", String(20)),
    Column("title", Sorted),
    Column("category", Text),
    Column("brand", Sorted),
    Column("made_up", Boolean),
)
Index("items_newest", items.c.last_block, items.c.item)
Index("items_uri", items.c.uri)
Index("items_gtin_serial", items.c.gtin, items.c.serial)
Index("items_serial", items.c.serial)
Index("items_stage", items.c.stage, items.c.last_block)
Index("items_category", items.c.category, items.c.last_block)
Index("items_custodian", items.c.custodian, items.c.last_block)
Index("items_brand", items.c.brand, items.c.last_block)
Index("items_grade", items.c.grade, items.c.last_block)
# The other orders of a list of items, as `store.lists` writes them.
Index("items_first_seen", items.c.first_block, items.c.item)
Index("items_by_title", text("lower(substr(coalesce(title, ''), 1, 64))"), items.c.item)
Index("items_by_brand", text("lower(substr(coalesce(brand, ''), 1, 64))"), items.c.item)
_HELD = text("on_hold")  # few ever are: the index holds those alone
Index("items_held", items.c.last_block, items.c.item, sqlite_where=_HELD, postgresql_where=_HELD)

# The words an item is found by. Bytes, because they compare alike in every database, whatever its collation.
item_terms = Table(
    "item_terms",
    derived,
    Column("item", LargeBinary, primary_key=True),
    Column("term", LargeBinary, primary_key=True, comment="UTF-8, as `store.terms` writes it"),
    sqlite_with_rowid=False,
)
Index("item_terms_term", item_terms.c.term, item_terms.c.item)

events = Table(
    "events",
    derived,
    Column("item", LargeBinary, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("slot", LargeBinary, nullable=False, comment="the word that resulted"),
    Column("digest", LargeBinary, nullable=False),
    Column("block", Int64, nullable=False),
    Column("time", Int64, nullable=False),
    Column("tx", LargeBinary, nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("signer", LargeBinary, nullable=False, comment="of a hand-over, the giver"),
    Column("signer_partner", Integer, nullable=False),
    Column("signer_kind", Integer, nullable=False),
    Column("receiver", LargeBinary),
    Column("receiver_partner", Integer),
    Column("receiver_kind", Integer),
    Column("deadline", Uint64, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("acceptance_details", LargeBinary),
    Column("exceptions", Integer),
    Column("offer", LargeBinary, comment="of a withdrawal: the offer withdrawn"),
    Column("corrects", Integer),
    Column("answers", Integer),
    UniqueConstraint("block", "log_index"),
)
# What a reader asks for and finds seldom; the usual kinds are found by walking the newest events.
RARE_KINDS = "kind NOT IN ('Intake', 'ConditionReport', 'CustodyTransfer')"
Index(
    "events_rare",
    events.c.kind,
    events.c.block,
    events.c.log_index,
    sqlite_where=text(RARE_KINDS),
    postgresql_where=text(RARE_KINDS),
)

Index("events_signed", events.c.signer_partner, events.c.block, events.c.log_index)
_RECEIVED = text("receiver_partner IS NOT NULL")
Index(
    "events_received",
    events.c.receiver_partner,
    events.c.block,
    events.c.log_index,
    sqlite_where=_RECEIVED,
    postgresql_where=_RECEIVED,
)
# Eight bytes tell transactions apart, and take a quarter of the room.
Index("events_tx", func.substr(events.c.tx, 1, 8))

# How many events of each block went from which stage and grade to which (0: not known before): their sums say how
# many items are where, and an undone block takes its counts along.
flows = Table(
    "flows",
    derived,
    Column("block", Int64, ForeignKey("blocks.number", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("stage_before", Integer, primary_key=True),
    Column("stage", Integer, primary_key=True),
    Column("grade_before", Integer, primary_key=True),
    Column("grade", Integer, primary_key=True),
    Column("events", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# How many items of each category were first taken in, by block; the empty text where none was said.
first_intakes = Table(
    "first_intakes",
    derived,
    Column("block", Int64, ForeignKey("blocks.number", ondelete="CASCADE"), primary_key=True),
    Column("category", Text, primary_key=True),
    Column("items", Integer, nullable=False),
    sqlite_with_rowid=False,
)

challenges = Table(
    "challenges",
    derived,
    Column("item", LargeBinary, primary_key=True),
    Column("count", Integer, primary_key=True),
    Column("word", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("challenged", Integer, nullable=False),
    Column("block", Int64, nullable=False),
    Column("time", Int64, nullable=False),
    Column("tx", LargeBinary, nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("signer", LargeBinary, nullable=False),
    Column("signer_partner", Integer, nullable=False),
    Column("signer_kind", Integer, nullable=False),
    Column("deadline", Uint64, nullable=False),
    Column("details", LargeBinary, nullable=False),
    UniqueConstraint("block", "log_index"),
)

# Where one signature covers many messages, each record still gets its own leaf and path: a bundle takes one.
signatures = Table(
    "signatures",
    derived,
    Column("block", Int64, primary_key=True),
    Column("log_index", Integer, primary_key=True),
    Column("place", Integer, primary_key=True, comment="0 signer or giver, 1 receiver"),
    Column("signature", LargeBinary, nullable=False),
    Column("leaf", Integer, nullable=False),
    Column("path", LargeBinary, nullable=False, comment="32 bytes a step, from the leaf up"),
    sqlite_with_rowid=False,
)

partners = Table(
    "partners",
    derived,
    Column("partner", Integer, primary_key=True),
    Column("name_hash", LargeBinary, nullable=False),
    Column("allowed", Integer, nullable=False),
    Column("suspended", Boolean, nullable=False),
)

keys = Table(
    "keys",
    derived,
    Column("address", LargeBinary, primary_key=True),
    Column("partner", Integer, nullable=False, index=True),
    Column("roles", Integer, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("valid_from", Uint64, nullable=False),
    Column("valid_to", Uint64, nullable=False),
)

# Each change of a partner or key as the whole row that resulted: undoing a block leaves the last one before it.
partner_changes = Table(
    "partner_changes",
    derived,
    Column("block", Int64, primary_key=True),
    Column("log_index", Integer, primary_key=True),
    Column("partner", Integer, nullable=False),
    Column("name_hash", LargeBinary, nullable=False),
    Column("allowed", Integer, nullable=False),
    Column("suspended", Boolean, nullable=False),
)
Index("partner_changes_partner", partner_changes.c.partner, partner_changes.c.block)

key_changes = Table(
    "key_changes",
    derived,
    Column("block", Int64, primary_key=True),
    Column("log_index", Integer, primary_key=True),
    Column("address", LargeBinary, nullable=False),
    Column("partner", Integer, nullable=False),
    Column("roles", Integer, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("valid_from", Uint64, nullable=False),
    Column("valid_to", Uint64, nullable=False),
)
Index("key_changes_address", key_changes.c.address, key_changes.c.block)

cursor = Table(
    "cursor",
    derived,
    Column("one", Integer, primary_key=True),
    Column("ledger", LargeBinary, nullable=False, comment="whose records these are"),
    Column("block", Int64, nullable=False, comment="everything up to and with this block is indexed"),
    Column("hash", LargeBinary, nullable=False),
    Column("time", Int64, nullable=False),
    Column("journal", LargeBinary, nullable=False),
    Column("finalized", Int64, nullable=False),
    Column("head", Int64, nullable=False),
    Column("proven", Int64, nullable=False, comment="up to here the journal was compared with the chain's"),
)

index_shape = Table(
    "index_shape",
    derived,
    Column(
        "shape", String(64), primary_key=True, comment="hash of what made these tables; another: made anew"
    ),
)
