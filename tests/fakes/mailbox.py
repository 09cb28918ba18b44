"""A mailbox in memory that fails when and how a test wants it to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field's type
from typing import Literal

from cspr_bot.pipeline.ports import (
    Draft,
    GoneError,
    ListedMail,
    MailboxFolder,
    OutgoingMail,
    TemporaryFailure,
    Trace,
)

Moment = Literal["before", "after"]
Call = Literal["list_new", "download", "file", "prepare", "send", "trace"]


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
    """Implements `ports.Mailbox`. `sent` is what left, in order, and every attempt that had an effect is in it.

    `has_drafts` lets it find what was prepared among its drafts, as a server does; else it knows that nothing left.
    """

    def __init__(self, *faults: Fault) -> None:
        self.faults = list(faults)
        self.inbox: dict[str, bytes] = {}
        self.folders: dict[str, dict[str, bytes]] = {"Processed": {}, "Held": {}, "Earlier": {}}
        self.sent: list[OutgoingMail] = []
        self.calls: list[Call] = []
        self.can_look_in_sent = True
        self.junk: set[str] = set()
        self.lain_since: dict[str, datetime] = {}
        self.has_drafts = False

    def deliver(self, raw: bytes, *, is_junk: bool = False) -> str:
        """Put a mail in the inbox, as the world does: this never fails and is no call of ours."""
        server_id = f"mail-{len(self.inbox) + sum(len(mails) for mails in self.folders.values()) + 1}"
        self.inbox[server_id] = raw
        if is_junk:
            self.junk.add(server_id)
        return server_id

    def list_new(self) -> Sequence[ListedMail]:
        self._fail("list_new", "before")
        listed = [
            ListedMail(server_id, server_id in self.junk, self.lain_since.get(server_id)) for server_id in self.inbox
        ]
        self._fail("list_new", "after")
        return listed

    def download(self, server_id: str) -> bytes:
        self._fail("download", "before")
        everything = {**self.folders["Held"], **self.folders["Processed"], **self.inbox}
        if server_id not in everything:
            raise GoneError("the mail is no longer in the mailbox")
        self._fail("download", "after")
        return everything[server_id]

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        self._fail("file", "before")
        raw = self.inbox.pop(server_id, None)
        if raw is not None:
            self.folders[folder][server_id] = raw
        self._fail("file", "after")

    def prepare(self, mail: OutgoingMail) -> Draft:
        self._fail("prepare", "before")
        draft = Draft(f"draft of {mail.effect}", is_sent=self.can_look_in_sent and self._has_sent(mail))
        self._fail("prepare", "after")
        return draft

    def send(self, mail: OutgoingMail, draft: Draft) -> None:
        assert draft.id == f"draft of {mail.effect}"
        self._fail("send", "before")
        self.sent.append(mail)
        self._fail("send", "after")

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:
        assert draft.id == f"draft of {mail.effect}"
        self._fail("trace", "before")
        if not self.can_look_in_sent:
            return "cannot_tell"
        found: Trace = "sent" if self._has_sent(mail) else "draft" if self.has_drafts else "not_sent"
        self._fail("trace", "after")
        return found

    def _has_sent(self, mail: OutgoingMail) -> bool:
        return any(sent.effect == mail.effect for sent in self.sent)

    def _fail(self, call: Call, moment: Moment) -> None:
        if moment == "before":
            self.calls.append(call)
        for fault in self.faults:
            count = len(self.calls) if fault.call is None else self.calls.count(fault.call)
            if fault.moment == moment and fault.call in {None, call} and fault.at == count:
                self.faults.remove(fault)
                raise fault.error
