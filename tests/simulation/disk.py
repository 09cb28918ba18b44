"""A database whose statements and commits may fail: the real one, behind a driver's connection that is ours."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, event

from tests.simulation.weather import Weather


def put_under(engine: Engine, weather: Weather) -> None:
    """Let an engine's connections live under this weather from now on; those that it has are let go."""
    engine.dispose()

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = ()) -> "Cursor":  # noqa: ANN401
            weather.passes("statement", sql)
            return super().execute(sql, parameters)

        def executemany(self, sql: str, parameters: Any) -> "Cursor":  # noqa: ANN401
            weather.passes("statement", sql)
            return super().executemany(sql, parameters)

    class Connected(sqlite3.Connection):
        def cursor(self, factory: type[sqlite3.Cursor] | None = None) -> sqlite3.Cursor:  # type: ignore[override]
            return super().cursor(factory or Cursor)

        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:  # noqa: ANN401
            weather.passes("statement", sql)
            return super().execute(sql, parameters)

        def commit(self) -> None:
            is_needed = self.in_transaction
            if is_needed:
                weather.passes("commit")
            super().commit()
            if is_needed:
                weather.passes("committed")

    @event.listens_for(engine, "do_connect")
    def connect(
        _dialect: object, _record: object, arguments: Sequence[Any], named: dict[str, Any]
    ) -> sqlite3.Connection:
        with weather.calm():
            return sqlite3.connect(*arguments, **named, factory=Connected)


DISK_FAILS = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY)
