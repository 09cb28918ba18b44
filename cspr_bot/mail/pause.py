"""How long a server wants to be left alone: nothing is asked before the time is up, not even by the next process."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from cspr_bot.pipeline.ports import MailboxFailure, PauseNote, TemporaryFailure

LONGEST_WAIT = 900
USUAL_WAIT = 30
SPARE = 1  # the house's clock tells whole seconds, and may be behind by nearly one


class Pause:
    """Until when nothing may be asked. It is read once from where it is kept, and written there with each new word."""

    def __init__(self, whose: str, now: Callable[[], datetime], note: PauseNote | None = None) -> None:
        self._whose = whose
        self._now = now
        self._note = note
        self._until: datetime | None = None

    def check(self) -> None:
        """Refuse to ask before the time is up: the caller comes again."""
        if self._until is None:
            self._until = (self._note.left_alone_until() if self._note else None) or datetime.min.replace(tzinfo=UTC)
        left = (self._until - self._now()).total_seconds()
        if 0 < left <= LONGEST_WAIT + SPARE:  # more was never asked for: a clock has been put back
            raise MailboxFailure(f"{self._whose} asked to be left alone for a while", retry_after=left)

    def begin(self, seconds: float) -> None:
        """Leave the server alone for so long, or for longer where it said so before.

        Where that cannot be kept now, this process at least heeds it.
        """
        now = self._now()
        until = now + timedelta(seconds=seconds + SPARE)
        if self._until is not None and until < self._until <= now + timedelta(seconds=LONGEST_WAIT + SPARE):
            return
        self._until = until
        if self._note is not None:
            with suppress(TemporaryFailure):
                self._note.leave_alone_until(self._until)


def seconds_to_wait(told: str | None, now: datetime) -> float:
    """Read a Retry-After, seconds or a date: a second at least, a quarter of an hour at most, half a minute untold."""
    if told is None:
        return USUAL_WAIT
    text = told.strip()
    if text.isascii() and text.isdecimal():
        return bounded(float(text[:12]))
    moment = http_date(text)
    return USUAL_WAIT if moment is None else bounded((moment - now).total_seconds())


def bounded(seconds: float) -> float:
    """Heed what a server asks for, but for a second at least, and no longer than nobody would notice."""
    return min(max(seconds, 1), LONGEST_WAIT)


def http_date(text: str) -> datetime | None:
    """Read the date of a header; None where it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
