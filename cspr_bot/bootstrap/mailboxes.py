"""Chooses the transport that a home names. Each is loaded only where it is used: the live ones weigh 20 to 30 MB."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config.settings import MailboxSettings
from cspr_bot.pipeline.ports import Mailbox, PauseNote

MAILS_PER_MINUTE = 20  # of a live transport: Exchange Online takes 30 from one mailbox, and others may use it too


def open_mailbox(
    home: Path, settings: MailboxSettings, now: Callable[[], datetime], note: PauseNote | None = None
) -> Mailbox:
    """Make the mailbox of a home. A live one reaches no server before it is first asked for something.

    `note` keeps until when a server wants to be left alone.
    """
    match settings.transport:
        case "folder":
            from cspr_bot.mail.folder import FolderMailbox  # noqa: PLC0415

            return FolderMailbox(home / settings.folder.path, now)
        case "graph" if settings.graph is not None:
            from cspr_bot.bootstrap.graph import open_graph  # noqa: PLC0415

            return open_graph(home, settings.graph, now, note)
        case "imap" if settings.imap is not None:
            from cspr_bot.bootstrap.imap import open_imap  # noqa: PLC0415

            return open_imap(home, settings.imap)
        case "ews" if settings.ews is not None:
            from cspr_bot.bootstrap.ews import open_ews  # noqa: PLC0415

            return open_ews(home, settings.ews, now, note)
        case other:
            raise NotReadyError((f"config/bot.toml: mailbox.transport: there is no table [mailbox.{other}]",))
