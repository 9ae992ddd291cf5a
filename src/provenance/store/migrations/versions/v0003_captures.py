"""Proofs that were taken while the node still served the state they are of."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "capture_blocks",
        sa.Column("number", INT64, nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False, comment="RLP"),
        sa.PrimaryKeyConstraint("number"),
        if_not_exists=True,
    )
    op.create_table(
        "captures",
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("block", INT64, nullable=False),
        sa.Column(
            "nodes", sa.LargeBinary(), nullable=False, comment="hashes of the trie nodes, 32 bytes each"
        ),
        sa.ForeignKeyConstraint(["block"], ["capture_blocks.number"]),
        sa.PrimaryKeyConstraint("item"),
        if_not_exists=True,
    )
    op.create_table(
        "capture_nodes",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("node", sa.LargeBinary(), nullable=False, comment="RLP"),
        sa.PrimaryKeyConstraint("hash"),
        if_not_exists=True,
    )
    op.create_table(
        "capture_progress",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column(
            "block", INT64, nullable=False, comment="changes up to this item in this block are captured"
        ),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one"),
        if_not_exists=True,
    )
