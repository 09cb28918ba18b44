"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A moment in UTC; SQLite has no type for it and keeps ISO 8601.
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make every table, those first to which others refer."""
    _make_installation()
    _make_cases()
    _make_inbox()
    _make_events()
    _make_outbox()


def _where(condition: str) -> dict[str, Any]:
    """Hold an index to the few rows that a queue asks for."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _make_installation() -> None:
    """The installation and its log."""
    op.create_table(
        "installation",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_installation"),
    )
    op.create_table(
        "keys",
        sa.Column("master_check", sa.LargeBinary, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("master_check", name="pk_keys"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reference", sa.String),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_reference", "audit", ["reference"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "absences",
        sa.Column("contact_hash", sa.LargeBinary, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("contact_hash", name="pk_absences"),
    )
    op.create_index("ix_absences_until", "absences", ["until"])


def _make_cases() -> None:
    """Cases and their duties."""
    op.create_table(
        "cases",
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("next_moment", MOMENT),
        sa.Column("stages", sa.JSON, nullable=False),
        sa.Column("flags", sa.JSON, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed_state", sa.LargeBinary, nullable=False),
        sa.Column("sealed_trouble", sa.LargeBinary),
        sa.PrimaryKeyConstraint("reference", name="pk_cases"),
    )
    op.create_index("ix_cases_due", "cases", ["next_moment"], **_where("next_moment IS NOT NULL"))
    op.create_table(
        "referrals",
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_referrals_reference"),
        sa.PrimaryKeyConstraint("reference", name="pk_referrals"),
    )
    op.create_table(
        "erasures",
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_erasures_reference"),
        sa.PrimaryKeyConstraint("reference", name="pk_erasures"),
    )
    op.create_table(
        "tasks",
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("timer", sa.String, nullable=False),
        sa.Column("agency", sa.String),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("rung", sa.Integer, nullable=False),
        sa.Column("is_overdue", sa.Boolean, nullable=False),
        sa.CheckConstraint("status IN ('open', 'done', 'cancelled')", name="ck_tasks_status"),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_tasks_reference"),
        sa.PrimaryKeyConstraint("reference", "id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_due", "tasks", ["due_at"], **_where("status = 'open'"))


def _make_inbox() -> None:
    """Mails received and what came with them."""
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("server_hash", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("kind", sa.String),
        sa.Column("reference", sa.String),
        sa.Column("registered_at", MOMENT),
        sa.Column("moved_to", sa.String),
        sa.Column("bounced", sa.JSON(none_as_null=True)),
        sa.Column("bounce_permanent", sa.Boolean),
        sa.Column("sealed", sa.LargeBinary),
        sa.CheckConstraint("status IN ('new', 'filed', 'held', 'ignored')", name="ck_inbox_status"),
        sa.ForeignKeyConstraint(
            ["reference"], ["cases.reference"], name="fk_inbox_reference", initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("server_hash", name="uq_inbox_server_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_held", "inbox", ["id"], **_where("status = 'held'"))
    op.create_index("ix_inbox_new", "inbox", ["id"], **_where("status = 'new'"))
    op.create_index("ix_inbox_reference", "inbox", ["reference"])
    op.create_index("ix_inbox_sha256", "inbox", ["sha256"])
    op.create_index("ix_inbox_unmoved", "inbox", ["id"], **_where("moved_to IS NULL"))
    op.create_table(
        "originals",
        sa.Column("inbox_id", sa.Integer, nullable=False),
        sa.Column("sealed_server_id", sa.LargeBinary, nullable=False),
        sa.Column("sealed_raw", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_originals_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", name="pk_originals"),
    )
    op.create_table(
        "form_digests",
        sa.Column("digest_hash", sa.LargeBinary, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("inbox_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_form_digests_inbox_id"),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_form_digests_reference"),
        sa.PrimaryKeyConstraint("digest_hash", name="pk_form_digests"),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("inbox_id", sa.Integer, nullable=False),
        sa.Column("sealed_head", sa.LargeBinary, nullable=False),
        sa.Column("sealed_content", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_attachments_inbox_id"),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_attachments_reference"),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attachments_reference", "attachments", ["reference"])


def _make_events() -> None:
    """Events that wait and events that happened."""
    op.create_table(
        "event_queue",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("inbox_id", sa.Integer),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("not_before", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("sealed_outcome", sa.LargeBinary),
        sa.CheckConstraint("status IN ('waiting', 'applied', 'refused')", name="ck_event_queue_status"),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_event_queue_inbox_id"),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_event_queue_reference"),
        sa.PrimaryKeyConstraint("id", name="pk_event_queue"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_queue_waiting", "event_queue", ["id"], **_where("status = 'waiting'"))
    op.create_table(
        "events",
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("inbox_id", sa.Integer),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_events_inbox_id"),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_events_reference"),
        sa.PrimaryKeyConstraint("reference", "number", name="pk_events"),
    )


def _make_outbox() -> None:
    """Mails written and their answer codes."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("effect_key", sa.LargeBinary),
        sa.Column("notice", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("task", sa.String),
        sa.Column("event", sa.Integer),
        sa.Column("rung", sa.Integer, nullable=False),
        sa.Column("level", sa.String),
        sa.Column("when_all_sent", sa.String),
        sa.Column("is_group_settled", sa.Boolean, nullable=False),
        sa.Column("awaits_rewriting", sa.Boolean, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.Column("testing", sa.Boolean, nullable=False),
        sa.Column("is_listed", sa.Boolean, nullable=False),
        sa.Column("recipient_hash", sa.LargeBinary, nullable=False),
        sa.Column("message_hash", sa.LargeBinary, nullable=False),
        sa.Column("header_hash", sa.LargeBinary, nullable=False),
        sa.Column("bounced_by", sa.Integer),
        sa.Column("bounce_permanent", sa.Boolean),
        sa.Column("sealed_head", sa.LargeBinary, nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary),
        sa.Column("sealed_content", sa.LargeBinary, nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'sending', 'sent', 'unknown', 'failed', 'cancelled')", name="ck_outbox_status"
        ),
        sa.ForeignKeyConstraint(["bounced_by"], ["inbox.id"], name="fk_outbox_bounced_by"),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_outbox_reference"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("effect_key", name="uq_outbox_effect_key"),
        sa.UniqueConstraint("header_hash", name="uq_outbox_header_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_message_hash", "outbox", ["message_hash"])
    op.create_index("ix_outbox_reference_event_notice", "outbox", ["reference", "event", "notice"])
    op.create_index("ix_outbox_reference_task", "outbox", ["reference", "task"])
    op.create_index("ix_outbox_sending", "outbox", ["id"], **_where("status = 'sending'"))
    op.create_index("ix_outbox_sent_at", "outbox", ["sent_at"])
    op.create_index("ix_outbox_waiting", "outbox", ["not_before", "id"], **_where("status = 'waiting'"))
    op.create_table(
        "codes",
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("outbox_id", sa.Integer, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("task", sa.String),
        sa.Column("spent_at", MOMENT),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_codes_outbox_id"),
        sa.ForeignKeyConstraint(["reference"], ["cases.reference"], name="fk_codes_reference"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_codes"),
        sa.UniqueConstraint("outbox_id", name="uq_codes_outbox_id"),
    )
    op.create_index("ix_codes_reference_task", "codes", ["reference", "task"])
