"""The two databases of the crash matrix, and how a home gets a copy of what another had."""

from pathlib import Path
from typing import Protocol

from cspr_bot.store import open_store
from tests.fakes.postgresql import Server
from tests.simulation.ground import START

KEY = bytes(32)
NAME = "nsscp_live"
_LEASE_ENDS = "UPDATE nsscp_live.leads SET until = now()"


class Databases(Protocol):
    """Where homes keep everything."""

    def make(self, folder: Path) -> None:
        """Make an empty one for the home from which all others are copied."""
        ...

    def keep(self, folder: Path) -> None:
        """Keep what that home has, to be copied."""
        ...

    def copy(self, folder: Path) -> None:
        """Give a new home what was kept."""
        ...

    def settings(self, folder: Path) -> dict[str, str]:
        """Give what stands in the home's file about it."""
        ...

    def let_lease_end(self, folder: Path) -> None:
        """Let so much time pass that a dead leader leads no more."""
        ...


class SqliteFiles:
    """A file in each home."""

    def make(self, folder: Path) -> None:
        open_store(f"sqlite:///{folder / 'var' / 'cspr-bot.db'}", KEY, now=START).close()

    def keep(self, folder: Path) -> None:
        """It is in the folder."""

    def copy(self, folder: Path) -> None:
        """It was copied with the folder."""

    def settings(self, folder: Path) -> dict[str, str]:  # noqa: ARG002
        return {}

    def let_lease_end(self, folder: Path) -> None:
        """A file has none."""


class PostgresqlCopies:
    """A database of the server for each home, made from that of the first."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def make(self, folder: Path) -> None:
        self._server.run_sql(f"CREATE DATABASE {_name(folder)}")
        open_store(self._url(folder), KEY, now=START, schema=NAME).close()

    def keep(self, folder: Path) -> None:
        self.let_lease_end(folder)

    def copy(self, folder: Path) -> None:
        self._server.run_sql(f"CREATE DATABASE {_name(folder)} TEMPLATE crash_prepared STRATEGY file_copy")

    def settings(self, folder: Path) -> dict[str, str]:
        return {"url": self._url(folder), "schema": NAME}

    def let_lease_end(self, folder: Path) -> None:
        self._server.run_sql_in(_name(folder), _LEASE_ENDS)

    def _url(self, folder: Path) -> str:
        return self._server.url(database=_name(folder))


def _name(folder: Path) -> str:
    return f"crash_{folder.name.replace('-', '_')}"
