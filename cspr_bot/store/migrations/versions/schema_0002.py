"""What intake knew against a mail, and what was prepared in the mailbox before it was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column to the inbox, and a table beside the outbox."""
    op.add_column("inbox", sa.Column("doubt", sa.String))
    op.create_table(
        "drafts",
        sa.Column("outbox_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("server_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name="pk_drafts"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_drafts_outbox_id"),
    )
