"""Watches what ends one day: the app's certificate, those of the mail servers, a password whose end is written down."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from cspr_bot.bootstrap.office import Office
from cspr_bot.config.settings import EwsMailbox, GraphMailbox, ImapMailbox
from cspr_bot.mail.expiry import step_reached
from cspr_bot.pipeline.ports import TemporaryFailure

A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)


class ExpiryWatch:
    """Tells a person once at each step, 30, 14, 7 and 1 days before something ends. A restart tells nothing twice.

    It looks once a day, and each hour where nobody could be told. A server that cannot be asked now says itself, by
    failing, that something is wrong.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._again: datetime | None = None

    def look(self, now: datetime, tell: Callable[[str], bool]) -> None:
        """Look at every end, where it is time, and tell of those that are near."""
        if self._again is not None and now < self._again:
            return
        told = [self._tell(what, end, now, tell) for what, end in _ends(self._office)]
        self._again = now + (A_DAY if all(told) else AN_HOUR)

    def _tell(self, what: str, end: datetime, now: datetime, tell: Callable[[str], bool]) -> bool:
        """Tell of one end; True where a person knows all that there is to know of it."""
        step = step_reached(end, now)
        if step is None:
            return True
        memory, told = self._office.store.installation, f"{end.isoformat()} {step:02}"
        known = memory.told_end(what) or ""
        if known.startswith(end.isoformat()) and known <= told:
            return True
        name = self._office.home.settings.installation
        is_told = tell(f"cspr-bot {name}: {what} ends on {end:%d %B %Y}: renew it before\n")
        if is_told:
            memory.note_told_end(what, told)
        return is_told


def _ends(office: Office) -> Iterator[tuple[str, datetime]]:
    """Give what ends one day with its end, as far as anybody can know it."""
    settings = office.home.settings.mailbox.live
    if settings is None:
        return
    if settings.secret_ends is not None:
        yield "the password or secret for the mailbox", datetime.combine(settings.secret_ends, time(), UTC)
    with suppress(TemporaryFailure):
        match settings:
            case GraphMailbox():
                from cspr_bot.bootstrap.graph import certificate_end as end_of_app  # noqa: PLC0415 - loaded only here

                if (end := end_of_app(office.folder, settings)) is not None:
                    yield "the certificate for Microsoft 365", end
            case EwsMailbox():
                yield from _of_exchange(office, settings)
            case ImapMailbox():
                yield from _of_imap(office, settings)


def _of_exchange(office: Office, settings: EwsMailbox) -> Iterator[tuple[str, datetime]]:
    from cspr_bot.mail.server import Server  # noqa: PLC0415
    from cspr_bot.mail.server_certificate import certificate_end  # noqa: PLC0415

    parts = urlsplit(settings.endpoint)
    ca_file = office.folder / settings.ca_file if settings.ca_file else None
    server = Server(parts.hostname or "", parts.port or 443, "tls", ca_file)
    yield "the certificate of the Exchange server", certificate_end(server, "https")


def _of_imap(office: Office, settings: ImapMailbox) -> Iterator[tuple[str, datetime]]:
    from cspr_bot.mail.server import Server  # noqa: PLC0415
    from cspr_bot.mail.server_certificate import certificate_end  # noqa: PLC0415

    ca_file = office.folder / settings.ca_file if settings.ca_file else None
    imap = Server(settings.host, settings.port, settings.security, ca_file)
    smtp = Server(settings.smtp_host, settings.smtp_port, settings.smtp_security, ca_file)
    with suppress(TemporaryFailure):
        yield "the certificate of the IMAP server", certificate_end(imap, "imap")
    yield "the certificate of the SMTP server", certificate_end(smtp, "smtp")
