"""Beside the stations: whoever can release held mails is told of them again each working hour, until somebody has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cspr_bot.pipeline.digest_facts import HeldLine, HeldMail
from cspr_bot.pipeline.dossier import DIGEST, Dossier
from cspr_bot.pipeline.facts import LetterFacts
from cspr_bot.pipeline.kept import WrittenMail
from cspr_bot.pipeline.ports import Chance, Clock, MailWriter
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.stores import HeldAlarmStore
from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.case import Notification, Seat

NOTICE = "N28-held-again"
AN_HOUR = timedelta(hours=1)
MOST_LINES = 20  # the oldest; a longer list would not be read


def is_time(oldest: datetime, last: datetime | None, now: datetime, calendar: WorkingCalendar) -> bool:
    """Say whether held mails are told of again: in office hours, an hour after the oldest was, and after the last time.

    `oldest` is when the one that has waited longest was held: it was told of at that moment, at any hour. So each is
    told of in every working hour, in one mail for all.
    """
    return calendar.is_open(now) and now - _latest(oldest, last) >= AN_HOUR


def is_in_vain(oldest: datetime, last: datetime | None) -> bool:
    """Say whether the co-ordinator was told of the oldest again, and nobody has decided: then the deputies hear too."""
    return last is not None and last > oldest


def _latest(oldest: datetime, last: datetime | None) -> datetime:
    return oldest if last is None else max(oldest, last)


@dataclass(frozen=True, slots=True)
class HeldAlarm:
    """Writes one mail an hour for all that is held, in office hours.

    When it was last written is kept in the transaction that puts it in the outbox, so whatever dies or runs twice, it
    goes once. The page of the morning tells of held mails as well, and counts for its hour. Hours in which the machine
    was off are not made up for.
    """

    store: HeldAlarmStore
    writer: MailWriter
    chance: Chance
    clock: Clock
    rules: Rules

    def step(self) -> bool:
        """Tell of what is held where it is time and nobody has; a wrong template raises `PermanentFailure`."""
        now = self.clock.now()
        oldest, last = self.store.held_since(), self.store.last_told()
        if oldest is None or not is_time(oldest, last, now, self.rules.calendar):
            return False
        seats: tuple[Seat, ...] = ("holder", "deputies") if is_in_vain(oldest, last) else ("holder",)
        return self.store.put_alarm(now, last, tuple(self._mails(seats, now)))

    def _mails(self, seats: tuple[Seat, ...], now: datetime) -> Iterator[WrittenMail]:
        held = tuple(self._line(mail) for mail in self.store.held_mails())
        facts = LetterFacts(waiting=held[:MOST_LINES], more_waiting=len(held[MOST_LINES:]))
        absent = self.store.absences(self.rules.calendar.day_of(now))
        dossier = Dossier("held", self.writer, self.chance, self.rules, now, absent)
        for seat in seats:
            order = Notification(f"{DIGEST}/held/{now.isoformat()}", NOTICE, "coordinator", seat=seat)
            yield from dossier.mails(order, facts)

    def _line(self, mail: HeldMail) -> HeldLine:
        ends_at = mail.clock_ends_at
        release_by = self.rules.calendar.day_of(ends_at) if ends_at is not None else None
        return HeldLine(mail.id, mail.received_at, mail.reasons, release_by)
