"""What time it is in a home, for a command that only looks: the home may be half made, or its key not at hand."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cspr_bot.bootstrap.databases import database_file, database_url, schema_of
from cspr_bot.bootstrap.world import SystemClock
from cspr_bot.config import Settings, read_home_settings
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure

if TYPE_CHECKING:
    from cspr_bot.store import DueRow


def present_of(folder: Path) -> datetime:
    """Give the moment to which a person has turned a home's clock, else the machine's. Nothing is made or changed."""
    settings = read_home_settings(folder)
    turned = _turned_clock(folder, settings) if settings is not None else None
    return turned or SystemClock().now()


def deadlines_in_the_clear(folder: Path) -> "tuple[DueRow, ...] | None":
    """Give every open duty where the files of a home are broken, without the key; None where nothing can be asked.

    Of the files only bot.toml has to be whole: it says where the database is.
    """
    from cspr_bot.store import read_deadlines  # noqa: PLC0415

    settings = read_home_settings(folder)
    file = database_file(settings, folder) if settings is not None else None
    if settings is None or (file is not None and not file.is_file()):
        return None
    try:
        return read_deadlines(database_url(settings, folder), schema_of(settings))
    except (TemporaryFailure, PermanentFailure):
        return None


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
