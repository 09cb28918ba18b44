"""The tables: what the four queues, the cases and the audit log look like on disk.

Only what a queue or a deadline needs stands in the clear: moments, states, stages, roles, references. All that speaks
of a person is in a column named `sealed...` (see `encryption`), and what must be found again without being readable
is a keyed hash (`..._hash`). So a stolen file tells nothing, and with the key lost the deadlines can still be read.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.types import TypeEngine


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC and given back in UTC.

    SQLite knows no zones: there it is ISO 8601 of one length, so that the order of the text is that of time, and that
    whoever opens the file can read it.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: "Dialect") -> "TypeEngine[Any]":
        """Take text where the database has no better."""
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: "Dialect") -> datetime | str | None:
        """Refuse a naive moment: which zone it meant is nobody's guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be kept")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | str | None, dialect: "Dialect") -> datetime | None:  # noqa: ARG002
        """Give every moment in UTC, whatever the session of a server has for its zone."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)


def _one_of(name: str, *words: str) -> CheckConstraint:
    """Hold a column to its words, so that no hand and no bug can invent a state that no query looks for."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(text(f"{name} IN ({listed})"), name=name)


def _where(name: str, *columns: "Column[object]", condition: "ColumnElement[bool]") -> Index:
    """Make an index over the few rows that a queue asks for, so that its cost does not grow with the archive."""
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


# ---------------------------------------------------------------------------------------------------------------------
# The installation itself

installation = Table(
    "installation",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

# One row for each master key that may open the installation's secret; two only while the keys are being changed.
keys = Table(
    "keys",
    metadata,
    Column("master_check", LargeBinary, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
)

# One row, on a server only: the number of the daemon that leads, and until when it does (see `lead`).
leads = Table(
    "leads",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", Moment, nullable=False),
)

# ---------------------------------------------------------------------------------------------------------------------
# Cases

cases = Table(
    "cases",
    metadata,
    Column("reference", String, primary_key=True),
    Column("provisional", Boolean, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("next_moment", Moment),
    Column("stages", JSON, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("sealed_state", LargeBinary, nullable=False),
    # Why its moment was put off; NULL while nothing stands in its way.
    Column("sealed_trouble", LargeBinary),
)
_where("ix_cases_due", cases.c.next_moment, condition=cases.c.next_moment.is_not(None))

# Cases whose key was destroyed: when, and who decided it.
erasures = Table(
    "erasures",
    metadata,
    Column("reference", ForeignKey("cases.reference"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# What the case was opened with: the form, the people, the first mail. Apart from `cases`, for it never changes.
referrals = Table(
    "referrals",
    metadata,
    Column("reference", ForeignKey("cases.reference"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# The tasks of a case, told again in the clear for the lists; the truth of a task is in its case's sealed state.
tasks = Table(
    "tasks",
    metadata,
    Column("reference", ForeignKey("cases.reference"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("timer", String, nullable=False),
    Column("agency", String),
    Column("roles", JSON, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("is_overdue", Boolean, nullable=False),
    _one_of("status", "open", "done", "cancelled"),
)
_where("ix_tasks_due", tasks.c.due_at, condition=tasks.c.status == text("'open'"))

# ---------------------------------------------------------------------------------------------------------------------
# The inbox

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("server_hash", LargeBinary, nullable=False, unique=True),
    Column("sha256", String(64), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("kind", String),
    # Deferred: the row of a referral names its case a moment before that is opened, in the same transaction.
    Column("reference", ForeignKey("cases.reference", deferrable=True, initially="DEFERRED")),
    Column("registered_at", Moment),
    Column("moved_to", String),
    Column("bounced", JSON(none_as_null=True)),
    Column("bounce_permanent", Boolean),
    Column("sealed", LargeBinary),
    Column("doubt", String),
    _one_of("status", "new", "filed", "held", "ignored"),
    sqlite_autoincrement=True,
)
_where("ix_inbox_new", inbox.c.id, condition=inbox.c.status == text("'new'"))
_where("ix_inbox_held", inbox.c.id, condition=inbox.c.status == text("'held'"))
_where("ix_inbox_unmoved", inbox.c.id, condition=inbox.c.moved_to.is_(None))
Index(None, inbox.c.reference)
Index(None, inbox.c.sha256)

# What the mailbox gave: byte for byte, and under which id.
originals = Table(
    "originals",
    metadata,
    Column("inbox_id", ForeignKey("inbox.id"), primary_key=True),
    Column("sealed_server_id", LargeBinary, nullable=False),
    Column("sealed_raw", LargeBinary, nullable=False),
)

# `inbox_id` is the mail that brought the form first, and empty where a person opened the case from a file.
form_digests = Table(
    "form_digests",
    metadata,
    Column("digest_hash", LargeBinary, primary_key=True),
    Column("reference", ForeignKey("cases.reference"), nullable=False),
    Column("inbox_id", ForeignKey("inbox.id")),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", LargeBinary, nullable=False),
    Column("reference", ForeignKey("cases.reference"), nullable=False, index=True),
    Column("inbox_id", ForeignKey("inbox.id"), nullable=False),
    Column("sealed_head", LargeBinary, nullable=False),
    Column("sealed_content", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# ---------------------------------------------------------------------------------------------------------------------
# Events: those that wait for the rules, and those that the rules accepted

event_queue = Table(
    "event_queue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", LargeBinary, nullable=False),
    Column("reference", ForeignKey("cases.reference"), nullable=False),
    Column("name", String, nullable=False),
    Column("source", String, nullable=False),
    Column("inbox_id", ForeignKey("inbox.id")),
    Column("queued_at", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("not_before", Moment),
    Column("settled_at", Moment),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_outcome", LargeBinary),
    _one_of("status", "waiting", "applied", "refused"),
    sqlite_autoincrement=True,
)
_where("ix_event_queue_waiting", event_queue.c.id, condition=event_queue.c.status == text("'waiting'"))

events = Table(
    "events",
    metadata,
    Column("reference", ForeignKey("cases.reference"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("known_at", Moment, nullable=False),
    Column("source", String, nullable=False),
    Column("inbox_id", ForeignKey("inbox.id")),
    Column("sealed", LargeBinary, nullable=False),
)

absences = Table(
    "absences",
    metadata,
    Column("contact_hash", LargeBinary, primary_key=True),
    Column("until", Date, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)

# ---------------------------------------------------------------------------------------------------------------------
# The contact list: it is a file, and here stands what the program knows of it

# Addresses whose holder's word is waited for, as long as the list says so.
asked_addresses = Table(
    "asked_addresses",
    metadata,
    Column("address_hash", LargeBinary, primary_key=True),
    Column("asked_at", Moment),
    Column("confirmed_at", Moment),
)

# Each list that was put in force by a command: the checksums of the file before and after, and sealed who did it.
list_changes = Table(
    "list_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("before", String(64), nullable=False),
    Column("after", String(64), nullable=False),
    Column("token", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# ---------------------------------------------------------------------------------------------------------------------
# The outbox

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", ForeignKey("cases.reference"), nullable=False),
    # One mail a (case, task or event, rung, recipient), for ever. NULL: it was taken back, and another has its place.
    Column("effect_key", LargeBinary, unique=True),
    Column("notice", String, nullable=False),
    Column("role", String, nullable=False),
    Column("task", String),
    Column("event", Integer),
    Column("rung", Integer, nullable=False),
    Column("level", String),
    Column("when_all_sent", String),
    Column("is_group_settled", Boolean, nullable=False),
    Column("awaits_rewriting", Boolean, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("claimed_at", Moment),
    Column("sent_at", Moment),
    Column("settled_at", Moment),
    Column("testing", Boolean, nullable=False),
    Column("is_listed", Boolean, nullable=False),
    Column("recipient_hash", LargeBinary, nullable=False),
    Column("message_hash", LargeBinary, nullable=False, index=True),
    Column("header_hash", LargeBinary, nullable=False, unique=True),
    Column("bounced_by", ForeignKey("inbox.id")),
    Column("bounce_permanent", Boolean),
    Column("sealed_head", LargeBinary, nullable=False),
    Column("sealed_reason", LargeBinary),
    Column("sealed_content", LargeBinary, nullable=False),  # last: a list that wants the others never reads past it
    _one_of("status", "waiting", "sending", "sent", "unknown", "failed", "cancelled"),
    sqlite_autoincrement=True,
)
_where("ix_outbox_waiting", outbox.c.not_before, outbox.c.id, condition=outbox.c.status == text("'waiting'"))
_where("ix_outbox_sending", outbox.c.id, condition=outbox.c.status == text("'sending'"))
Index(None, outbox.c.reference, outbox.c.task)
Index(None, outbox.c.reference, outbox.c.event, outbox.c.notice)
Index(None, outbox.c.sent_at)

# What was prepared in the mailbox before it was sent. Without a row here nothing can have left; a table of its own, for
# a column behind the content would let every list read past that.
drafts = Table(
    "drafts",
    metadata,
    Column("outbox_id", ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
    Column("server_id", Text, nullable=False),
)

codes = Table(
    "codes",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("outbox_id", ForeignKey("outbox.id"), nullable=False, unique=True),
    Column("reference", ForeignKey("cases.reference"), nullable=False),
    Column("task", String),
    Column("spent_at", Moment),
)
Index(None, codes.c.reference, codes.c.task)

# ---------------------------------------------------------------------------------------------------------------------
# The audit log: it names cases without a foreign key, for it outlives them

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("reference", String, index=True),
    Column("actor", String, nullable=False),
    Column("what", String, nullable=False),
    Column("details", JSON, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

# One row: the end of the chain under a keyed seal, so that cutting the tail off shows without any other witness.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)

# What the migrations have reached: Alembic's own table, which is told here so that a new home needs no Alembic.
alembic_version = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
