"""What administrators sign for their partners' keys is kept until the registry has it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "key_requests",
        sa.Column("id", INT64, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="struct hash of what was signed"),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="KeyGrant or KeyRevocation"),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("signer", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("countersignature", sa.LargeBinary(), nullable=True, comment="the new key's"),
        sa.Column(
            "status",
            sa.String(length=8),
            nullable=False,
            comment="pending, sent, included, final or rejected",
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tx", sa.LargeBinary(), nullable=True),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="grows with each change",
        ),
        sa.Column("submitted", INT64, nullable=False, comment="Unix seconds"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        if_not_exists=True,
    )
    op.create_index("ix_key_requests_key", "key_requests", ["key"], if_not_exists=True)
    op.create_index("key_requests_open", "key_requests", ["status"], if_not_exists=True)
