"""Care for the file itself: is it whole, and a copy of it while the program runs."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine

from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.store.database import begin, failures_named


def problems_of(engine: Engine) -> tuple[str, ...]:
    """Ask the database whether it is whole: all that is wrong with it, nothing where it is sound."""
    if engine.dialect.name != "sqlite":
        return ()
    with begin(engine) as connection:
        return (*_damage(connection), *_orphans(connection))


def _damage(connection: Connection) -> tuple[str, ...]:
    answers = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check")]
    return () if answers == ["ok"] else tuple(answers)


def _orphans(connection: Connection) -> tuple[str, ...]:
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return tuple(f"{row[0]}, row {row[1]}: refers to a row of {row[2]} that is not there" for row in rows)


def empty_log(engine: Engine) -> None:
    """Bring the write-ahead log into the file and cut it to nothing, so that no old page lies about in it.

    Where somebody is reading just now, SQLite leaves it for the next time.
    """
    if engine.dialect.name == "sqlite":
        with failures_named(), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def back_up(engine: Engine, to: Path) -> None:
    """Copy the database as it is at this moment, while others write; the copy is whole or not there at all.

    The copy is as sealed as the original: it is worth nothing without the master key, which is not in it.
    """
    if engine.dialect.name != "sqlite":
        raise PermanentFailure("copy this database with the tools of its server")
    unfinished = to.with_name(f"{to.name}.part")
    try:
        os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        with failures_named(), engine.connect() as connection, closing(sqlite3.connect(unfinished)) as copy:
            source = cast("sqlite3.Connection", connection.connection.dbapi_connection)
            source.backup(copy)
        _make_durable(unfinished)
        unfinished.replace(to)
        _make_durable(to.parent)
    except OSError as error:
        raise PermanentFailure(f"the copy cannot be written: {error.strerror}") from error


def _make_durable(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
