"""The outbox as dispatch sees it: a mail is claimed before it leaves, and what became of it is told once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.kept import NewEvent, OutboxMail
from cspr_bot.pipeline.ports import MAIL_STALE, Draft
from cspr_bot.store.cases import case_key, queue_events
from cspr_bot.store.database import Database, Transaction
from cspr_bot.store.outbox import opened_mail, reason_place, settle_group
from cspr_bot.store.tables import drafts, event_queue, outbox

_SENDABLE = (
    outbox.c.id,
    outbox.c.reference,
    outbox.c.notice,
    outbox.c.attempts,
    outbox.c.queued_at,
    outbox.c.claimed_at,
    outbox.c.is_listed,
    outbox.c.header_hash,
    outbox.c.sealed_head,
    outbox.c.sealed_content,
)
_NEXT = (
    select(outbox.c.id)
    .where(outbox.c.status == "waiting", outbox.c.not_before <= bindparam("of_now"))
    .order_by(outbox.c.not_before, outbox.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_CLAIM = (
    update(outbox)
    .where(outbox.c.id == _NEXT, outbox.c.status == "waiting")
    .values(status="sending", attempts=outbox.c.attempts + 1, claimed_at=bindparam("of_now"))
    .returning(*_SENDABLE)
)
_INTERRUPTED = select(*_SENDABLE).where(outbox.c.status == "sending").order_by(outbox.c.id)
_SETTLE = (
    update(outbox)
    .where(outbox.c.id == bindparam("of_id"), outbox.c.status.in_(bindparam("of_statuses", expanding=True)))
    .returning(
        outbox.c.reference,
        outbox.c.event,
        outbox.c.notice,
        outbox.c.role,
        outbox.c.when_all_sent,
        outbox.c.header_hash,
    )
)
_DRAFT = select(drafts.c.server_id).where(drafts.c.outbox_id == bindparam("of_id"))
_NOTE_DRAFT = insert_once(drafts)
_NOTE_DRAFT = _NOTE_DRAFT.on_conflict_do_update(
    index_elements=[drafts.c.outbox_id], set_={"server_id": _NOTE_DRAFT.excluded.server_id}
)
_FORGET_DRAFT = delete(drafts).where(drafts.c.outbox_id == bindparam("of_id"))
_BEARS = update(outbox).where(outbox.c.id == bindparam("of_id"))
_SEAL_REASON = update(outbox).where(outbox.c.id == bindparam("of_id"))
_SENT_SINCE = select(func.count()).select_from(outbox).where(outbox.c.sent_at >= bindparam("of_since"))
_SLOWED = (
    select(event_queue.c.id)
    .where(event_queue.c.name == "mail_slowed", event_queue.c.queued_at > bindparam("of_since"))
    .limit(1)
)
AN_HOUR = timedelta(hours=1)


class SqlDispatch:
    """`DispatchStore` over the database, and the same doors for a person.

    Each mark is a conditional UPDATE: only from the states from which it can be true, so one that comes twice, or
    late, after somebody else has decided, changes nothing.
    """

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def claim_outgoing(self, now: datetime) -> OutboxMail | None:
        """Claim the mail that may go first: one that was put off has its new moment, and stands behind."""
        with self._db.write() as tx:
            row = tx.row(_CLAIM, {"of_now": now})
            return None if row is None else _outbox_mail(tx, row)

    def interrupted_mails(self) -> Sequence[OutboxMail]:
        """Give the mails that were being sent when a process died."""
        with self._db.read() as tx:
            return [_outbox_mail(tx, row) for row in tx.rows(_INTERRUPTED)]

    def note_draft(self, outbox_id: int, draft: Draft) -> None:
        """Note that a mail is prepared, and which Message-ID it will bear where the server gave it another."""
        with self._db.write() as tx:
            tx.run(_NOTE_DRAFT, {"outbox_id": outbox_id, "server_id": draft.id})
            if draft.message_id is not None:
                tx.run(_BEARS, {"of_id": outbox_id, "message_hash": tx.ring.hash("message id", draft.message_id)})

    def mark_sent(self, outbox_id: int, at: datetime) -> None:
        """Note that a mail has left; where it was the last of its group, put that event in the queue."""
        with self._db.write() as tx:
            row = _settle(tx, outbox_id, ("sending", "unknown"), status="sent", sent_at=at, settled_at=at)
            if row is not None:
                tx.note(at, "dispatch", "mail_sent", row.reference, outbox=outbox_id, notice=row.notice)
                settle_group(tx, row, at)

    def mark_waiting(self, outbox_id: int, not_before: datetime, reason: str, *, keeps_draft: bool = False) -> None:
        """Put a mail back that could not be sent yet; its draft is forgotten where for certain nothing left."""
        with self._db.write() as tx:
            row = _settle(tx, outbox_id, ("sending",), status="waiting", not_before=not_before)
            if row is not None:
                _keep_reason(tx, outbox_id, row, reason)
                if not keeps_draft:
                    tx.run(_FORGET_DRAFT, {"of_id": outbox_id})

    def mark_slowed(self, outbox_id: int, at: datetime, not_before: datetime, reason: str) -> None:
        """Put a mail off that a limit holds back, and put `mail_slowed` in the queue of its case, once in an hour."""
        with self._db.write() as tx:
            row = _settle(tx, outbox_id, ("sending",), status="waiting", not_before=not_before)
            if row is None:
                return
            _keep_reason(tx, outbox_id, row, reason)
            if tx.row(_SLOWED, {"of_since": at - AN_HOUR}) is None:
                tx.note(at, "dispatch", "mail_slowed", row.reference, outbox=outbox_id, notice=row.notice)
                _tell_case(tx, row, outbox_id, "mail_slowed", at)

    def mark_unknown(self, outbox_id: int, at: datetime) -> None:
        """Note that nobody can tell whether a mail left, and put `mail_unknown` in the queue of its case."""
        with self._db.write() as tx:
            row = _settle(tx, outbox_id, ("sending",), status="unknown", settled_at=at)
            if row is not None:
                tx.note(at, "dispatch", "mail_unknown", row.reference, outbox=outbox_id, notice=row.notice)
                _tell_case(tx, row, outbox_id, "mail_unknown", at)

    def mark_failed(self, outbox_id: int, at: datetime, reason: str) -> None:
        """Give a mail up, and put `contact_undeliverable` in the queue of its case."""
        with self._db.write() as tx:
            row = _settle(tx, outbox_id, ("sending",), status="failed", settled_at=at)
            if row is not None:
                _keep_reason(tx, outbox_id, row, reason)
                tx.note(at, "dispatch", "mail_failed", row.reference, outbox=outbox_id, notice=row.notice)
                _tell_case(tx, row, outbox_id, "contact_undeliverable", at)

    def send_back(self, outbox_id: int, at: datetime, reason: str) -> None:
        """Take a mail back that must not go as it is, and queue `mail_stale` so that it is written anew."""
        with self._db.write() as tx:
            row = _settle(tx, outbox_id, ("sending",), status="cancelled", settled_at=at, awaits_rewriting=True)
            if row is not None:
                _keep_reason(tx, outbox_id, row, reason)
                tx.note(at, "dispatch", "mail_sent_back", row.reference, outbox=outbox_id, notice=row.notice)
                _tell_case(tx, row, outbox_id, MAIL_STALE, at)

    def count_sent(self, since: datetime, *, recipient: str | None = None, listed: bool | None = None) -> int:
        """Count the mails sent since a moment, to one address, or to listed or unlisted recipients only."""
        counted = _SENT_SINCE
        if recipient is not None:
            counted = counted.where(outbox.c.recipient_hash == self._db.ring.hash("recipient", recipient.lower()))
        if listed is not None:
            counted = counted.where(outbox.c.is_listed == listed)
        with self._db.read() as tx:
            return int(tx.rows(counted, {"of_since": since})[0][0])

    def retry(self, outbox_id: int, at: datetime) -> bool:
        """Let a person send a mail that failed or may have left, or one that waits, at once; False for any other."""
        with self._db.write() as tx:
            row = _settle(
                tx, outbox_id, ("unknown", "failed", "waiting"), status="waiting", not_before=at, settled_at=None
            )
            if row is not None:
                tx.run(_FORGET_DRAFT, {"of_id": outbox_id})  # they answer for it: it is not asked about any more
                tx.note(at, "person", "mail_retried", row.reference, outbox=outbox_id, notice=row.notice)
            return row is not None

    def cancel(self, outbox_id: int, at: datetime) -> bool:
        """Let a person give a mail up; False where it has left, is leaving, or was cancelled before."""
        with self._db.write() as tx:
            row = _settle(tx, outbox_id, ("waiting", "unknown", "failed"), status="cancelled", settled_at=at)
            if row is not None:
                tx.note(at, "person", "mail_cancelled", row.reference, outbox=outbox_id, notice=row.notice)
                settle_group(tx, row, at)
            return row is not None


def _outbox_mail(tx: Transaction, row: Row[Any]) -> OutboxMail:
    draft = tx.row(_DRAFT, {"of_id": row.id})
    return OutboxMail(
        id=row.id,
        case=row.reference,
        notice=row.notice,
        mail=opened_mail(case_key(tx, row.reference), row),
        attempts=row.attempts,
        queued_at=row.queued_at,
        claimed_at=row.claimed_at,
        is_listed=row.is_listed,
        draft=None if draft is None else Draft(draft.server_id),
    )


def _settle(tx: Transaction, outbox_id: int, statuses: tuple[str, ...], **values: object) -> Row[Any] | None:
    return tx.row(_SETTLE, {"of_id": outbox_id, "of_statuses": statuses, **values})


def _keep_reason(tx: Transaction, outbox_id: int, row: Row[Any], reason: str) -> None:
    sealed = case_key(tx, row.reference).seal(reason_place(row.header_hash), reason.encode(errors="replace"))
    tx.run(_SEAL_REASON, {"of_id": outbox_id, "sealed_reason": sealed})


def _tell_case(tx: Transaction, row: Row[Any], outbox_id: int, name: str, at: datetime) -> None:
    fields = {"role": row.role, "notice": row.notice, "outbox": str(outbox_id)}
    queue_events(tx, [NewEvent(row.reference, name, at, "clock", "cspr-bot", fields)], at)
