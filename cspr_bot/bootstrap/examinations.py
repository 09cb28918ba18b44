"""Which examination is whose: the doctor of Exchange or of IMAP, loaded only where it is used."""

from collections.abc import Iterator
from datetime import datetime

from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import Mailbox


def examination(mailbox: Mailbox, book: ContactBook, now: datetime, others: tuple[str, ...]) -> Iterator[Finding]:
    """Examine a mailbox on Exchange or by IMAP. `others` are mailboxes that must be out of reach."""
    if type(mailbox).__name__ == "EwsMailbox":
        from cspr_bot.mail.ews import EwsMailbox  # noqa: PLC0415
        from cspr_bot.mail.ews_examination import EwsExamination  # noqa: PLC0415

        if isinstance(mailbox, EwsMailbox):
            strangers = tuple(dict.fromkeys((*others, *sorted({contact.email for contact in book.contacts}))))
            yield from EwsExamination(mailbox, now, strangers).findings()
        return
    from cspr_bot.mail.imap import ImapMailbox  # noqa: PLC0415
    from cspr_bot.mail.imap_examination import ImapExamination  # noqa: PLC0415

    if isinstance(mailbox, ImapMailbox):
        yield from ImapExamination(mailbox, now, book.partnership.mailbox.rpartition("@")[2]).findings()
