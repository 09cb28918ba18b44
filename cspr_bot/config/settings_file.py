"""Reads bot.toml into settings, or notes all that is wrong with it."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cspr_bot.config.files import ConfigFile
from cspr_bot.config.mailbox_checks import check_mailbox, check_url
from cspr_bot.config.problems import Findings, Place, show, suggest
from cspr_bot.config.schema import read_table
from cspr_bot.config.settings import DatabaseSettings, OfficeSettings, Settings

NAME_OF_INSTALLATION = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
SLOWEST_POLL = 290  # seconds: within five minutes a person must hear that the mailbox fails
_OF_THIS_MACHINE = ("127.0.0.1", "localhost")
_DATABASES = ("sqlite", "postgresql+psycopg")


def read_settings(file: ConfigFile) -> Settings | None:
    """Read bot.toml; None where the file or a key that must be there is no good."""
    if not file.is_readable:
        return None
    findings = file.findings
    settings = read_table(Settings, file.table, (), findings)
    if settings is None:
        return None
    _check_names(settings, findings)
    check_mailbox(settings.mailbox, findings)
    _check_database(settings.database.url, findings)
    _check_schema(settings.database, findings)
    _check_numbers(settings, findings)
    _check_channels(settings, findings)
    return replace(settings, office=_checked_office(settings.office, findings))


def _check_names(settings: Settings, findings: Findings) -> None:
    if not NAME_OF_INSTALLATION.fullmatch(settings.installation):
        what = f"{show(settings.installation)} is not a name for an installation"
        findings.error(("installation",), what, 'write small letters, digits and hyphens, such as "nsscp-live"')
    text = settings.marking.text
    if text and not (text.isprintable() and text.strip() == text and len(text) <= 60):
        what = f"{show(text)} cannot stand in a subject line"
        findings.error(("marking", "text"), what, "write one line of at most 60 characters without blanks around it")


def _check_database(url: str, findings: Findings) -> None:
    place: Place = ("database", "url")
    scheme, separator, rest = url.partition("://")
    if "@" in rest and ":" in rest.rpartition("@")[0]:  # never shown: it holds a password
        findings.error(
            place, "a password must not stand in this file", "leave it out, and use a .pgpass file or a secret"
        )
        return
    if scheme not in _DATABASES or not separator or not rest.strip("/"):
        what = f"{show(url)} is not a database that is known here"
        findings.error(place, what, 'write "sqlite:///var/cspr-bot.db" or "postgresql+psycopg://..."')


def _check_schema(database: DatabaseSettings, findings: Findings) -> None:
    name = database.schema
    if name and (not _SCHEMA.fullmatch(name) or name.startswith("pg_")):
        what = f"{show(name)} is not a name for a schema"
        findings.error(("database", "schema"), what, 'write small letters, digits and "_", such as "north_somerset"')
    elif name and database.url.startswith("sqlite"):
        what = "a file has no schemas: this is for a PostgreSQL server"
        findings.error(("database", "schema"), what, "leave it out")


def _checked_office(office: OfficeSettings, findings: Findings) -> OfficeSettings:
    """Check the office; a zone that nobody knows is noted, and London's stands in while the other files are read."""
    if office.reminder_time >= office.close_of_business:
        what = f"reminders would go at {office.reminder_time}, after close of business at {office.close_of_business}"
        findings.error(("office", "reminder_time"), what, "let the reminder time be the earlier of the two")
    if _is_zone(office.timezone):
        return office
    what = f"{show(office.timezone)} is not a time zone"
    findings.error(("office", "timezone"), what, suggest(office.timezone, available_timezones()))
    return replace(office, timezone=OfficeSettings().timezone)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, not a key at all, or the name of a folder
        return False
    return True


def _check_numbers(settings: Settings, findings: Findings) -> None:
    limits = settings.limits
    numbers = (
        (("mailbox", "poll_seconds"), settings.mailbox.poll_seconds, SLOWEST_POLL),
        (("limits", "automatic_mails_per_hour"), limits.automatic_mails_per_hour, 100_000),
        (("limits", "acknowledgements_per_sender_per_hour"), limits.acknowledgements_per_sender_per_hour, 100_000),
    )
    for place, number, largest in numbers:
        if not 1 <= number <= largest:
            findings.error(place, f"{number} is out of range", f"write a number from 1 to {largest}")


def _check_channels(settings: Settings, findings: Findings) -> None:
    for place, url in ((("alarm", "url"), settings.alarm.url), (("heartbeat", "url"), settings.heartbeat.url)):
        if url:
            check_url(place, url, findings)
    for place, listen in (
        (("metrics", "listen"), settings.metrics.listen),
        (("board", "listen"), settings.board.listen),
    ):
        host, _, port = listen.rpartition(":")
        if listen and not (host and port.isdecimal() and port.isascii() and 1 <= int(port[:6]) <= 65535):
            findings.error(place, f"{show(listen)} is not a host and a port", 'write "127.0.0.1:8080"')
    host = settings.metrics.listen.rpartition(":")[0]
    if host and host not in _OF_THIS_MACHINE:
        what = f"{show(host)} can be reached from elsewhere, and nobody signs in to see the figures"
        findings.error(("metrics", "listen"), what, 'write "127.0.0.1:9464", and let a proxy pass it on where it must')
