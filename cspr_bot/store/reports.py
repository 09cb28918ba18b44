"""What the commands ask: every queue, and every case, as values."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, Table, bindparam, func, select

from cspr_bot.procedure.case import Task
from cspr_bot.store.cases import case_key
from cspr_bot.store.database import Database, Transaction
from cspr_bot.store.encryption import DataKey
from cspr_bot.store.intake import raw_place
from cspr_bot.store.outbox import content_place, opened_head, reason_place
from cspr_bot.store.progression import event_place, put_off_event, read_case, trouble_place
from cspr_bot.store.records import AttachmentHead, InboxHead, Said, from_bytes
from cspr_bot.store.registration import attachment_place, inbox_place
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
from cspr_bot.store.tables import attachments, audit, cases, event_queue, events, inbox, originals, outbox, tasks

_OF_CASE = bindparam("of_reference", type_=String)
_INBOX = select(inbox).order_by(inbox.c.id.desc())
_HELD = _INBOX.where(inbox.c.status == "held")
_RECEIVED = _INBOX.where(inbox.c.reference == _OF_CASE)
_RAW = select(originals.c.sealed_raw).where(originals.c.inbox_id == bindparam("of_id"))

_LISTED = (
    cases.c.reference,
    cases.c.opened_at,
    cases.c.stages,
    cases.c.flags,
    cases.c.next_moment,
    cases.c.provisional,
)
_CASES = select(*_LISTED).order_by(cases.c.opened_at, cases.c.reference)
_CASE = select(*_LISTED, cases.c.sealed_trouble).where(cases.c.reference == _OF_CASE)
_DUE = select(tasks).where(tasks.c.status == "open").order_by(tasks.c.due_at, tasks.c.reference, tasks.c.id)
_DUE_UNTIL = _DUE.where(tasks.c.due_at <= bindparam("of_until"))
_DUE_IN_CASE = _DUE.where(tasks.c.reference == _OF_CASE)
_EVENTS = select(events).where(events.c.reference == _OF_CASE).order_by(events.c.number)
_FILES = (
    select(
        attachments.c.id,
        attachments.c.token,
        attachments.c.reference,
        attachments.c.inbox_id,
        attachments.c.sealed_head,
    )
    .where(attachments.c.reference == _OF_CASE)
    .order_by(attachments.c.id)
)
_FILE = select(attachments.c.token, attachments.c.reference, attachments.c.sealed_content).where(
    attachments.c.id == bindparam("of_id")
)

# Everything of a mail but its bytes: a list of a thousand does not open a thousand of them.
_HEADS = select(*(column for column in outbox.c if column.name != "sealed_content")).order_by(outbox.c.id)
_MAILS = _HEADS.where(outbox.c.reference == _OF_CASE)
_CONTENT = select(outbox.c.reference, outbox.c.header_hash, outbox.c.sealed_content).where(
    outbox.c.id == bindparam("of_id")
)
_RECIPIENTS = select(outbox.c.reference, outbox.c.header_hash, outbox.c.sealed_head).where(
    outbox.c.id.in_(bindparam("of_ids", expanding=True))
)
_LAST = select(func.max(audit.c.at))
_SLOWED = select(func.max(event_queue.c.queued_at)).where(
    event_queue.c.name == "mail_slowed", event_queue.c.queued_at > bindparam("of_since")
)
_OLDEST_WAITING = select(func.min(outbox.c.not_before)).where(outbox.c.status == "waiting")


class Reports:
    """Every question that changes nothing."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    # -----------------------------------------------------------------------------------------------------------------
    # The inbox

    def inbox_rows(self, *, held_only: bool = False) -> tuple[InboxRow, ...]:
        """Give every mail received, newest first, and what became of it."""
        with self._db.read() as tx:
            return tuple(_inbox_row(tx, row) for row in tx.rows(_HELD if held_only else _INBOX))

    def received_on(self, reference: str) -> tuple[InboxRow, ...]:
        """Give the mails that were filed on a case, newest first."""
        with self._db.read() as tx:
            return tuple(_inbox_row(tx, row) for row in tx.rows(_RECEIVED, {"of_reference": reference}))

    def original(self, inbox_id: int) -> bytes | None:
        """Give the bytes of a mail as the server gave them; None where there is none, or it was erased."""
        with self._db.read() as tx:
            row = tx.row(_RAW, {"of_id": inbox_id})
            if row is None or not row.sealed_raw:
                return None
            return tx.ring.installation.open(raw_place(inbox_id), row.sealed_raw)

    # -----------------------------------------------------------------------------------------------------------------
    # Cases

    def case_rows(self, *, hiding: Collection[str] = ()) -> tuple[CaseRow, ...]:
        """Give the cases, oldest first, but those whose main stage is one of `hiding` (the procedure's final ones)."""
        with self._db.read() as tx:
            first_due: dict[str, Row[Any]] = {}
            for due in tx.rows(_DUE):
                first_due.setdefault(due.reference, due)
            listed = (_case_row(row, first_due.get(row.reference)) for row in tx.rows(_CASES))
            return tuple(row for row in listed if row.stages.get("main") not in hiding)

    def case_report(self, reference: str) -> CaseReport | None:
        """Give one case whole; None where there is none. One that was erased is a `PermanentFailure` that says so."""
        with self._db.read() as tx:
            of_case = {"of_reference": reference}
            row = tx.row(_CASE, of_case)
            if row is None:
                return None
            key = case_key(tx, reference)
            file = read_case(tx, reference)
            mails = tuple(_mail_row(key, mail) for mail in tx.rows(_MAILS, of_case))
            numbers = {event.number for event in file.case.history}
            due = next(iter(tx.rows(_DUE_IN_CASE, of_case)), None)
            return CaseReport(
                row=_case_row(row, due),
                case=file.case,
                tasks=tuple(_task_row(task, mails) for task in file.case.tasks),
                events=tuple(_event_row(key, event, numbers) for event in tx.rows(_EVENTS, of_case)),
                mails=mails,
                attachments=tuple(_file_row(key, kept) for kept in tx.rows(_FILES, of_case)),
                referral=file.form,
                trouble=put_off_event(tx, reference) or _trouble(key, row),
            )

    def attachment(self, attachment_id: int) -> bytes | None:
        """Give the bytes of a kept file; None where there is none."""
        with self._db.read() as tx:
            row = tx.row(_FILE, {"of_id": attachment_id})
            if row is None:
                return None
            return case_key(tx, row.reference).open(attachment_place(row.token, "sealed_content"), row.sealed_content)

    def due_rows(self, until: datetime | None = None) -> tuple[DueRow, ...]:
        """Give the open duties that are due by a moment, or all of them, soonest first. No key is needed for this."""
        with self._db.read() as tx:
            found = tx.rows(_DUE) if until is None else tx.rows(_DUE_UNTIL, {"of_until": until})
            return tuple(_due_row(row) for row in found)

    # -----------------------------------------------------------------------------------------------------------------
    # The outbox

    def outbox_rows(self) -> tuple[OutboxRow, ...]:
        """Give every mail written, oldest first, but those of erased cases."""
        with self._db.read() as tx:
            return tuple(_outbox_row(case_key(tx, row.reference), row) for row in tx.rows(_HEADS) if row.sealed_head)

    def outgoing(self, outbox_id: int) -> bytes | None:
        """Give the exact bytes of a mail of ours; None where there is none."""
        with self._db.read() as tx:
            row = tx.row(_CONTENT, {"of_id": outbox_id})
            if row is None:
                return None
            return case_key(tx, row.reference).open(content_place(row.header_hash), row.sealed_content)

    def last_activity(self) -> datetime | None:
        """Give when the audit log was last written to; None for a home in which nothing has happened."""
        with self._db.read() as tx:
            at: datetime | None = tx.rows(_LAST)[0][0]
            return at

    def slowed_since(self, since: datetime) -> datetime | None:
        """Give when, after a moment, a limit last began to hold automatic mails back; None where none did."""
        with self._db.read() as tx:
            at: datetime | None = tx.rows(_SLOWED, {"of_since": since})[0][0]
            return at

    def counts(self) -> Counts:
        """Say how full the queues are: for the heartbeat, the weekly line and the health page."""
        with self._db.read() as tx:
            return Counts(
                inbox=_by_status(tx, inbox),
                events=_by_status(tx, event_queue),
                outbox=_by_status(tx, outbox),
                oldest_waiting=tx.rows(_OLDEST_WAITING)[0][0],
            )


# ---------------------------------------------------------------------------------------------------------------------
# Rows into values


def _inbox_row(tx: Transaction, row: Row[Any]) -> InboxRow:
    head = InboxHead()
    if row.sealed is not None:
        head = from_bytes(InboxHead, tx.ring.installation.open(inbox_place(row.id), row.sealed))
    return InboxRow(
        id=row.id,
        sha256=row.sha256,
        message_id=head.message_id,
        sender=head.sender,
        received_at=row.received_at,
        taken_at=row.taken_at,
        kind=row.kind,
        status=row.status,
        case=row.reference,
        reasons=head.reasons,
        released_by=head.released_by,
        bounce=_bounce(tx, row),
    )


def _bounce(tx: Transaction, row: Row[Any]) -> Bounce | None:
    if row.kind != "bounce":
        return None
    mails = [mail for mail in tx.rows(_RECIPIENTS, {"of_ids": row.bounced or []}) if mail.sealed_head]
    recipients = tuple(opened_head(case_key(tx, mail.reference), mail).recipient for mail in mails)
    return Bounce(recipients, row.bounce_permanent)


def _case_row(row: Row[Any], due: Row[Any] | None) -> CaseRow:
    return CaseRow(
        reference=row.reference,
        opened_at=row.opened_at,
        stages=row.stages,
        next_due=None if due is None else NextDue(due.timer, due.due_at, next(iter(due.roles), "")),
        flags=tuple(row.flags),
        next_moment=row.next_moment,
        is_provisional=row.provisional,
    )


def _task_row(task: Task, mails: Iterable[MailRow]) -> TaskRow:
    sent = (mail.rung for mail in mails if mail.task == task.id and mail.status == "sent")
    return TaskRow(
        id=task.id,
        timer=task.timer,
        roles=task.roles,
        agency=task.agency,
        day_zero=task.day_zero,
        due_at=task.due_at,
        status="overdue" if task.is_open and task.is_overdue else task.status,
        done_at=task.closed_at if task.status == "done" else None,
        rungs_sent=max(sent, default=0),
    )


def _event_row(key: DataKey, row: Row[Any], numbers: Collection[int]) -> EventRow:
    said = from_bytes(Said, key.open(event_place(row.reference, row.number), row.sealed))
    return EventRow(
        id=row.number,
        at=row.at,
        known_at=row.known_at,
        name=row.name,
        by=said.by,
        source=row.source,
        fields=said.fields,
        inbox_id=row.inbox_id,
        is_withdrawn=row.number not in numbers,
    )


def _mail_row(key: DataKey, row: Row[Any]) -> MailRow:
    head = opened_head(key, row)
    bounced = None if row.bounced_by is None else ("permanent" if row.bounce_permanent else "temporary")
    return MailRow(
        id=row.id,
        message_id=head.message_id,
        notice=row.notice,
        task=row.task,
        role=row.role,
        to=head.recipient,
        sent_at=row.sent_at,
        status=row.status,
        rung=row.rung,
        level=row.level,
        bounced=bounced,
    )


def _file_row(key: DataKey, row: Row[Any]) -> AttachmentRow:
    head = from_bytes(AttachmentHead, key.open(attachment_place(row.token, "sealed_head"), row.sealed_head))
    return AttachmentRow(row.id, row.inbox_id, head.name, head.media_type)


def _trouble(key: DataKey, row: Row[Any]) -> str | None:
    if row.sealed_trouble is None:
        return None
    return key.open(trouble_place(row.reference), row.sealed_trouble).decode()


def _due_row(row: Row[Any]) -> DueRow:
    return DueRow(
        case=row.reference,
        task=row.id,
        timer=row.timer,
        roles=tuple(row.roles),
        agency=row.agency,
        due_at=row.due_at,
        rung=row.rung,
        is_overdue=row.is_overdue,
    )


def due_rows(connection: Connection) -> tuple[DueRow, ...]:
    """Give every open duty, soonest first: nothing of it is sealed."""
    return tuple(_due_row(row) for row in connection.execute(_DUE))


def _outbox_row(key: DataKey, row: Row[Any]) -> OutboxRow:
    head = opened_head(key, row)
    reason = None if row.sealed_reason is None else key.open(reason_place(row.header_hash), row.sealed_reason).decode()
    return OutboxRow(
        id=row.id,
        case=row.reference,
        notice=row.notice,
        role=row.role,
        to=head.recipient,
        status=row.status,
        testing=row.testing,
        attempts=row.attempts,
        queued_at=row.queued_at,
        not_before=row.not_before,
        sent_at=row.sent_at,
        message_id=head.message_id,
        reason=reason,
        rung=row.rung,
        level=row.level,
    )


def _by_status(tx: Transaction, table: Table) -> dict[str, int]:
    rows = tx.rows(select(table.c.status, func.count().label("rows")).group_by(table.c.status))
    return {row.status: row.rows for row in rows}
