"""Joins a mailbox by IMAP and SMTP with its secrets; loaded only where it is used."""

from pathlib import Path

from cspr_bot.bootstrap.passwords import text_of, token_login
from cspr_bot.config.settings import ImapMailbox
from cspr_bot.mail.imap import ImapMailbox as Transport
from cspr_bot.mail.imap_session import FolderNames, ImapSession
from cspr_bot.mail.login import Login, PasswordLogin
from cspr_bot.mail.server import Server
from cspr_bot.mail.smtp import Submission


def open_imap(home: Path, settings: ImapMailbox) -> Transport:
    """Make a mailbox by IMAP and SMTP with its secrets; it reaches no server before it is first asked for something."""
    ca_file = home / settings.ca_file if settings.ca_file else None
    login = smtp_login = _login(home, settings, ca_file)
    if settings.smtp_user:
        smtp_login = PasswordLogin(settings.smtp_user, text_of(home, settings.smtp_password))
    session = ImapSession(
        Server(settings.host, settings.port, settings.security, ca_file),
        login,
        FolderNames(settings.junk_folder, settings.sent_folder),
    )
    smtp = Server(settings.smtp_host, settings.smtp_port, settings.smtp_security, ca_file)
    return Transport(session, Submission(smtp, smtp_login))


def _login(home: Path, settings: ImapMailbox, ca_file: Path | None) -> Login:
    if settings.oauth is None:
        return PasswordLogin(settings.user, text_of(home, settings.password))
    return token_login(home, settings.user, settings.oauth, ca_file)
