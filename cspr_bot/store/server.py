"""A PostgreSQL server: how we connect, what must hold there for what was acknowledged to last, and how it fails.

Each installation has a schema of its own, and a connection sees that one and no other: no statement here ever names a
schema, and the search path that is set at the start is read back.
"""

import re
from typing import Any
from zlib import crc32

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure

DRIVER = "postgresql+psycopg"
DEFAULT_SCHEMA = "cspr_bot"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LOCK_SECONDS = 5
# A daemon that is stopped in the midst of a transaction holds its locks: the server ends its session then.
_IDLE_SECONDS = 30
_CONNECT_SECONDS = 10
# Without these a committed row may be gone after a power cut, and with it a referral.
_DURABLE = (("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"))

_TURN = text("SELECT pg_advisory_xact_lock(:turn)")
_SCHEMA_KNOWN = text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")

_WORDS: dict[str, tuple[type[PermanentFailure | TemporaryFailure], str]] = {
    "25006": (PermanentFailure, "the database is read-only"),
    "25P03": (TemporaryFailure, "the database has ended our session, for we were silent too long"),
    "3F000": (PermanentFailure, "the database does not let us: our role needs a schema of its own there"),
    "40001": (TemporaryFailure, "another process was quicker"),
    "40P01": (TemporaryFailure, "another process was quicker"),
    "42501": (PermanentFailure, "the database does not let us: our role needs a schema of its own there"),
    "53100": (TemporaryFailure, "the disk of the database is full"),
    "53300": (TemporaryFailure, "the database has too many connections"),
    "55P03": (TemporaryFailure, "the database is locked by another process"),
    "58030": (TemporaryFailure, "the disk of the database failed to read or write"),
    "XX001": (PermanentFailure, "the database is damaged: restore the last good backup"),
    "XX002": (PermanentFailure, "the database is damaged: restore the last good backup"),
}


def make_engine(address: URL, schema: str, options: dict[str, Any]) -> Engine:
    """Make the engine; nothing is connected yet."""
    schema = schema or DEFAULT_SCHEMA
    if address.drivername != DRIVER:
        raise PermanentFailure(f"no driver is installed for {address.drivername}: write {DRIVER}://...")
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise PermanentFailure(f"{schema!r} is no name for a schema: write small letters, digits and _")
    try:
        engine = create_engine(
            address.difference_update_query(["options"]),
            connect_args=how_to_connect(address, schema),
            pool_pre_ping=True,
            **options,
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise PermanentFailure(f"no driver is installed for {address.drivername}") from error

    def check(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        _check(connection, schema)

    event.listen(engine, "connect", check)
    return engine


def how_to_connect(address: URL, schema: str) -> dict[str, str | int]:
    """Give what is said to the server with each connection, beside its address."""
    settings = {
        "search_path": schema,
        "lock_timeout": f"{_LOCK_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{_IDLE_SECONDS}s",
        "synchronous_commit": "on",
    }
    given = address.query.get("options", "")
    connecting: dict[str, str | int] = {
        "options": " ".join([str(given), *(f"-c {name}={value}" for name, value in settings.items())]).strip(),
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": "cspr-bot",
    }
    if not _is_on_this_machine(address) and "sslmode" not in address.query:
        connecting["sslmode"] = "require"  # nothing of a case crosses a network in the clear
    return connecting


def _is_on_this_machine(address: URL) -> bool:
    host = address.host or str(address.query.get("host", ""))
    return host in {"", "localhost", "127.0.0.1", "::1"} or host.startswith(("/", "@"))


def _check(connection: DBAPIConnection, schema: str) -> None:
    """Read back what the promise rests on; a server that does not keep it is refused."""
    cursor = connection.cursor()
    for name, wanted in (*_DURABLE, ("search_path", schema)):
        cursor.execute(f"SHOW {name}")
        found = cursor.fetchone()
        if found is None or found[0] != wanted:
            raise PermanentFailure(f"the database server has {name} = {found[0] if found else '?'}, and not {wanted}")
    cursor.close()
    connection.rollback()


def reading(engine: Engine) -> Engine:
    """Give the engine whose transactions see one moment, and change nothing."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def make_alone(connection: Connection) -> None:
    """Keep everybody else from making or changing the tables of this schema to the transaction's end.

    The schema is made where it is missing; who may only use one is not asked to be able to make one.
    """
    schema = str(connection.exec_driver_sql("SHOW search_path").scalar_one())
    connection.execute(_TURN, {"turn": crc32(f"cspr-bot {schema}".encode())})
    if connection.execute(_SCHEMA_KNOWN, {"schema": schema}).scalar() is None:
        connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')


def failure(error: DBAPIError) -> PermanentFailure | TemporaryFailure | None:
    """Say how a server failed; None where it is the program that is wrong."""
    state = getattr(error.orig, "sqlstate", None) or ""
    if state in _WORDS:
        kind, reason = _WORDS[state]
        return kind(reason)
    is_away = isinstance(error, OperationalError) or error.connection_invalidated
    return TemporaryFailure("the database cannot be reached, or refuses for now") if is_away else None
