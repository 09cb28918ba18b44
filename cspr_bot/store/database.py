"""One database, opened so that what was acknowledged survives a power cut, and its transactions.

SQLite in WAL mode with synchronous=FULL: of the modes measured the cheap one in which no acknowledged row was ever
lost. Each setting is read back, for SQLite ignores what it cannot do without a word. What is asked of a server stands
in `server`.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, CursorResult, Engine, create_engine, event, make_url
from sqlalchemy.engine import Row
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
)
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql import Executable

from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from cspr_bot.store import audit, server
from cspr_bot.store.audit import AuditEntry, AuditHead
from cspr_bot.store.encryption import DataKey, Keyring
from cspr_bot.store.lead import Lead, boot_seconds

BUSY_SECONDS = 5
# Name, what is asked for, what SQLite then says.
_PRAGMAS = (
    ("busy_timeout", str(BUSY_SECONDS * 1000), BUSY_SECONDS * 1000),
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("secure_delete", "FAST", 2),  # what is deleted is overwritten wherever its page is written anyway
    ("journal_size_limit", str(64 << 20), 64 << 20),
)
_BEYOND_REPAIR = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH}
)
_WORDS = {
    sqlite3.SQLITE_BUSY: "the database is locked by another process",
    sqlite3.SQLITE_LOCKED: "the database is locked by another process",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database is damaged: restore the last good backup",
    sqlite3.SQLITE_NOTADB: "this file is no database",
    sqlite3.SQLITE_READONLY: "the database is read-only",
}

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Transaction:
    """One write transaction: what it changes, and what the audit log will say of it."""

    __slots__ = ("_entries", "connection", "keys", "ring")

    def __init__(self, connection: Connection, ring: Keyring) -> None:
        self.connection = connection
        self.ring = ring
        self.keys: dict[str, DataKey] = {}  # of the cases met so far; gone with the transaction, as a new case may be
        self._entries: list[AuditEntry] = []

    def run(self, statement: Executable, parameters: Parameters | None = None) -> CursorResult[Any]:
        """Execute a statement that changes something."""
        result: CursorResult[Any] = self.connection.execute(statement, parameters)
        return result

    def changes_one(self, statement: Executable, parameters: Parameters) -> bool:
        """Execute a conditional UPDATE; False where its condition no longer held and nothing was changed."""
        return self.run(statement, parameters).rowcount == 1

    def row(self, statement: Executable, parameters: Parameters | None = None) -> Row[Any] | None:
        """Give the one row of a query, or None."""
        return self.connection.execute(statement, parameters).one_or_none()

    def rows(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[Row[Any]]:
        """Give the rows of a query."""
        return self.connection.execute(statement, parameters).all()

    def note(self, at: datetime, actor: str, what: str, reference: str | None = None, **details: str | int) -> None:
        """Say something to the audit log: it is written with the rest or not at all."""
        self._entries.append(AuditEntry(at, reference, actor, what, details))

    def finish(self, known: AuditHead | None) -> AuditHead | None:
        """Write the audit entries, last of all, to hold the row of the log's end no longer than needed."""
        return audit.append(self.connection, self.ring, self._entries, known) if self._entries else known


class Database:
    """The engine with its keyring. `write` and `read` are the only ways in.

    Where one of several daemons leads, whatever it writes renews its lease, and is refused where another leads by now.
    """

    __slots__ = ("_head", "_lead", "engine", "ring")

    def __init__(self, engine: Engine, ring: Keyring, lead: Lead | None = None) -> None:
        self.engine = engine
        self.ring = ring
        self._lead = lead
        self._head: AuditHead | None = None

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a transaction that is committed whole, or rolled back whole by whatever is raised inside."""
        with begin(self.engine, writing=True) as connection:
            asked_at = boot_seconds()
            if self._lead is not None:
                self._lead.renew(connection)
            transaction = Transaction(connection, self.ring)
            yield transaction
            head = transaction.finish(self._head)
        self._head = head  # only now: what was not committed is not where the log ends
        if self._lead is not None:
            self._lead.renewed(asked_at)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that sees one moment of the database and changes nothing."""
        with begin(self.engine) as connection:
            yield Transaction(connection, self.ring)


@contextmanager
def begin(engine: Engine, *, writing: bool = False) -> Iterator[Connection]:
    """Open a transaction; on SQLite say so ourselves, for the driver would begin late and never "immediate".

    A write takes its lock at the start: a read that turns into a write fails at once where another was quicker,
    whatever the timeout. BEGIN goes past SQLAlchemy's events, which would make every statement dearer by a third.
    On a server a read is told to see one moment too, and to change nothing.
    """
    is_server_read = not writing and engine.dialect.name != "sqlite"
    with failures_named(), (server.reading(engine) if is_server_read else engine).begin() as connection:
        if engine.dialect.name == "sqlite":
            raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
            raw.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        yield connection


def take_turns(connection: Connection) -> None:
    """Let those who make or upgrade the tables do so one after the other. A file's writers do anyway."""
    if connection.dialect.name != "sqlite":
        server.make_alone(connection)


@contextmanager
def failures_named() -> Iterator[None]:
    """Turn what the driver raises into the two ways in which the world fails; a wrong statement stays a bug."""
    try:
        yield
    except (DBAPIError, sqlite3.DatabaseError) as error:  # the second while connecting, where nobody wraps it
        failure = _failure(error)
        if failure is None:
            raise
        raise failure from error


def _failure(error: DBAPIError | sqlite3.DatabaseError) -> PermanentFailure | TemporaryFailure | None:
    """Say how the world failed; None where it is the program that is wrong."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return server.failure(error) if isinstance(error, DBAPIError) else None
    primary = code & 0xFF
    if isinstance(error, IntegrityError | ProgrammingError) or primary == sqlite3.SQLITE_ERROR:
        return None  # a wrong statement, or tables that are not ours
    reason = _WORDS.get(primary, f"the database failed (SQLite error {code})")
    return PermanentFailure(reason) if primary in _BEYOND_REPAIR else TemporaryFailure(reason)


def make_engine(url: str, schema: str = "") -> Engine:
    """Make the engine for a database URL; on SQLite the file is made first, readable by its owner only.

    `schema` is where on a server the tables of this installation lie, and nothing else is in reach.
    """
    try:
        address = make_url(url)
    except ArgumentError:  # its text repeats the address, and that may hold a password
        raise PermanentFailure("this is no address of a database") from None
    options: dict[str, Any] = {
        "hide_parameters": True,
        "json_serializer": lambda value: msgspec.json.encode(value).decode(),
        "json_deserializer": msgspec.json.decode,
    }
    if address.get_backend_name() != "sqlite":
        return server.make_engine(address, schema, options)
    if not address.database or address.database == ":memory:":
        raise PermanentFailure("a database in memory keeps nothing")
    _make_file(address.database)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, **options)
    event.listen(engine, "connect", _on_connect)
    return engine


def _make_file(path: str) -> None:
    """Make the file where there is none, with mode 0600 (the WAL beside it inherits that), and turn it to WAL.

    Turning is the one step for which SQLite does not wait its turn: two who do it at once both fail. So they take
    turns at the folder, and the second finds it done.
    """
    try:
        with _turn_at(Path(path).parent):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            if Path(path).stat().st_size == 0:
                with failures_named(), closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as new:
                    new.execute("PRAGMA journal_mode = WAL")
    except OSError as error:
        raise PermanentFailure(f"the database file cannot be opened: {error.strerror}") from error


@contextmanager
def _turn_at(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Take BEGIN out of the driver's hands, set every pragma and read it back."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for name, wanted, answer in _PRAGMAS:
        cursor.execute(f"PRAGMA {name} = {wanted}")
        cursor.execute(f"PRAGMA {name}")
        found = cursor.fetchone()
        if found is None or found[0] != answer:
            raise PermanentFailure(f"SQLite does not do {name} = {wanted} here")
    cursor.close()
