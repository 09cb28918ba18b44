"""A mail from the mailbox to itself, followed on its way: so the doctor asks what no server says otherwise."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Protocol

from cspr_bot.correspondence.receipt import received_at_of
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import Draft, GoneError, Mailbox, OutgoingMail, PermanentFailure, TemporaryFailure

LOOKS, SECONDS_BETWEEN = 12, 5.0
GREATEST_SKEW = timedelta(minutes=5)
DOUBTFUL_SKEW = timedelta(minutes=1)
HEADERS = ("Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "X-CSPR-Effect", "In-Reply-To", "References")
VERDICTS = ("Authentication-Results", "X-MS-Exchange-Organization-AuthAs")


class ProbedMailbox(Mailbox, Protocol):
    """A mailbox that can take away what a probe has left in it."""

    def discard(self, mail: OutgoingMail) -> None:
        """Delete every copy of one mail of ours, wherever in the mailbox it lies."""
        ...


@dataclass(slots=True)
class MailboxProbe:
    """Sends one mail to ourselves and follows it. `pause` waits a number of seconds."""

    mailbox: ProbedMailbox
    mail: OutgoingMail
    now: Callable[[], datetime]
    pause: Callable[[float], object]
    help: str
    _before: set[str] = field(default_factory=set)

    def findings(self) -> Iterator[Finding]:
        """Say what becomes of the mail, and take away what the asking left behind."""
        try:
            self._before = {listed.server_id for listed in self.mailbox.list_new()}
            yield from self._sent()
            yield from self._received()
        except (TemporaryFailure, PermanentFailure) as failure:
            yield Finding("probe", "bad", f"it broke off: {failure}", f"see {self.help}")
        finally:
            with suppress(TemporaryFailure, PermanentFailure):
                self.mailbox.discard(self.mail)

    def _sent(self) -> Iterator[Finding]:
        draft = self.mailbox.prepare(self.mail)
        self.mailbox.send(self.mail, draft)
        yield Finding("probe: sending", "good", "we may send, and the mail was accepted")
        looks = self._looks_until_sent(draft)
        if looks is None:
            told = f"after {LOOKS * SECONDS_BETWEEN:.0f} seconds the mail cannot be found in Sent"
            mend = "does a rule or a setting keep no copies? Without them a lost answer leaves mails `unknown`"
            yield Finding("probe: Sent", "bad", told, mend)
        else:
            yield Finding("probe: Sent", "good", f"the copy was found after {looks * SECONDS_BETWEEN:.0f} seconds")

    def _looks_until_sent(self, draft: Draft) -> int | None:
        for looks in range(LOOKS):
            if self.mailbox.trace(self.mail, draft) == "sent":
                return looks
            self.pause(SECONDS_BETWEEN)
        return None

    def _received(self) -> Iterator[Finding]:
        """Find the mail where it arrived; say what became of its headers, and what time it is there."""
        arrived = self._look_until_received()
        if not arrived:
            told = f"after {LOOKS * SECONDS_BETWEEN:.0f} seconds it has not come back to the inbox"
            yield Finding("probe: arrival", "doubtful", told, "look for it in the junk and in quarantine")
            return
        yield Finding("probe: arrival", "good" if len(arrived) == 1 else "bad", f"it came back {len(arrived)} times")
        server_id, raw = next(iter(arrived.items()))
        came, ours = message_from_bytes(raw), message_from_bytes(self.mail.content)
        lost = [name for name in HEADERS if ours[name] is not None and came[name] != ours[name]]
        told = f"changed on the way: {', '.join(lost)}" if lost else "every header of ours arrives as it was written"
        yield Finding("probe: headers", "doubtful" if lost else "noted", told)
        who = ", ".join(name for name in VERDICTS if came[name]) or "no header at all"
        yield Finding("probe: who wrote it", "noted", f"the server says so in: {who}")
        yield self._clock(raw)
        for _ in range(2):
            self.mailbox.file(server_id, "Processed")
        yield Finding("probe: moving", "good", "it was moved to Processed, and again without harm")

    def _clock(self, raw: bytes) -> Finding:
        received_at = received_at_of(raw)
        if received_at is None:
            return Finding("probe: clock", "doubtful", "the server does not write when it received a mail")
        skew = abs(received_at - self.now())
        told = f"this machine and the server differ by {skew.total_seconds():.0f} seconds, the way of the mail included"
        if skew > GREATEST_SKEW:
            return Finding("probe: clock", "bad", told, "let both machines follow a time server")
        return Finding("probe: clock", "good" if skew <= DOUBTFUL_SKEW else "doubtful", told)

    def _look_until_received(self) -> dict[str, bytes]:
        for _ in range(LOOKS):
            found = dict(self._arrived())
            if found:
                return found
            self.pause(SECONDS_BETWEEN)
        return {}

    def _arrived(self) -> Iterator[tuple[str, bytes]]:
        for listed in self.mailbox.list_new():
            if listed.server_id in self._before:
                continue
            with suppress(GoneError):
                raw = self.mailbox.download(listed.server_id)
                if self.mail.message_id.encode() in raw:
                    yield listed.server_id, raw
