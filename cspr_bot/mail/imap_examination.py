"""The doctor's questions to an IMAP and an SMTP server: does it work, is it safe, and is nothing hidden from us."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cspr_bot.mail.imap import ImapMailbox
from cspr_bot.mail.imap_session import NOT_NEW, OWN, Layout
from cspr_bot.mail.server_certificate import expiry
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import TemporaryFailure

OLD_MAILS = 50
HELP = "docs/imap.md"


@dataclass(frozen=True, slots=True)
class ImapExamination:
    """Examines one mailbox and leaves no trace. `domain` is what we greet the SMTP server by."""

    mailbox: ImapMailbox
    now: datetime
    domain: str

    def findings(self) -> Iterator[Finding]:
        """Look at both servers."""
        session, submission = self.mailbox.session, self.mailbox.submission
        yield expiry("IMAP certificate", session.server, self.now, "imap")
        yield expiry("SMTP certificate", submission.server, self.now, "smtp")
        try:
            yield from session.run(lambda client, layout: [*_mailbox(client, layout)])
        except TemporaryFailure as failure:
            yield Finding("mailbox", "bad", str(failure), f"see [mailbox.imap] in config/bot.toml, and {HELP}")
        try:
            submission.probe(self.domain)
        except TemporaryFailure as failure:
            yield Finding("sending", "bad", str(failure), f"see smtp_host and what belongs to it, and {HELP}")
        else:
            yield Finding("sending", "good", "the SMTP server lets us log in")
        told = "neither server says what time it is without a mail: doctor --probe finds out"
        yield Finding("clock", "noted", told)
        yield Finding(
            "quarantine",
            "doubtful",
            "what a filter before the mailbox keeps back never reaches it, and nobody here can see it",
            "let the filter deliver to the junk folder, or let somebody read its notices every working day",
        )


def _mailbox(client: Any, layout: Layout) -> Iterator[Finding]:  # noqa: ANN401 - the library has no types
    client.select_folder(layout.inbox, readonly=True)
    uids = client.search("ALL")
    mend = (
        "before the first start move old mail out, or it waits for a word (run --take-since)"
        if len(uids) > OLD_MAILS
        else ""
    )
    yield Finding("mailbox", "doubtful" if mend else "good", f"it can be read: {len(uids)} mails in the inbox", mend)
    yield _sizes(client, uids)
    if layout.junk is None:
        mend = "name it as junk_folder: a form that the server takes for junk is not seen"
        yield Finding("junk", "doubtful", "no junk folder was found", mend)
    else:
        client.select_folder(layout.junk, readonly=True)
        yield Finding("junk", "good", f"it is read: {len(client.search('ALL'))} mails in {layout.junk}")
    flags = client.select_folder(layout.sending).get(b"PERMANENTFLAGS", ())
    if rb"\Flagged" in flags:
        yield Finding("marks", "good", "a mail that may have left can be marked")
    else:
        yield Finding("marks", "bad", f"the folder {layout.sending} keeps no flags: nothing can be sent", HELP)
    yield _folders(client, layout)
    yield _others(client)


def _folders(client: Any, layout: Layout) -> Finding:  # noqa: ANN401
    """Say which folders beside the inbox itself are read, and how much lies in those that are not."""
    if layout.has_inbox_folders:
        below = layout.below_inbox(client)
        return Finding("folders", "good", f"folders in the inbox are read too; there are {len(below)}")
    apart = {layout.inbox, layout.junk, layout.sent, *map(layout.own, OWN)}
    others = [name for flags, _, name in client.list_folders() if name not in apart and not set(flags) & NOT_NEW]
    mails = sum(int(client.folder_status(name, ["MESSAGES"])[b"MESSAGES"]) for name in others)
    told = "every folder bears the inbox's name here, so only the inbox itself is read"
    if not mails:
        return Finding("folders", "good", f"{told}; nothing lies in another")
    mend = "have no rule sort mail away from the bot, and move a referral that lies there to the inbox"
    return Finding("folders", "doubtful", f"{told}; {mails} mails lie in {len(others)} others", mend)


def _sizes(client: Any, uids: list[int]) -> Finding:  # noqa: ANN401
    answers = client.fetch(uids[-1:], ["RFC822.SIZE", "BODY.PEEK[]"])
    if all(len(answer.get(b"BODY[]") or b"") == answer.get(b"RFC822.SIZE") for answer in answers.values()):
        told = "the newest mail is as long as the server says" if answers else "there is no mail to measure yet"
        return Finding("sizes", "good" if answers else "noted", told)
    mend = "on Exchange: Set-ImapSettings -EnableExactRFC822Size $true"
    return Finding("sizes", "bad", "the server tells wrong lengths, and every mail would be held as cut short", mend)


def _others(client: Any) -> Finding:  # noqa: ANN401
    """Look whether this login reaches folders of other people."""
    spaces = client.namespace() if client.has_capability("NAMESPACE") else None
    prefixes = [prefix for space in (spaces.other, spaces.shared) for prefix, _ in space or ()] if spaces else []
    reached = sum(1 for prefix in prefixes if prefix for _ in client.list_folders(directory="", pattern=f"{prefix}*"))
    if reached:
        mend = "take its rights to other mailboxes away"
        return Finding("other mailboxes", "bad", f"the login reaches {reached} folders of others", mend)
    return Finding("other mailboxes", "good", "the login reaches no folder of anybody else's")
