"""Rows from a server into a file and back: a copy is a SQLite file, whatever the database is."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select

from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.store.database import begin, make_engine, take_turns
from cspr_bot.store.tables import leads, metadata

_AT_A_TIME = 200


def write_file(engine: Engine, file: Path) -> None:
    """Write every row of a server, as it is at one moment, into a new file."""
    copy = make_engine(f"sqlite:///{file}")
    try:
        with begin(engine) as source, begin(copy, writing=True) as target:
            metadata.create_all(target)
            _copy_rows(source, target)
        with copy.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        copy.dispose()


def fill(url: str, schema: str, file: Path) -> None:
    """Put every row of a file in a schema of a server, in one transaction; a schema with tables in it is refused."""
    engine, copy = make_engine(url, schema), make_engine(f"sqlite:///{file}")
    try:
        with begin(copy) as source, begin(engine, writing=True) as target:
            take_turns(target)
            if inspect(target).get_table_names():
                raise PermanentFailure("this home's schema is not empty: restore into a new one")
            metadata.create_all(target)
            _copy_rows(source, target)
            _count_on(target)
    finally:
        engine.dispose()
        copy.dispose()


def _copy_rows(source: Connection, target: Connection) -> None:
    """Copy table by table, those first to which others refer; never all rows in memory at once."""
    for table in metadata.sorted_tables:
        if table is leads:  # who led then leads no more
            continue
        rows = source.execute(select(table).execution_options(yield_per=_AT_A_TIME))
        for some in rows.mappings().partitions():
            target.execute(table.insert(), [dict(row) for row in some])


def _count_on(target: Connection) -> None:
    """Let numbers go on where those of the rows end."""
    for table in metadata.sorted_tables:
        if "id" in table.c and table.c.id.autoincrement:
            named = f"pg_get_serial_sequence('{table.name}', 'id')"
            has = target.exec_driver_sql(f"SELECT {named}").scalar()
            if has is not None:
                last = f"(SELECT max(id) FROM {table.name})"  # noqa: S608 - our own tables' names
                target.exec_driver_sql(f"SELECT setval({named}, coalesce({last}, 0) + 1, false)")
