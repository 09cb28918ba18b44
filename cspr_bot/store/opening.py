"""Opening a database: made, upgraded, or refused with the reason, before anybody reads a row of it."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select

from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from cspr_bot.store import audit, copying, upkeep
from cspr_bot.store.contact_lists import SqlContactLists
from cspr_bot.store.database import Database, begin, make_engine, take_turns
from cspr_bot.store.digest import SqlDigest, SqlNotices
from cspr_bot.store.dispatch import SqlDispatch
from cspr_bot.store.encryption import Keyring, WrongKeyError, master_check, new_secret, unwrap_secret, wrap_secret
from cspr_bot.store.held_alarm import SqlHeldAlarm
from cspr_bot.store.installation import Installation, turned_clock
from cspr_bot.store.intake import SqlIntake
from cspr_bot.store.introductions import SqlAskedAddresses
from cspr_bot.store.lead import LEASE, Lead, boot_seconds
from cspr_bot.store.migrations import LATEST, STEPS
from cspr_bot.store.progression import SqlProgression
from cspr_bot.store.reconciling import SqlReconciliation
from cspr_bot.store.registration import SqlRegistration
from cspr_bot.store.reports import Reports, due_rows
from cspr_bot.store.rows import DueRow
from cspr_bot.store.sign_ins import SqlSignIns
from cspr_bot.store.tables import alembic_version, keys, metadata


class WrongSchemaError(Exception):
    """The database was written by a newer program than this one."""


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that is kept: a door for each station, and one for whoever asks."""

    intake: SqlIntake
    registration: SqlRegistration
    progression: SqlProgression
    dispatch: SqlDispatch
    digest: SqlDigest
    held_alarm: SqlHeldAlarm
    contact_lists: SqlContactLists
    asked_addresses: SqlAskedAddresses
    reconciliation: SqlReconciliation
    notices: SqlNotices
    reports: Reports
    installation: Installation
    sign_ins: SqlSignIns
    engine: Engine
    lead: Lead | None

    def check_integrity(self) -> tuple[str, ...]:
        """Ask the database whether it is whole: all that is wrong with it, nothing where it is sound."""
        return upkeep.problems_of(self.engine)

    def back_up(self, to: Path) -> None:
        """Copy the database while the program runs, a server's as well: the copy is a file of SQLite."""
        if self.lead is None:
            upkeep.back_up(self.engine, to)
        else:
            copying.write_file(self.engine, to)

    def take_lead(self) -> bool:
        """Take the lead among the daemons of one server; False where another has it. A file's only daemon has it."""
        if self.lead is None:
            return True
        asked_at = boot_seconds()
        with begin(self.engine, writing=True) as connection:
            fence = self.lead.take(connection)
        return self.lead.taken(fence, asked_at)

    def has_time_to_send(self) -> bool:
        """Say whether the lead is ours for longer than a mail takes to be sent."""
        return self.lead is None or self.lead.has_time()

    def give_up_lead(self) -> None:
        """Let the next daemon lead at once."""
        if self.lead is not None and self.lead.is_held:
            with begin(self.engine, writing=True) as connection:
                self.lead.give_up(connection)

    def close(self) -> None:
        """Let go of the lead, so that another need not wait for the lease to end, and of every connection."""
        with suppress(TemporaryFailure, PermanentFailure):
            self.give_up_lead()
        self.engine.dispose()


def open_store(url: str, master_key: bytes, *, now: datetime, schema: str = "", lease: timedelta = LEASE) -> Store:
    """Open the database at a URL; make it where there is none, upgrade it where it is older.

    On a server the tables lie in `schema`, and a daemon leads for as long as its `lease` is renewed.

    Raises `WrongKeyError` for a key that is not this database's, `WrongSchemaError` for a newer database,
    `PermanentFailure` for what is no database or cannot be made durable, `TemporaryFailure` where it is locked.
    """
    engine = make_engine(url, schema)
    try:
        bring_up_to_date(engine, now)
        secret = _open_secret(engine, master_key, now)
    except BaseException:
        engine.dispose()
        raise
    lead = None if engine.dialect.name == "sqlite" else Lead(lease)
    database = Database(engine, Keyring(secret), lead)
    return Store(
        intake=SqlIntake(database),
        registration=SqlRegistration(database),
        progression=SqlProgression(database),
        dispatch=SqlDispatch(database),
        digest=SqlDigest(database),
        held_alarm=SqlHeldAlarm(database),
        contact_lists=SqlContactLists(database),
        asked_addresses=SqlAskedAddresses(database),
        reconciliation=SqlReconciliation(database),
        notices=SqlNotices(database),
        reports=Reports(database),
        installation=Installation(database, secret),
        sign_ins=SqlSignIns(database),
        engine=engine,
        lead=lead,
    )


def read_deadlines(url: str, schema: str = "") -> tuple[DueRow, ...]:
    """Give every open duty, soonest first, without the key: moments, roles and references stand in the clear."""
    engine = make_engine(url, schema)
    try:
        with begin(engine) as connection:
            if schema_of(connection) is None:
                return ()
            return due_rows(connection)
    finally:
        engine.dispose()


def read_turned_clock(url: str, schema: str = "") -> datetime | None:
    """Give the moment to which a person has turned the clock, without the key; None where nobody has."""
    engine = make_engine(url, schema)
    try:
        with begin(engine) as connection:
            return None if schema_of(connection) is None else turned_clock(connection)
    finally:
        engine.dispose()


def schema_of(connection: Connection) -> int | None:
    """Give the number of the schema that a database has; None where it is empty."""
    if not inspect(connection).has_table(alembic_version.name):
        return None
    return int(connection.execute(select(alembic_version.c.version_num)).scalar_one())


def bring_up_to_date(engine: Engine, now: datetime, *, latest: int = LATEST, steps: Path = STEPS) -> None:
    """Make the tables, or upgrade them; an older database is copied beside itself first.

    The numbers are compared before anything else: that is one row, and the machinery of migrations a third of a
    second. A new database is made in one go, and a test holds that against the steps.
    """
    with begin(engine) as connection:
        found = schema_of(connection)
    if found == latest:
        return
    if found is not None and found > latest:
        raise WrongSchemaError(f"schema {found} of {latest}: this database was written by a newer program")
    if found is not None:
        from cspr_bot.store.migrations.run import upgrade  # noqa: PLC0415  (Alembic is slow to load, seldom needed)

        _keep_copy(engine, found, now)
        upgrade(engine, steps)
        return
    with begin(engine, writing=True) as connection:
        take_turns(connection)
        if schema_of(connection) is None:  # two who open an empty file at once: the second finds it made
            metadata.create_all(connection)
            connection.execute(insert(alembic_version), {"version_num": number(latest)})


def number(schema: int) -> str:
    """Write the number of a schema as its migration has it."""
    return f"{schema:04}"


def _keep_copy(engine: Engine, schema: int, now: datetime) -> None:
    """Copy the database beside itself before it is changed; a server has its own backups."""
    if engine.url.database is not None and engine.dialect.name == "sqlite":
        path = Path(engine.url.database)
        upkeep.back_up(engine, path.with_name(f"{path.name}.schema-{number(schema)}-{now:%Y%m%dT%H%M%SZ}"))


def _open_secret(engine: Engine, master_key: bytes, now: datetime) -> bytes:
    """Give the installation's secret; make it where the database is new."""
    with begin(engine) as connection:
        rows = connection.execute(select(keys)).all()
    if not rows:
        with begin(engine, writing=True) as connection:
            take_turns(connection)
            rows = connection.execute(select(keys)).all()
            if not rows:  # not so where two open a new database at once: the second takes what the first has made
                return _make_secret(connection, master_key, now)
    check = master_check(master_key)
    for row in rows:
        if compare_digest(row.master_check, check):
            return unwrap_secret(master_key, row.wrapped)
    raise WrongKeyError("this is not the master key of the database")


def _make_secret(connection: Connection, master_key: bytes, now: datetime) -> bytes:
    secret = new_secret()
    row = {"master_check": master_check(master_key), "wrapped": wrap_secret(master_key, secret), "made_at": now}
    connection.execute(insert(keys), row)
    audit.begin_chain(connection, Keyring(secret))
    return secret
