"""The first look into a mailbox in which mail lay before: what a person calls old is put aside, where they find it."""

from datetime import datetime

from cspr_bot.correspondence.receipt import received_at_of
from cspr_bot.pipeline.ports import GoneError, ListedMail, Mailbox
from cspr_bot.pipeline.stores import IntakeStore


def put_aside(mailbox: Mailbox, store: IntakeStore, before: datetime, now: datetime) -> int:
    """Move every mail in the inbox that came before a moment to the folder Earlier; give how many were.

    Nothing of them is kept here, and nobody is answered. A crash on the way leaves some in the one folder and some in
    the other; whoever says it again goes on. What lies in the junk stays there, and what was taken is in hand already.
    """
    moved = 0
    for listed in mailbox.list_new():
        if not listed.is_junk and not store.has_mail(listed.server_id) and _came(mailbox, listed, now) < before:
            mailbox.file(listed.server_id, "Earlier")
            moved += 1
    return moved


def _came(mailbox: Mailbox, listed: ListedMail, now: datetime) -> datetime:
    """Say when a mail came: as the mailbox says, else as the mail itself does, else now."""
    if listed.lain_since is not None:
        return listed.lain_since
    try:
        return received_at_of(mailbox.download(listed.server_id)) or now
    except GoneError:
        return now
