"""The mailbox of one who leads: nothing is sent by a daemon that another may have relieved while it slept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cspr_bot.pipeline.ports import Draft, ListedMail, Mailbox, MailboxFolder, NothingLeft, OutgoingMail, Trace


@dataclass(frozen=True, slots=True)
class SendsWhileLeading:
    """A mailbox that sends only while `has_time` says that the lead is ours for longer than a sending takes.

    A daemon that was stopped after it had claimed a mail wakes here. By then another may have asked the mailbox about
    that mail, heard that it did not leave, and sent it.
    """

    mailbox: Mailbox
    has_time: Callable[[], bool]

    def list_new(self) -> Sequence[ListedMail]:
        """List every mail in the inbox."""
        return self.mailbox.list_new()

    def download(self, server_id: str) -> bytes:
        """Give the raw bytes of a mail."""
        return self.mailbox.download(server_id)

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        """Move a mail out of the inbox."""
        self.mailbox.file(server_id, folder)

    def prepare(self, mail: OutgoingMail) -> Draft:
        """Make a mail ready; nothing leaves."""
        return self.mailbox.prepare(mail)

    def send(self, mail: OutgoingMail, draft: Draft) -> None:
        """Send what was prepared, or fail before anything leaves."""
        if not self.has_time():
            raise NothingLeft("this daemon slept, and another may lead by now")
        self.mailbox.send(mail, draft)

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:
        """Say whether a mail that was prepared has left."""
        return self.mailbox.trace(mail, draft)
