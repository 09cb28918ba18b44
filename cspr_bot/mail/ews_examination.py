"""The doctor's questions to an Exchange server: does it work, and may the login do no more than it must."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cspr_bot.mail.ews import EwsMailbox
from cspr_bot.mail.probe import DOUBTFUL_SKEW, GREATEST_SKEW
from cspr_bot.mail.server import Server
from cspr_bot.mail.server_certificate import expiry
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import TemporaryFailure

OLD_MAILS = 50
HELP = "docs/exchange.md"
MOVED = (
    ". Was the mailbox moved to Exchange Online? There EWS is switched off tenant by tenant since 1 October 2026, and "
    'for all on 1 April 2027: use transport = "graph"'
)
NO_END = (
    "this is a server of your own, which keeps EWS; Microsoft ends it in Exchange Online only, for all on 1 April "
    "2027. Get-OrganizationConfig and Get-CASMailbox must not have EwsEnabled false"
)
QUARANTINE = Finding(
    "quarantine",
    "doubtful",
    "what a filter before the mailbox keeps back never reaches it, and nobody here can see it",
    "let the filter deliver to the junk folder, or let somebody read its notices every working day",
)


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
        server = Server(parts.hostname or "", parts.port or 443, "tls", access.ca_file)
        yield expiry("certificate", server, self.now, "https")
        try:
            mails = list(self.mailbox.list_new())
        except TemporaryFailure as failure:
            yield Finding("mailbox", "bad", str(failure), f"see [mailbox.ews] in config/bot.toml, and {HELP}{MOVED}")
            return
        inbox = sum(not mail.is_junk for mail in mails)
        told = f"it can be read: {inbox} mails in the inbox and its folders, {len(mails) - inbox} in the junk"
        mend = "before the first start move old mail out, or it waits for a word (run --take-since)"
        yield Finding("mailbox", "doubtful" if inbox > OLD_MAILS else "good", told, mend if inbox > OLD_MAILS else "")
        yield clock(self.mailbox.connection.skew)
        yield self._reached()
        yield Finding("EWS", "noted", NO_END)
        yield QUARANTINE

    def _reached(self) -> Finding:
        """Knock at other mailboxes, as ourselves and in their owner's name.

        Only a refusal proves anything: one that is not there is merely absent.
        """
        answers = {address: self.mailbox.connection.knock(address) for address in self.others}
        if reached := [address for address, answer in answers.items() if answer == "open"]:
            mend = f"take away Full Access, and ApplicationImpersonation without a scope ({HELP}, step 1)"
            return Finding("other mailboxes", "bad", f"the login can read {', '.join(reached)}", mend)
        if refused := sum(answer == "refused" for answer in answers.values()):
            return Finding("other mailboxes", "good", f"it was refused at {refused} of {len(answers)} that were tried")
        told = "none was found that could have been refused, so nothing is proven"
        return Finding("other mailboxes", "doubtful", told, "name one of your server: doctor --other ADDRESS")


def clock(skew: timedelta | None) -> Finding:
    """Say how far this machine and the server are apart."""
    if skew is None:
        return Finding("clock", "doubtful", "the server does not say what time it is")
    told = f"this machine and the server differ by {abs(skew.total_seconds()):.0f} seconds"
    if abs(skew) > GREATEST_SKEW:
        return Finding("clock", "bad", told, "let both machines follow a time server: logins will be refused")
    return Finding("clock", "good" if abs(skew) <= DOUBTFUL_SKEW else "doubtful", told)
