"""Joins a mailbox on Exchange with its secret; loaded only where it is used."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cspr_bot.bootstrap.passwords import text_of, token_login
from cspr_bot.config.settings import EwsMailbox
from cspr_bot.mail.ews import EwsMailbox as Transport
from cspr_bot.mail.ews_connection import EwsAccess
from cspr_bot.pipeline.ports import PauseNote


def open_ews(home: Path, settings: EwsMailbox, now: Callable[[], datetime], note: PauseNote | None = None) -> Transport:
    """Make a mailbox on Exchange; it reaches no server before it is first asked for something."""
    major, minor, build, revision = (int(part) for part in settings.server_build.split("."))
    ca_file = home / settings.ca_file if settings.ca_file else None
    oauth = settings.oauth
    access = EwsAccess(
        settings.endpoint,
        settings.mailbox,
        settings.user,
        text_of(home, settings.password) if settings.password else "",
        settings.auth,
        (major, minor, build, revision),
        ca_file,
        token=token_login(home, settings.mailbox, oauth, ca_file) if oauth else None,
        impersonates=oauth is not None and not oauth.refresh_token,
    )
    return Transport(access, now, note)
