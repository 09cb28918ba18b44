"""What the digest asks of the store, the one row that says when the last was written, and the dossier it lies in."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.digest_facts import DayBook, HeldMail, PastEvent, SentMail, StuckMail, WeekBook
from cspr_bot.pipeline.kept import WrittenMail
from cspr_bot.procedure.case import Case
from cspr_bot.store.cases import case_key, state_place
from cspr_bot.store.database import Database, Transaction
from cspr_bot.store.dossier import put_in_dossier
from cspr_bot.store.progression import read_absences
from cspr_bot.store.reconciling import read_reconciled
from cspr_bot.store.records import from_bytes
from cspr_bot.store.registration import read_head
from cspr_bot.store.tables import audit, cases, events, inbox, installation, outbox

DIGEST = "digest"  # the dossier of every digest: it has no stages, no tasks and no clock
_VALUE = select(installation.c.value).where(installation.c.name == bindparam("of_name"))
_set = insert_once(installation)
_SET = _set.on_conflict_do_update(index_elements=[installation.c.name], set_={"value": _set.excluded.value})

_CASES = select(cases.c.reference, cases.c.stages, cases.c.sealed_state, cases.c.sealed_trouble).where(
    cases.c.reference != DIGEST
)
_HELD = select(inbox.c.id, inbox.c.received_at).where(inbox.c.status == "held").order_by(inbox.c.id)
_NEW = select(func.count()).select_from(inbox).where(inbox.c.taken_at > bindparam("of_since"))
_FIRST_MAIL = select(inbox.c.id).where(inbox.c.taken_at < bindparam("of_before")).limit(1)
_FIRST_CASE = select(cases.c.reference).where(cases.c.opened_at < bindparam("of_before")).limit(1)
_STUCK = (
    select(outbox.c.id, outbox.c.reference, outbox.c.notice, outbox.c.role, outbox.c.status)
    .where(
        or_(
            outbox.c.status.in_(("failed", "unknown")),
            (outbox.c.status == "waiting") & (outbox.c.queued_at <= bindparam("of_since")),
        )
    )
    .order_by(outbox.c.id)
)
_SENT = (
    select(outbox.c.reference, outbox.c.notice)
    .where(outbox.c.sent_at > bindparam("of_since"), outbox.c.reference != DIGEST)
    .order_by(outbox.c.id)
)
_PAST = (
    select(events.c.reference, events.c.name, events.c.source, events.c.known_at)
    .where(events.c.known_at > bindparam("of_since"), events.c.reference != DIGEST)
    .order_by(events.c.known_at, events.c.reference, events.c.number)
)
_FIRST, _END = bindparam("of_first", type_=audit.c.at.type), bindparam("of_end", type_=audit.c.at.type)
_TAKEN = (
    select(func.count()).select_from(audit).where(audit.c.what == "mail_kept", audit.c.at >= _FIRST, audit.c.at < _END)
)
_BECAME = (
    select(inbox.c.status, inbox.c.kind, func.count().label("mails"))
    .where(inbox.c.taken_at >= _FIRST, inbox.c.taken_at < _END)
    .group_by(inbox.c.status, inbox.c.kind)  # a comparison is another one each time, says PostgreSQL
)
_LEFT = select(func.count()).select_from(outbox).where(outbox.c.sent_at >= _FIRST, outbox.c.sent_at < _END)


class SqlDigest:
    """`DigestStore` over the database."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def last_digest(self) -> datetime | None:
        """Give when the last digest was written."""
        with self._db.read() as tx:
            written = last_digest(tx)
            return None if written is None else written[1]

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day; the last day away counts."""
        with self._db.read() as tx:
            return read_absences(tx, on)

    def has_begun(self, before: datetime) -> bool:
        """Say whether any mail had come, or any case was open, before a moment."""
        with self._db.read() as tx:
            return any(tx.row(first, {"of_before": before}) is not None for first in (_FIRST_MAIL, _FIRST_CASE))

    def day_book(self, since: datetime, now: datetime, final: Collection[str]) -> DayBook:  # noqa: ARG002 - it is now
        """Give everything that a digest tells of, as it is at one moment of the database."""
        with self._db.read() as tx:
            after = {"of_since": since}
            rows = [row for row in tx.rows(_CASES) if row.stages.get("main") not in final and row.sealed_state]
            return DayBook(
                cases=tuple(_case(tx, row) for row in rows),
                held=tuple(HeldMail(row.id, row.received_at, read_head(tx, row.id).reasons) for row in tx.rows(_HELD)),
                stuck=tuple(
                    StuckMail(row.id, row.reference, row.notice, row.role, row.status) for row in tx.rows(_STUCK, after)
                ),
                sent=tuple(SentMail(row.reference, row.notice) for row in tx.rows(_SENT, after)),
                events=tuple(
                    PastEvent(row.reference, row.name, row.source, row.known_at) for row in tx.rows(_PAST, after)
                ),
                received=int(tx.rows(_NEW, after)[0][0]),
                troubled=tuple(row.reference for row in rows if row.sealed_trouble is not None),
                reconciled=read_reconciled(tx),
            )

    def week_book(self, first: datetime, end: datetime) -> WeekBook:
        """Count a week's mails twice over: as intake told the log of them, and as they lie in the inbox."""
        with self._db.read() as tx:
            week = {"of_first": first, "of_end": end}
            became: Counter[str] = Counter()
            for row in tx.rows(_BECAME, week):
                became["form" if row.status == "filed" and row.kind == "referral" else row.status] += row.mails
            return WeekBook(
                taken=int(tx.rows(_TAKEN, week)[0][0]),
                forms=became["form"],
                answers=became["filed"],
                held=became["held"],
                noise=became["ignored"],
                waiting=became["new"],
                sent=int(tx.rows(_LEFT, week)[0][0]),
            )

    def put_digest(self, at: datetime, on: date, mails: Sequence[WrittenMail]) -> bool:
        """Put the digest of a day in the outbox and remember it; False where that day's was written already.

        Of two of us the second finds it done; where the database lets both go on, the key of the mail holds it back.
        """
        with self._db.write() as tx:
            if (written := last_digest(tx)) is not None and written[0] >= on:
                return False
            put_in_dossier(tx, mails, at)
            set_value(tx, DIGEST, f"{on.isoformat()} {at.isoformat()}")
            tx.note(at, "clock", "digest_written", day=on.isoformat(), mails=len(mails))
            return True


class SqlNotices:
    """`NoticeStore` over the database."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day; the last day away counts."""
        with self._db.read() as tx:
            return read_absences(tx, on)

    def put_notices(self, at: datetime, mails: Sequence[WrittenMail]) -> None:
        """Put what the program has to tell of itself in the outbox; what was put there before is the same mail."""
        with self._db.write() as tx:
            put_in_dossier(tx, mails, at)


def last_digest(tx: Transaction) -> tuple[date, datetime] | None:
    """Give the day of the last digest, and the moment at which it was written."""
    value = value_of(tx, DIGEST)
    if value is None:
        return None
    day, _, at = value.partition(" ")
    return date.fromisoformat(day), datetime.fromisoformat(at)


def value_of(tx: Transaction, name: str) -> str | None:
    """Give what was last remembered under a name."""
    row = tx.row(_VALUE, {"of_name": name})
    return None if row is None else str(row.value)


def set_value(tx: Transaction, name: str, value: str) -> None:
    """Remember it, in the place of what was there."""
    tx.run(_SET, {"name": name, "value": value})


def _case(tx: Transaction, row: Row[Any]) -> Case:
    return from_bytes(Case, case_key(tx, row.reference).open(state_place(row.reference), row.sealed_state))
