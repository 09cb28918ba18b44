"""Fourth station: a dumb courier. It sends, notes, retries later, gives up and says so; it holds the recipient gate."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.pipeline.ports import (
    Clock,
    DispatchStore,
    Mailbox,
    OutboxMail,
    PermanentFailure,
    TemporaryFailure,
)
from cspr_bot.procedure.calendar import WorkingCalendar

GIVE_UP_AFTER = 40
LONGEST_WAIT = timedelta(minutes=15)
TELL_AFTER = timedelta(minutes=15)
CONFIRMATIONS = frozenset({"N13-answer", "N13-change", "N13-status"})
AT_ONCE = timedelta()
AN_HOUR = timedelta(hours=1)
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may go out by itself to people who are not on the contact list (a deadline mail is never slowed)."""

    automatic_mails_per_hour: int = 60
    acknowledgements_per_sender_per_hour: int = 10


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Sends what waits in the outbox, each mail to its one recipient, at most once.

    1. A mail is claimed, and "sending" is durable, before anything leaves.
    2. It is sent; the answer is noted.
    3. Where the answer was lost, or we died between 1 and 2, the mailbox is asked whether it left: "sent" is noted,
       "not sent" goes back to the queue, and where nobody can tell for a quarter of an hour it becomes "unknown",
       which only a person may send again.
    """

    mailbox: Mailbox
    store: DispatchStore
    clock: Clock
    book: ContactBook
    calendar: WorkingCalendar
    limits: Limits

    def recover(self) -> int:
        """Settle the mails that were being sent when a process died. Give how many there were.

        Where the mailbox cannot be asked at all, a mail is as unknown as where it cannot tell.
        """
        interrupted = self.store.interrupted_mails()
        failure: TemporaryFailure | None = None
        for outgoing in interrupted:
            now = self.clock.now()
            try:
                self._settle(outgoing, now, "interrupted", AT_ONCE)  # it is not the mail's fault that we died
            except TemporaryFailure as not_now:
                failure = not_now
                self._tell_in_time(outgoing, now)
        if failure is not None:
            raise failure
        return len(interrupted)

    def send_next(self) -> bool:
        """Send one mail, or put it off; False where nothing may go now."""
        now = self.clock.now()
        outgoing = self.store.claim_outgoing(now)
        if outgoing is None:
            return False
        if self._is_stale(outgoing, now):
            self.store.send_back(outgoing.id, now, "its contact has changed, or it waited over a working day")
            return True
        if wait_until := self._slowed(outgoing, now):
            self.store.mark_waiting(outgoing.id, wait_until, "too many automatic mails in an hour")
            return True
        try:
            self.mailbox.send(outgoing.mail)
        except TemporaryFailure as failure:
            self._settle(outgoing, now, str(failure), self._wait(outgoing, failure.retry_after))
        except PermanentFailure as failure:
            self.store.mark_failed(outgoing.id, now, str(failure))
        else:
            self.store.mark_sent(outgoing.id, self.clock.now())
        return True

    def _settle(self, outgoing: OutboxMail, now: datetime, reason: str, wait: timedelta) -> None:
        """Find out what became of a mail whose sending gave no clear answer."""
        match self.mailbox.trace(outgoing.mail.effect):
            case "sent":
                self.store.mark_sent(outgoing.id, now)
            case "cannot_tell":
                self._tell_in_time(outgoing, now)
            case "not_sent":
                if outgoing.attempts >= GIVE_UP_AFTER:
                    self.store.mark_failed(outgoing.id, now, f"given up after {outgoing.attempts} attempts: {reason}")
                else:
                    self.store.mark_waiting(outgoing.id, now + wait, reason)

    def _tell_in_time(self, outgoing: OutboxMail, now: datetime) -> None:
        """Leave a mail of which nobody knows to a person, once it has been so for a quarter of an hour."""
        if now - outgoing.claimed_at >= TELL_AFTER:
            self.store.mark_unknown(outgoing.id, now)

    def _wait(self, outgoing: OutboxMail, retry_after: float | None) -> timedelta:
        """Wait longer each time, up to a quarter of an hour, and not all mails for the same time."""
        doubling = timedelta(seconds=30 << min(outgoing.attempts, 6))
        asked = timedelta(seconds=max(retry_after or 0, 1))
        perturbed = timedelta(seconds=outgoing.id * 7 % 30)
        return min(max(doubling, asked), LONGEST_WAIT) + perturbed

    def _is_stale(self, outgoing: OutboxMail, now: datetime) -> bool:
        """Say whether a mail must be written anew: the gate asks the contact list of this very moment.

        What confirms an answer tells of the past, and is as true tomorrow.
        """
        today = self.calendar.day_of(now)
        queued_on = self.calendar.day_of(outgoing.queued_at)
        has_waited = self.calendar.working_days_between(queued_on, today) > 1
        return not self._is_allowed(outgoing, today) or (has_waited and outgoing.notice not in CONFIRMATIONS)

    def _is_allowed(self, outgoing: OutboxMail, today: date) -> bool:
        """Say whether a mail may go where it is addressed: to ourselves while testing, and never otherwise."""
        to_ourselves = outgoing.mail.recipient == self.book.partnership.mailbox
        if self.book.testing or to_ourselves:
            return self.book.testing and to_ourselves
        return not outgoing.is_listed or self.book.lists(outgoing.mail.recipient, today)

    def _slowed(self, outgoing: OutboxMail, now: datetime) -> datetime | None:
        """Say until when a mail to somebody who is not on the list has to wait, so that no loop can feed on us."""
        if outgoing.is_listed:
            return None
        since = now - AN_HOUR + A_SECOND  # the clock goes by seconds: what left an hour ago to the second is past
        own = self.store.count_sent(since, recipient=outgoing.mail.recipient)
        everybody = self.store.count_sent(since, listed=False)
        is_too_many = (
            own >= self.limits.acknowledgements_per_sender_per_hour or everybody >= self.limits.automatic_mails_per_hour
        )
        return now + AN_HOUR if is_too_many else None
