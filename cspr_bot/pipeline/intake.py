"""First station: every mail is kept, sealed and durable, before anybody looks inside; only then is it moved."""

from dataclasses import dataclass

from cspr_bot.pipeline.ports import Clock, IntakeStore, Mailbox, PermanentFailure, TemporaryFailure


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes mail out of the mailbox into the inbox.

    A mail stays where it lies until what became of it is written down, so that a crash at any point leaves it either
    in the mailbox alone or in both places; the second time it is known by its server id and kept once.
    """

    mailbox: Mailbox
    store: IntakeStore
    clock: Clock

    def take(self) -> int:
        """Keep every mail that is new. Give how many were. A mail that vanished meanwhile is passed over.

        One that cannot be had now keeps no other waiting: its failure is raised when all have been tried.
        """
        taken = 0
        failure: TemporaryFailure | None = None
        for listed in self.mailbox.list_new():
            if self.store.has_mail(listed.server_id):
                continue
            try:
                raw = self.mailbox.download(listed.server_id)
            except PermanentFailure:  # somebody moved it between the listing and now: it is theirs
                continue
            except TemporaryFailure as not_now:
                failure = not_now
                continue
            self.store.keep_mail(listed.server_id, raw, self.clock.now())
            taken += 1
        if failure is not None:
            raise failure
        return taken

    def tidy(self) -> int:
        """Move every mail whose fate is known out of the mailbox's inbox. Give how many were moved."""
        moves = self.store.mails_to_move()
        for inbox_id, server_id, folder in moves:
            self.mailbox.file(server_id, folder)
            self.store.mark_moved(inbox_id, folder)
        return len(moves)
