"""First station: every mail is kept, sealed and durable, before anybody looks inside; only then is it moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cspr_bot.pipeline.ports import (
    Clock,
    CutShort,
    Doubt,
    GoneError,
    ListedMail,
    Mailbox,
    MailboxFailure,
    OldMailWaits,
    PermanentFailure,
    TemporaryFailure,
)
from cspr_bot.pipeline.stores import IntakeStore

ATTEMPTS_AT_A_WHOLE_MAIL = 5
FAILURES_OF_A_MAILBOX = 3  # one after the other: by then it is away, and not one of its mails out of order
VANISHED = "vanished:"  # before the id of a mail that was gone: should it lie there again, it is another delivery


def _say_nothing() -> None:
    """Nobody wants to hear of each step."""


def _is_old(listed: ListedMail, until: datetime | None) -> bool:
    """Say whether a mail waits for a person's word. What lies in the junk is answered by nobody, and need not wait."""
    if until is None or listed.is_junk:
        return False
    return listed.lain_since is None or listed.lain_since < until


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes mail out of the mailbox into the inbox.

    A mail stays where it lies until what became of it is written down, so that a crash at any point leaves it either
    in the mailbox alone or in both places; the second time it is known by its server id and kept once.

    Where `asks_about_old_mail`, what lay in the inbox long before we first came is left alone until a person has said
    what it is: nobody wants an answer to a mail of three years ago, and nothing may be passed over without a word.

    `stepped` is called after each mail: a thousand take a while, and whoever watches must know a long work from a dead
    one.
    """

    mailbox: Mailbox
    store: IntakeStore
    clock: Clock
    stepped: Callable[[], object] = _say_nothing
    asks_about_old_mail: bool = False
    _cut_short: dict[str, int] = field(default_factory=dict)
    _tried_last: set[str] = field(default_factory=set)

    def take(self) -> int:
        """Keep every mail that is new. Give how many were. One that vanished meanwhile is kept as just that, and held.

        One that cannot be had now keeps no other waiting: its failure is raised when all have been tried. So is what
        the mailbox says of itself at one mail, for it may be true of that mail alone; where it says so several times on
        end, or wants to be left alone, nothing more is asked. Raise `OldMailWaits` last of all.
        """
        old_until = self.store.old_mail_until(self.clock.now()) if self.asks_about_old_mail else None
        taken = 0
        old: list[ListedMail] = []
        failure: TemporaryFailure | None = None
        on_end = 0
        for listed in self._in_turn(self.mailbox.list_new()):
            if self.store.has_mail(listed.server_id):
                continue
            if _is_old(listed, old_until):
                old.append(listed)
                continue
            try:
                taken += self._take(listed)
                on_end = 0
            except MailboxFailure as away:
                self._tried_last.add(listed.server_id)
                failure, on_end = away, on_end + 1
                if away.retry_after is not None or on_end == FAILURES_OF_A_MAILBOX:
                    raise
            except TemporaryFailure as not_now:
                failure, on_end = not_now, 0
            self.stepped()
        if failure is not None:
            raise failure
        self._ask_about(old, old_until, taken)
        return taken

    def _in_turn(self, listed: Sequence[ListedMail]) -> list[ListedMail]:
        """Put last what the mailbox would not give before: else a few such mails would keep all newer ones waiting."""
        self._tried_last.intersection_update(mail.server_id for mail in listed)
        return sorted(listed, key=lambda mail: mail.server_id in self._tried_last)

    def _ask_about(self, old: list[ListedMail], old_until: datetime | None, taken: int) -> None:
        """Ask a person what the old mail is; where there is none, or none any more, it is never asked again."""
        if old:
            raise OldMailWaits(len(old), min((mail.lain_since for mail in old if mail.lain_since), default=None), taken)
        if old_until is not None:
            self.store.take_all_mail(self.clock.now())

    def _take(self, listed: ListedMail) -> bool:
        """Keep one mail; False where nothing new was. What never comes whole is kept as it is, for a person to see."""
        doubt: Doubt = "junk" if listed.is_junk else ""
        try:
            raw = self.mailbox.download(listed.server_id)
        except GoneError:
            return self._keep_vanished(listed.server_id)
        except PermanentFailure as refused:  # it is there, and nobody has read it: a person must hear of that
            raise TemporaryFailure(f"a mail in the mailbox cannot be fetched: {refused}") from refused
        except CutShort as cut:
            tries = self._cut_short[listed.server_id] = self._cut_short.get(listed.server_id, 0) + 1
            if tries < ATTEMPTS_AT_A_WHOLE_MAIL:
                raise
            raw, doubt = cut.received, "cut_short"
        self._cut_short.pop(listed.server_id, None)
        self.store.keep_mail(listed.server_id, raw, self.clock.now(), doubt)
        return True

    def _keep_vanished(self, server_id: str) -> bool:
        """Keep that a mail was there and went before anybody read it: it may have been a referral, and is held as one.

        Where another of us has taken and moved it meanwhile, nothing is amiss. Nor is what is known to have vanished
        and still listed kept a second time.
        """
        vanished = VANISHED + server_id
        if self.store.has_mail(server_id) or self.store.has_mail(vanished):
            return False
        self.store.keep_mail(vanished, b"", self.clock.now(), "vanished")
        return True

    def tidy(self) -> int:
        """Move every mail whose fate is known out of the mailbox's inbox. Give how many were moved.

        One that cannot be moved, now or ever, keeps no other waiting, as when they are taken.
        """
        moved = 0
        failure: TemporaryFailure | PermanentFailure | None = None
        for inbox_id, server_id, folder in self.store.mails_to_move():
            try:
                self.mailbox.file(server_id, folder)
            except MailboxFailure:
                raise
            except (TemporaryFailure, PermanentFailure) as not_now:
                failure = not_now
                continue
            self.store.mark_moved(inbox_id, folder)
            self.stepped()
            moved += 1
        if failure is not None:
            raise failure
        return moved
