"""The machine's clock as something that can be wrong: by one that went back nothing is decided, and nothing is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from cspr_bot.pipeline.ports import Clock, TemporaryFailure

STEP = timedelta(minutes=10)  # less is what a time server puts right, or what two machines may differ by


class Log(Protocol):
    """What this needs of the audit log."""

    def last_entry_at(self) -> datetime | None:
        """Give the moment of the newest row; None where there is none."""
        ...

    def note(self, at: datetime, actor: str, what: str, reference: str | None = None, **details: str | int) -> None:
        """Write a row."""
        ...


class ClockGuard:
    """Holds the machine's clock against the log, and against the seconds since the machine started.

    `uptime` runs on while the machine sleeps, so a night in which it was suspended is no jump. A jump forwards is
    noted and worked by: what was due is due. One backwards stops the work until the clock has caught up, or until a
    person says that it is right, for a reminder that is sent by a wrong clock cannot be taken back.
    """

    def __init__(self, log: Log, clock: Clock, uptime: Callable[[], float]) -> None:
        self._log = log
        self._clock = clock
        self._uptime = uptime
        self._seen: tuple[datetime, float] | None = None

    def check(self) -> None:
        """Raise `TemporaryFailure` where the clock stands before the log's last entry; note a jump forwards."""
        now, uptime = self._clock.now(), self._uptime()
        last = self._log.last_entry_at()
        if last is not None and last - now > STEP:
            raise TemporaryFailure(
                f"the machine's clock says {now.isoformat()}, and the log was written at {last.isoformat()}: put the "
                "clock right; if it is right now and was wrong then, say so once with `cspr-bot run --clock-is-right`"
            )
        if self._seen is not None:
            jump = (now - self._seen[0]) - timedelta(seconds=uptime - self._seen[1])
            if abs(jump) > STEP:
                self._log.note(now, "clock", "clock_jumped", seconds=round(jump.total_seconds()))
        self._seen = now, uptime

    def confirm(self) -> None:
        """Note that a person has looked at the clock: from here on the log goes by it."""
        self._log.note(self._clock.now(), "person", "clock_confirmed")
