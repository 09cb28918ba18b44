"""Lives through what a database missed that was put back from a copy: the mailbox is the journal of last resort.

Every mail that was filed since is taken in at the moment at which it was received, and what came due between two of
them is done at its own moment. So each mail of ours is written as it was the first time, to its answer code: an answer
to it counts, and `Sent` tells that it has left. Nothing is sent meanwhile. A crash in between loses nothing: what is
kept is kept, and the rest is taken in the next time.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from cspr_bot.bootstrap.world import HomeClock
from cspr_bot.correspondence.receipt import head_mark, received_at_of
from cspr_bot.pipeline.ports import Draft, KeepsFiledMail, Mailbox, PermanentFailure
from cspr_bot.pipeline.progression import Progression
from cspr_bot.pipeline.registration import Registry
from cspr_bot.store import Store

A_SECOND = timedelta(seconds=1)


class Desk(Protocol):
    """What this needs of an office."""

    @property
    def store(self) -> Store:
        """The database."""
        ...

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox."""
        ...

    @property
    def clock(self) -> HomeClock:
        """The clock, which is turned here."""
        ...

    @property
    def stepped(self) -> Callable[[], object]:
        """What is to be called after every step."""
        ...

    @property
    def registry(self) -> Registry:
        """The second station."""
        ...

    @property
    def progression(self) -> Progression:
        """The third station."""
        ...


def look_back(office: Desk, now: datetime) -> int:
    """Take in every mail that was filed and that the database does not know; give how many there were."""
    if not isinstance(office.mailbox, KeepsFiledMail):
        raise PermanentFailure(
            "this mailbox cannot list what was filed: move the mails since the copy was made back to the inbox by "
            "hand, and then say so once with `cspr-bot run --moved-back`"
        )
    for interrupted in office.store.dispatch.interrupted_mails():
        office.store.dispatch.mark_waiting(interrupted.id, interrupted.queued_at, "interrupted")
    missed = sorted(_missed(office, office.mailbox, now), key=lambda item: item[0])  # stable: else as listed
    for received_at, server_id in missed:
        _live_until(office, received_at, now)
        office.store.intake.keep_mail(server_id, office.mailbox.download(server_id), received_at)
        _work(office, now)
        office.stepped()
    return len(missed)


def _missed(office: Desk, mailbox: KeepsFiledMail, now: datetime) -> Iterator[tuple[datetime, str]]:
    """Give when each was received; not its bytes, for there may be thousands.

    Where a mail has got another id when it was moved it is known by its bytes, or by its head.
    """
    known = frozenset() if mailbox.keeps_ids else office.store.intake.known_marks()
    for listed in mailbox.list_filed():
        if office.store.intake.has_mail(listed.server_id):
            continue
        raw = office.mailbox.download(listed.server_id)
        office.stepped()
        if not known & {sha256(raw).hexdigest(), head_mark(raw)}:
            yield min(received_at_of(raw) or listed.lain_since or now, now), listed.server_id


def _live_until(office: Desk, moment: datetime, now: datetime) -> None:
    """Let what comes due before a moment happen, each at its own."""
    reached = None
    while (due := _next_moment(office)) is not None and due <= moment and due != reached:
        office.clock.turn(due)
        _work(office, now)
        reached = due
    office.clock.turn(moment)


def _work(office: Desk, now: datetime) -> None:
    """Let the rules work, and note of each mail that they write whether it has left; what has not waits until now."""
    dispatch = office.store.dispatch
    while office.registry.step() or office.progression.step():
        moment = office.clock.now()
        while (outgoing := dispatch.claim_outgoing(moment)) is not None:
            match office.mailbox.trace(outgoing.mail, Draft()):
                case "sent":
                    dispatch.mark_sent(outgoing.id, moment)
                case "cannot_tell" | "draft" | "not_sent":  # whoever prepares it then looks for it once more
                    dispatch.mark_waiting(
                        outgoing.id, max(now, moment + A_SECOND), "not sent when this was lived through"
                    )


def _next_moment(office: Desk) -> datetime | None:
    moments = [row.next_moment for row in office.store.reports.case_rows() if row.next_moment is not None]
    return min(moments, default=None)
