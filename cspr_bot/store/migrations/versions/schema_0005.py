"""A form that came by no mail is known again too: its digest lacks a mail to point to."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the column be empty. SQLite changes none in place: there the table is made anew with its rows."""
    with op.batch_alter_table("form_digests") as table:
        table.alter_column("inbox_id", existing_type=sa.Integer(), nullable=True)
