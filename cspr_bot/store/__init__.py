"""Everything that is kept, sealed and in order: the queues between the stations, the cases, the audit log."""

from cspr_bot.store.audit import AuditEntry, AuditFault, AuditHead, AuditRow
from cspr_bot.store.copying import fill
from cspr_bot.store.encryption import SealBrokenError, WrongKeyError
from cspr_bot.store.installation import WrongHomeError
from cspr_bot.store.introductions import AskedAddress
from cspr_bot.store.opening import Store, WrongSchemaError, open_store, read_deadlines, read_turned_clock
from cspr_bot.store.progression import EventOutcome
from cspr_bot.store.rows import (
    AttachmentRow,
    Bounce,
    CaseReport,
    CaseRow,
    Counts,
    DueRow,
    EventRow,
    InboxRow,
    MailRow,
    NextDue,
    OutboxRow,
    TaskRow,
)

__all__ = [
    "AskedAddress",
    "AttachmentRow",
    "AuditEntry",
    "AuditFault",
    "AuditHead",
    "AuditRow",
    "Bounce",
    "CaseReport",
    "CaseRow",
    "Counts",
    "DueRow",
    "EventOutcome",
    "EventRow",
    "InboxRow",
    "MailRow",
    "NextDue",
    "OutboxRow",
    "SealBrokenError",
    "Store",
    "TaskRow",
    "WrongHomeError",
    "WrongKeyError",
    "WrongSchemaError",
    "fill",
    "open_store",
    "read_deadlines",
    "read_turned_clock",
]
