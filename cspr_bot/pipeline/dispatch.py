"""Fourth station: a dumb courier. It sends, notes, retries later, gives up and says so; it holds the recipient gate."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.pipeline.addressing import ASKS_HOLDER, is_allowed, may_be_asked
from cspr_bot.pipeline.kept import OutboxMail
from cspr_bot.pipeline.ports import (
    Clock,
    Draft,
    Mailbox,
    MailboxFailure,
    NothingLeft,
    PermanentFailure,
    TemporaryFailure,
)
from cspr_bot.pipeline.stores import DispatchStore
from cspr_bot.procedure.calendar import WorkingCalendar

GIVE_UP_AFTER = 100  # a day and more: by then almost every mail was taken back and written anew
LONGEST_WAIT = timedelta(minutes=15)
TELL_AFTER = timedelta(minutes=12)  # so that a person knows within fifteen
LOOK_AGAIN_AFTER = timedelta(minutes=2)
A_MINUTE = timedelta(minutes=1)
CONFIRMATIONS = frozenset({"N13-answer", "N13-change", "N13-released", "N13-status"})
AT_ONCE = timedelta()
AN_HOUR = timedelta(hours=1)
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may go out by itself to people who are not on the contact list (a deadline mail is never held back).

    `mails_per_minute` is what the mailbox may be asked for at all: the rest goes a minute later.
    """

    automatic_mails_per_hour: int = 60
    acknowledgements_per_sender_per_hour: int = 10
    mails_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Sends what waits in the outbox, each mail to its one recipient, at most once.

    1. A mail is claimed, and "sending" is durable.
    2. It is prepared in the mailbox, and that is durable too. Whatever fails before this, nothing has left.
    3. It is sent; the answer is noted.
    4. Where the answer was lost, or we died between 2 and 3, the mailbox is asked whether it left: "sent" is noted,
       "not sent" goes back to the queue, so does what is a draft still after two minutes (the next attempt looks, and
       sends that same draft), and where nobody can tell for twelve minutes it becomes "unknown", which only a person
       may send again.
    """

    mailbox: Mailbox
    store: DispatchStore
    clock: Clock
    book: ContactBook
    calendar: WorkingCalendar
    limits: Limits

    def recover(self) -> int:
        """Settle the mails that were being sent when a process died. Give how many there were.

        Where the mailbox cannot be asked at all, or refuses, a mail is as unknown as where it cannot tell.
        """
        interrupted = self.store.interrupted_mails()
        failure: TemporaryFailure | PermanentFailure | None = None
        for outgoing in interrupted:
            now = self.clock.now()
            if outgoing.draft is None:
                self.store.mark_waiting(outgoing.id, now, "interrupted before anything left")
                continue
            try:  # it is not the mail's fault that we died, so it waits no longer
                self._settle(outgoing, outgoing.draft, now, "interrupted", AT_ONCE)
            except (TemporaryFailure, PermanentFailure) as not_now:
                failure = not_now
                self._tell_in_time(outgoing, now)
        if failure is not None:
            raise failure
        return len(interrupted)

    def send_next(self) -> bool:
        """Send one mail, or put it off; False where nothing may go now.

        Where the mailbox as a whole fails the mail is put back, and the failure is raised: no other would do better.
        """
        now = self.clock.now()
        if self._is_at_its_ceiling(now):
            return False
        outgoing = self.store.claim_outgoing(now)
        if outgoing is None:
            return False
        if outgoing.draft is not None and not self._has_not_left(outgoing, outgoing.draft, now):
            return True  # first of all: what has left is neither written anew nor sent again
        if self._is_stale(outgoing, now):
            self.store.send_back(outgoing.id, now, "its contact has changed, or it waited over a working day")
            return True
        if wait_until := self._slowed(outgoing, now):
            self.store.mark_slowed(outgoing.id, now, wait_until, "too many automatic mails in an hour")
            return True
        self._send(outgoing, now)
        return True

    def _send(self, outgoing: OutboxMail, now: datetime) -> None:
        """Prepare a mail and send it. `draft` is durable before it can leave."""
        draft: Draft | None = None
        try:
            draft = self.mailbox.prepare(outgoing.mail)
            if not draft.is_sent:
                self.store.note_draft(outgoing.id, draft)
                self.mailbox.send(outgoing.mail, draft)
        except TemporaryFailure as failure:
            wait = self._wait(outgoing, failure.retry_after)
            if draft is None or isinstance(failure, NothingLeft):
                self._put_off(outgoing, now, str(failure), wait, is_its_own=not isinstance(failure, MailboxFailure))
            else:
                self._settle(outgoing, draft, now, str(failure), wait)
            if isinstance(failure, MailboxFailure):
                raise
        except PermanentFailure as failure:
            self.store.mark_failed(outgoing.id, now, str(failure))
        else:
            self.store.mark_sent(outgoing.id, self.clock.now())

    def _has_not_left(self, outgoing: OutboxMail, draft: Draft, now: datetime) -> bool:
        """Look, before a mail that was once on its way is sent again, whether it has arrived in Sent meanwhile."""
        try:
            trace = self.mailbox.trace(outgoing.mail, draft)
        except TemporaryFailure as failure:
            wait = self._wait(outgoing, failure.retry_after)
            self.store.mark_waiting(outgoing.id, now + wait, str(failure), keeps_draft=True)
            raise
        if trace == "sent":
            self.store.mark_sent(outgoing.id, now)
        return trace in {"draft", "not_sent"}  # where nobody can tell it stays as it is: `recover` looks again

    def _settle(self, outgoing: OutboxMail, draft: Draft, now: datetime, reason: str, wait: timedelta) -> None:
        """Find out what became of a mail whose sending gave no clear answer."""
        match self.mailbox.trace(outgoing.mail, draft):
            case "sent":
                self.store.mark_sent(outgoing.id, now)
            case "cannot_tell":
                self._tell_in_time(outgoing, now)
            case "draft":
                if now - outgoing.claimed_at >= LOOK_AGAIN_AFTER:
                    self._put_off(outgoing, now, reason, wait, keeps_draft=True)
            case "not_sent":
                self._put_off(outgoing, now, reason, wait)

    def _put_off(
        self,
        outgoing: OutboxMail,
        now: datetime,
        reason: str,
        wait: timedelta,
        *,
        is_its_own: bool = True,
        keeps_draft: bool = False,
    ) -> None:
        """Put a mail back in the queue; one that fails by itself for more than a day is given up."""
        if is_its_own and outgoing.attempts >= GIVE_UP_AFTER:
            self.store.mark_failed(outgoing.id, now, f"given up after {outgoing.attempts} attempts: {reason}")
        else:
            self.store.mark_waiting(outgoing.id, now + wait, reason, keeps_draft=keeps_draft)

    def _tell_in_time(self, outgoing: OutboxMail, now: datetime) -> None:
        """Leave a mail of which nobody knows to a person, once it has been so for a while."""
        if now - outgoing.claimed_at >= TELL_AFTER:
            self.store.mark_unknown(outgoing.id, now)

    def _wait(self, outgoing: OutboxMail, retry_after: float | None) -> timedelta:
        """Wait longer each time, up to a quarter of an hour, and not all mails for the same time."""
        doubling = timedelta(seconds=30 << min(outgoing.attempts, 6))
        asked = timedelta(seconds=max(retry_after or 0, 1))
        perturbed = timedelta(seconds=outgoing.id * 7 % 30)
        return min(max(doubling, asked), LONGEST_WAIT) + perturbed

    def _is_at_its_ceiling(self, now: datetime) -> bool:
        """Say whether as many mails left in the last minute as the mailbox may be asked for."""
        ceiling = self.limits.mails_per_minute
        return ceiling is not None and self.store.count_sent(now - A_MINUTE + A_SECOND) >= ceiling

    def _is_stale(self, outgoing: OutboxMail, now: datetime) -> bool:
        """Say whether a mail must be written anew: the gate asks the contact list of this very moment.

        What confirms an answer tells of the past, and is as true tomorrow.
        """
        today = self.calendar.day_of(now)
        queued_on = self.calendar.day_of(outgoing.queued_at)
        has_waited = self.calendar.working_days_between(queued_on, today) > 1
        recipient = outgoing.mail.recipient
        may_go = is_allowed(recipient, self.book, today, is_listed=outgoing.is_listed)
        if outgoing.notice == ASKS_HOLDER:
            return not (may_go or may_be_asked(recipient, self.book))
        return not may_go or (has_waited and outgoing.notice not in CONFIRMATIONS)

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
