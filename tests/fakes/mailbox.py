"""A mailbox in memory that fails when and how a test wants it to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cspr_bot.pipeline.ports import ListedMail, MailboxFolder, OutgoingMail, PermanentFailure, TemporaryFailure, Trace

Moment = Literal["before", "after"]
Call = Literal["list_new", "download", "file", "send", "trace"]


@dataclass
class Fault:
    """Let the n-th call (counted from 1; of one kind or of all) fail before or after its effect.

    `error` is what is raised; KeyboardInterrupt stands for a process that is killed there.
    """

    at: int
    moment: Moment = "before"
    call: Call | None = None
    error: BaseException = field(default_factory=lambda: TemporaryFailure("a fault that the test ordered"))


class FakeMailbox:
    """Implements `ports.Mailbox`. `sent` is what left, in order, and every attempt that had an effect is in it."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = list(faults)
        self.inbox: dict[str, bytes] = {}
        self.folders: dict[str, dict[str, bytes]] = {"Processed": {}, "Held": {}}
        self.sent: list[OutgoingMail] = []
        self.calls: list[Call] = []
        self.can_look_in_sent = True

    def deliver(self, raw: bytes) -> str:
        """Put a mail in the inbox, as the world does: this never fails and is no call of ours."""
        server_id = f"mail-{len(self.inbox) + sum(len(mails) for mails in self.folders.values()) + 1}"
        self.inbox[server_id] = raw
        return server_id

    def list_new(self) -> Sequence[ListedMail]:
        self._fail("list_new", "before")
        listed = [ListedMail(server_id, len(raw)) for server_id, raw in self.inbox.items()]
        self._fail("list_new", "after")
        return listed

    def download(self, server_id: str) -> bytes:
        self._fail("download", "before")
        everything = {**self.folders["Held"], **self.folders["Processed"], **self.inbox}
        if server_id not in everything:
            raise PermanentFailure("the mail is no longer in the mailbox")
        self._fail("download", "after")
        return everything[server_id]

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        self._fail("file", "before")
        raw = self.inbox.pop(server_id, None)
        if raw is not None:
            self.folders[folder][server_id] = raw
        self._fail("file", "after")

    def send(self, mail: OutgoingMail) -> None:
        self._fail("send", "before")
        self.sent.append(mail)
        self._fail("send", "after")

    def trace(self, effect: str) -> Trace:
        self._fail("trace", "before")
        if not self.can_look_in_sent:
            return "cannot_tell"
        found: Trace = "sent" if any(mail.effect == effect for mail in self.sent) else "not_sent"
        self._fail("trace", "after")
        return found

    def _fail(self, call: Call, moment: Moment) -> None:
        if moment == "before":
            self.calls.append(call)
        for fault in self.faults:
            count = len(self.calls) if fault.call is None else self.calls.count(fault.call)
            if fault.moment == moment and fault.call in {None, call} and fault.at == count:
                self.faults.remove(fault)
                raise fault.error
