"""Joins a mailbox on Exchange with its secret; loaded only where it is used."""

from pathlib import Path

from cspr_bot.bootstrap.passwords import text_of
from cspr_bot.config.settings import EwsMailbox
from cspr_bot.mail.ews import EwsMailbox as Transport
from cspr_bot.mail.ews_connection import EwsAccess


def open_ews(home: Path, settings: EwsMailbox) -> Transport:
    """Make a mailbox on Exchange; it reaches no server before it is first asked for something."""
    major, minor, build, revision = (int(part) for part in settings.server_build.split("."))
    access = EwsAccess(
        settings.endpoint,
        settings.mailbox,
        settings.user,
        text_of(home, settings.password),
        settings.auth,
        (major, minor, build, revision),
        home / settings.ca_file if settings.ca_file else None,
    )
    return Transport(access)
