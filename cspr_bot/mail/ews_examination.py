"""The doctor's questions to an Exchange server: does it work, and may the login do no more than it must."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cspr_bot.mail.ews import EwsMailbox
from cspr_bot.mail.server import Server
from cspr_bot.mail.server_certificate import expiry
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import TemporaryFailure

OLD_MAILS = 50
HELP = "docs/exchange.md"


@dataclass(frozen=True, slots=True)
class EwsExamination:
    """Examines one mailbox and leaves no trace. `others` are addresses of mailboxes that must be out of reach."""

    mailbox: EwsMailbox
    now: datetime
    others: tuple[str, ...] = ()

    def findings(self) -> Iterator[Finding]:
        """Look at the server, the mailbox, and what must not be reached."""
        access = self.mailbox.connection.access
        parts = urlsplit(access.endpoint)
        yield expiry("certificate", Server(parts.hostname or "", parts.port or 443, "tls", access.ca_file), self.now)
        try:
            mails = list(self.mailbox.list_new())
        except TemporaryFailure as failure:
            yield Finding("mailbox", "bad", str(failure), f"see [mailbox.ews] in config/bot.toml, and {HELP}")
            return
        inbox = sum(not mail.is_junk for mail in mails)
        told = f"it can be read: {inbox} mails in the inbox and its folders, {len(mails) - inbox} in the junk"
        mend = (
            "before the first start move old mail out, or it waits for a word (run --take-since)"
            if inbox > OLD_MAILS
            else ""
        )
        yield Finding("mailbox", "doubtful" if mend else "good", told, mend)
        yield self._reached()

    def _reached(self) -> Finding:
        """Knock at other mailboxes. Only a refusal proves anything: one that is not there is merely absent."""
        answers = {address: self.mailbox.connection.knock(address) for address in self.others}
        if reached := [address for address, answer in answers.items() if answer == "open"]:
            mend = f"take away Full Access and ApplicationImpersonation ({HELP})"
            return Finding("other mailboxes", "bad", f"the login can read {', '.join(reached)}", mend)
        if refused := sum(answer == "refused" for answer in answers.values()):
            return Finding("other mailboxes", "good", f"it was refused at {refused} of {len(answers)} that were tried")
        told = "none was found that could have been refused, so nothing is proven"
        return Finding("other mailboxes", "doubtful", told, "name one of your server: doctor --other ADDRESS")
