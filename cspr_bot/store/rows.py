"""What is told of the queues and the cases: values in the words of the JSON that the commands print."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cspr_bot.procedure.case import Case
from cspr_bot.referral.form import ReferralForm


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a bounce told: which of our recipients were not reached, and whether it is worth trying again."""

    recipients: tuple[str, ...]
    permanent: bool | None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A mail received, and what became of it."""

    id: int
    sha256: str
    message_id: str | None
    sender: str | None
    received_at: datetime
    taken_at: datetime
    kind: str | None
    status: str
    case: str | None
    reasons: tuple[str, ...]
    released_by: str | None
    bounce: Bounce | None


@dataclass(frozen=True, slots=True)
class NextDue:
    """The duty of a case that is due first."""

    timer: str
    due_at: datetime
    role: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list."""

    reference: str
    opened_at: datetime
    stages: Mapping[str, str | Mapping[str, str]]
    next_due: NextDue | None
    flags: tuple[str, ...]
    next_moment: datetime | None
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A duty; `rungs_sent` is the highest number on a reminder of it that has left."""

    id: str
    timer: str
    roles: tuple[str, ...]
    agency: str | None
    day_zero: date
    due_at: datetime
    status: str
    done_at: datetime | None
    rungs_sent: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of a case, by its number. `is_withdrawn`: it was recorded, and taken back later."""

    id: int
    at: datetime
    known_at: datetime
    name: str
    by: str
    source: str
    fields: Mapping[str, str]
    inbox_id: int | None
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail of a case, by its number in the outbox."""

    id: int
    message_id: str
    notice: str
    task: str | None
    role: str
    to: str
    sent_at: datetime | None
    status: str
    rung: int
    level: str | None
    bounced: str | None


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file kept with a case."""

    id: int
    inbox_id: int
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class CaseReport:
    """One case whole. `trouble` is why an event or its clock could not be worked on, where it could not."""

    row: CaseRow
    case: Case
    tasks: tuple[TaskRow, ...]
    events: tuple[EventRow, ...]
    mails: tuple[MailRow, ...]
    attachments: tuple[AttachmentRow, ...]
    referral: ReferralForm | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class DueRow:
    """An open duty, across cases."""

    case: str
    task: str
    timer: str
    roles: tuple[str, ...]
    agency: str | None
    due_at: datetime
    rung: int
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A mail waiting, sent or failed."""

    id: int
    case: str
    notice: str
    role: str
    to: str
    status: str
    testing: bool
    attempts: int
    queued_at: datetime
    not_before: datetime
    sent_at: datetime | None
    message_id: str
    reason: str | None
    rung: int
    level: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How full the queues are: status → number of rows, and the oldest mail that ought to have left by now."""

    inbox: Mapping[str, int]
    events: Mapping[str, int]
    outbox: Mapping[str, int]
    oldest_waiting: datetime | None
