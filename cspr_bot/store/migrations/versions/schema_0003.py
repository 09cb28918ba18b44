"""Who of several daemons on one server leads."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a row comes with the first who leads."""
    op.create_table(
        "leads",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
    )
