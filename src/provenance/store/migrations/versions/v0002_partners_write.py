"""What partners sign is kept until it is on the chain; transactions, offers and leases beside it.

Submissions get a key of their own: a rejected one no longer takes the place of the next.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CLAIMED = sa.text("status <> 'rejected'")
OLD = "item, seq, kind, details, acceptance_details, status, reason, tx"


def upgrade() -> None:
    _make_authorizations_and_answers()
    _make_offers()
    _make_transactions()
    if "id" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("submissions")}:
        _make_submissions_anew()


def _make_authorizations_and_answers() -> None:
    op.create_table(
        "authorizations",
        sa.Column("id", INT64, nullable=False),
        sa.Column("of", sa.String(length=32), nullable=False, comment="the messages' EIP-712 type"),
        sa.Column("signer", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_table(
        "answers_given",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False, comment="SHA-256 of the request"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("given", INT64, nullable=False, comment="Unix seconds"),
        sa.PrimaryKeyConstraint("key"),
        if_not_exists=True,
    )


def _make_offers() -> None:
    op.create_table(
        "offers",
        sa.Column("id", INT64, nullable=False),
        sa.Column("offer", sa.LargeBinary(), nullable=False, comment="struct hash of what was signed"),
        sa.Column("giver", sa.LargeBinary(), nullable=False, comment="the key that signed it"),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("from_partner", sa.Integer(), nullable=False),
        sa.Column("to_partner", sa.Integer(), nullable=False),
        sa.Column("prior", sa.LargeBinary(), nullable=True, comment="the slot that a custody offer names"),
        sa.Column("deadline", sa.LargeBinary(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("authorization", INT64, nullable=False),
        sa.Column("leaf", sa.Integer(), nullable=False),
        sa.Column("made", INT64, nullable=False, comment="Unix seconds"),
        sa.Column(
            "state",
            sa.String(length=9),
            nullable=False,
            comment="open, accepted, declined, withdrawn, expired, voided",
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed", INT64, nullable=False, comment="Unix seconds"),
        sa.Column("event", sa.LargeBinary(), nullable=True, comment="digest of the hand-over that it became"),
        sa.ForeignKeyConstraint(["authorization"], ["authorizations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("offer", "giver"),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_offers_from_partner"), "offers", ["from_partner"], unique=False, if_not_exists=True
    )
    op.create_index(op.f("ix_offers_item"), "offers", ["item"], unique=False, if_not_exists=True)
    op.create_index("offers_event", "offers", ["event"], unique=False, if_not_exists=True)
    op.create_index("offers_inbox", "offers", ["to_partner", "state", "id"], unique=False, if_not_exists=True)


def _make_transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", INT64, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="of the newest version"),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("to", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("gas", INT64, nullable=False),
        sa.Column("max_fee", sa.LargeBinary(), nullable=False, comment="wei for a unit of gas"),
        sa.Column("tip", sa.LargeBinary(), nullable=False, comment="wei for a unit of gas"),
        sa.Column("state", sa.String(length=8), nullable=False, comment="out, mined, final or lost"),
        sa.Column("posted", INT64, nullable=False, comment="when the newest version was made; Unix seconds"),
        sa.Column("block", INT64, nullable=True),
        sa.Column("block_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("account", "nonce"),
        if_not_exists=True,
    )
    op.create_index("transactions_open", "transactions", ["state"], unique=False, if_not_exists=True)
    op.create_table(
        "transaction_versions",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", INT64, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
        if_not_exists=True,
    )
    op.create_index(
        "transaction_versions_nonce",
        "transaction_versions",
        ["account", "nonce"],
        unique=False,
        if_not_exists=True,
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("token", INT64, nullable=False),
        sa.Column("expires", sa.Float(precision=53), nullable=False, comment="Unix seconds"),
        sa.PrimaryKeyConstraint("name"),
        if_not_exists=True,
    )


def _make_submissions_anew() -> None:
    op.drop_index("submissions_open", "submissions")
    op.rename_table("submissions", "submissions_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX submissions_pkey RENAME TO submissions_before_pkey")
    op.create_table(
        "submissions",
        sa.Column("id", INT64, nullable=False, comment="the order in which they came"),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column(
            "disputes",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="a challenge, by its count",
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column(
            "digest", sa.LargeBinary(), nullable=True, comment="the event's; null where we sign when we send"
        ),
        sa.Column(
            "details", sa.LargeBinary(), nullable=False, comment="root of what the reporter or giver says"
        ),
        sa.Column(
            "acceptance_details", sa.LargeBinary(), nullable=True, comment="root of what the receiver says"
        ),
        sa.Column(
            "status",
            sa.String(length=8),
            nullable=False,
            comment="pending, sent, included, final or rejected",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it was rejected"),
        sa.Column("tx", sa.LargeBinary(), nullable=True),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="grows with each change",
        ),
        sa.Column("submitted", INT64, nullable=True, comment="Unix seconds"),
        sa.Column("message", sa.Text(), nullable=True, comment="what was signed, as typed data has it"),
        sa.Column("authorization", INT64, nullable=True, comment="who signed, and beside what"),
        sa.Column("leaf", sa.Integer(), nullable=True, comment="its place among what was signed together"),
        sa.Column("receiver_authorization", INT64, nullable=True),
        sa.Column("receiver_leaf", sa.Integer(), nullable=True),
        sa.Column("exceptions", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["authorization"], ["authorizations.id"]),
        sa.ForeignKeyConstraint(
            ["receiver_authorization"],
            ["authorizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("submissions_item", "submissions", ["item", "seq"], unique=False)
    op.create_index("submissions_open", "submissions", ["status", "id"], unique=False)
    op.create_index(
        "submissions_place",
        "submissions",
        ["item", "disputes", "seq"],
        unique=True,
        sqlite_where=CLAIMED,
        postgresql_where=CLAIMED,
    )
    op.create_index("submissions_tx", "submissions", ["tx"], unique=False)
    op.execute(
        f"INSERT INTO submissions ({OLD}) SELECT {OLD} FROM submissions_before ORDER BY item, seq"  # noqa: S608
    )
    op.drop_table("submissions_before")
