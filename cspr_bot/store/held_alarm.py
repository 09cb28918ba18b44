"""What the alarm of held mails asks of the store, and the one row that says when the last was written."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from cspr_bot.pipeline.digest_facts import HeldMail
from cspr_bot.pipeline.kept import WrittenMail
from cspr_bot.store.database import Database, Transaction
from cspr_bot.store.digest import last_digest, set_value, value_of
from cspr_bot.store.dossier import put_in_dossier
from cspr_bot.store.progression import read_absences
from cspr_bot.store.registration import read_head
from cspr_bot.store.tables import inbox, tasks

_NAME = "held_alarm"
_SINCE = select(func.min(inbox.c.registered_at).label("since")).where(inbox.c.status == "held")
_HELD = select(inbox.c.id, inbox.c.received_at).where(inbox.c.status == "held").order_by(inbox.c.id)
_CLOCKS = (
    select(tasks.c.reference, func.min(tasks.c.due_at).label("ends_at"))
    .where(tasks.c.status == "open", tasks.c.reference.like("held:%"))
    .group_by(tasks.c.reference)
)


class SqlHeldAlarm:
    """`HeldAlarmStore` over the database."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def held_since(self) -> datetime | None:
        """Give when the mail that has waited longest for a person was held; None where none waits."""
        with self._db.read() as tx:
            since: datetime | None = tx.rows(_SINCE)[0].since
            return since

    def held_mails(self) -> Sequence[HeldMail]:
        """Give every mail that waits for a person, the oldest first, with the first deadline that runs with it."""
        with self._db.read() as tx:
            ends = {row.reference: row.ends_at for row in tx.rows(_CLOCKS)}
            return [
                HeldMail(row.id, row.received_at, read_head(tx, row.id).reasons, ends.get(f"held:{row.id}"))
                for row in tx.rows(_HELD)
            ]

    def last_told(self) -> datetime | None:
        """Give when a mail last told of all that is held: an alarm, or the page of a morning."""
        with self._db.read() as tx:
            return _last_told(tx)

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day; the last day away counts."""
        with self._db.read() as tx:
            return read_absences(tx, on)

    def put_alarm(self, at: datetime, last: datetime | None, mails: Sequence[WrittenMail]) -> bool:
        """Put an alarm in the outbox and remember it; of two of us the second finds it done."""
        with self._db.write() as tx:
            if _last_told(tx) != last:
                return False
            put_in_dossier(tx, mails, at)
            set_value(tx, _NAME, at.isoformat())
            tx.note(at, "clock", "held_mails_told", mails=len(mails))
            return True


def _last_told(tx: Transaction) -> datetime | None:
    alarm, page = value_of(tx, _NAME), last_digest(tx)
    moments = [datetime.fromisoformat(alarm)] if alarm is not None else []
    return max([*moments, *([page[1]] if page is not None else [])], default=None)
