"""What time it is in a home, for a command that only looks: the home may be half made, or its key not at hand."""

from datetime import datetime
from pathlib import Path

from cspr_bot.bootstrap.databases import database_file, database_url, schema_of
from cspr_bot.bootstrap.world import SystemClock
from cspr_bot.config import Settings, read_home_settings
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure


def present_of(folder: Path) -> datetime:
    """Give the moment to which a person has turned a home's clock, else the machine's. Nothing is made or changed."""
    settings = read_home_settings(folder)
    turned = _turned_clock(folder, settings) if settings is not None else None
    return turned or SystemClock().now()


def _turned_clock(folder: Path, settings: Settings) -> datetime | None:
    """Ask the database, without the key; one that is not there, or does not answer, knows of no other time."""
    from cspr_bot.store import read_turned_clock  # noqa: PLC0415 - 0.2 s, and only where there is a database

    file = database_file(settings, folder)
    if settings.mailbox.transport != "folder" or (file is not None and not file.is_file()):
        return None
    try:
        return read_turned_clock(database_url(settings, folder), schema_of(settings))
    except (TemporaryFailure, PermanentFailure):
        return None
