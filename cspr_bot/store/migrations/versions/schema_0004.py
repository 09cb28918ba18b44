"""Which addresses of the contact list were asked and confirmed, and who changed the list."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "asked_addresses",
        sa.Column("address_hash", sa.LargeBinary, nullable=False),
        sa.Column("asked_at", _MOMENT),
        sa.Column("confirmed_at", _MOMENT),
        sa.PrimaryKeyConstraint("address_hash", name="pk_asked_addresses"),
    )
    op.create_table(
        "list_changes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("after", sa.String(64), nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_list_changes"),
        sqlite_autoincrement=True,
    )
