"""The tables that are kept: names, details, submissions.

They may be there already, from versions before migrations were counted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "details",
        sa.Column("root", sa.LargeBinary(), nullable=False, comment="what the chain commits to"),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("root"),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_details_item"), "details", ["item"], unique=False, if_not_exists=True)
    op.create_table(
        "item_names",
        sa.Column("item", sa.LargeBinary(), nullable=False, comment="item id"),
        sa.Column("uri", sa.Text(), nullable=False, comment="canonical URI"),
        sa.Column("salt", sa.LargeBinary(), nullable=False, comment="opens the item id"),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("serial", sa.String(length=20), nullable=True),
        sa.Column(
            "made_up", sa.Boolean(), nullable=False, comment="the identity is invented for a demonstration"
        ),
        sa.PrimaryKeyConstraint("item"),
        sa.UniqueConstraint("uri"),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_item_names_gtin"), "item_names", ["gtin"], unique=False, if_not_exists=True)
    op.create_index(op.f("ix_item_names_serial"), "item_names", ["serial"], unique=False, if_not_exists=True)
    op.create_table(
        "partner_names",
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("business", sa.Text(), nullable=False, comment="what it does, in plain words"),
        sa.Column("made_up", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name_hash"),
        if_not_exists=True,
    )
    op.create_table(
        "submissions",
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
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
        sa.PrimaryKeyConstraint("item", "seq"),
        if_not_exists=True,
    )
    op.create_index("submissions_open", "submissions", ["status"], unique=False, if_not_exists=True)
    op.create_table(
        "fields",
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False, comment="public, partners or auditors"),
        sa.Column("name", sa.Text(), nullable=True, comment="null once erased, like salt and value"),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True, comment="RFC 8785 canonical JSON"),
        sa.ForeignKeyConstraint(
            ["root"],
            ["details.root"],
        ),
        sa.PrimaryKeyConstraint("root", "commitment"),
        if_not_exists=True,
    )
