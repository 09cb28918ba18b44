"""Which of several daemons on one server leads: a lease with a number that only ever grows.

The row says who leads until when, by the server's own clock, so that no two hosts' clocks are ever compared. Whatever
the leader writes first renews the lease in the same transaction, under its number: a leader that was stopped for longer
than its lease, and lost it meanwhile, finds another number there, and nothing that it writes late is kept. The row's
lock puts a renewal and a taking-over in a line, so there is no moment at which two hold it.

A mail server knows no such number. So before each sending the leader also asks `has_time`: the lease, counted from
before it was last renewed and by a clock that goes on while the machine sleeps, must last longer than any call may.
"""

import time
from datetime import timedelta

from sqlalchemy import Connection, DateTime, Interval, bindparam, func, or_, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.ports import TemporaryFailure
from cspr_bot.store.tables import leads

LEASE = timedelta(seconds=120)
_ID = 1
_now = func.clock_timestamp(type_=DateTime(timezone=True))
_until = _now + bindparam("of_lease", type_=Interval)
_mine = (leads.c.id == _ID, leads.c.fence == bindparam("of_fence"))
_LAY = insert_once(leads).values(id=_ID, fence=0, until=_now).on_conflict_do_nothing(index_elements=[leads.c.id])
_TAKE = (
    update(leads)
    .where(leads.c.id == _ID, or_(leads.c.until <= _now, leads.c.fence == bindparam("of_fence")))
    .values(fence=leads.c.fence + 1, until=_until)
    .returning(leads.c.fence)
)
_RENEW = update(leads).where(*_mine).values(until=_until)
_GIVE_UP = update(leads).where(*_mine).values(until=_now)


class LeadLost(TemporaryFailure):
    """Another daemon leads by now: what was to be written is not."""


class Lead:
    """The lease of one process. One that never took it (a command) writes freely; one that lost it, never again."""

    __slots__ = ("_fence", "_lease", "_renewed_at", "is_held")

    def __init__(self, lease: timedelta = LEASE) -> None:
        self._lease = lease
        self._fence: int | None = None
        self.is_held = False  # as far as we know
        self._renewed_at = 0.0

    def take(self, connection: Connection) -> int | None:
        """Take the lead where it is ours or nobody's; give its new number, None where another leads."""
        connection.execute(_LAY)
        row = connection.execute(_TAKE, {"of_fence": self._fence or 0, "of_lease": self._lease}).one_or_none()
        return None if row is None else int(row.fence)

    def taken(self, fence: int | None, asked_at: float) -> bool:
        """Note what `take` gave once that is durable; say whether we lead."""
        self.is_held = fence is not None
        if fence is not None:
            self._fence, self._renewed_at = fence, asked_at
        return self.is_held

    def renew(self, connection: Connection) -> None:
        """Renew the lease in the transaction of whatever the leader writes; raise `LeadLost` where it is another's."""
        if self._fence is None:
            return
        if connection.execute(_RENEW, {"of_fence": self._fence, "of_lease": self._lease}).rowcount != 1:
            self.is_held = False
            raise LeadLost("another cspr-bot leads by now")

    def renewed(self, asked_at: float) -> None:
        """Note that a renewal is durable; `asked_at` is from before it was asked for."""
        self._renewed_at = asked_at

    def has_time(self) -> bool:
        """Say whether half the lease is left, which is longer than any call to a mail server may take."""
        return self.is_held and boot_seconds() - self._renewed_at < self._lease.total_seconds() / 2

    def give_up(self, connection: Connection) -> None:
        """Let the next take the lead at once."""
        connection.execute(_GIVE_UP, {"of_fence": self._fence or 0})
        self.is_held = False


def boot_seconds() -> float:
    """Give the seconds since the machine started, its sleep included: durations are measured by it, never moments."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
