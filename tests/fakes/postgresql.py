"""A real PostgreSQL server, started by the tests in a folder of their own and reached by a socket there."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from cspr_bot.store import Store, open_store
from cspr_bot.store.tables import metadata
from tests.fakes.store import MASTER_KEY, NOW

PATIENCE = 30.0  # seconds


def find_server() -> Path | None:
    """Find the folder of the server's programs: Debian keeps them off the path."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "postgres").exists()), None)


class Server:
    """One server. `stop`, `start` and `kill` are for the tests that ask what we do without it."""

    def __init__(self, programs: Path, folder: Path, *settings: str) -> None:
        self._settings = settings
        self._programs = programs
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        # It refuses to run as root, as which tests may run in a container.
        self._as: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self._as:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(folder / "data"), "-U", "cspr", "-A", "trust", "-E", "UTF8", "--no-sync")

    def url(self, user: str = "cspr", database: str = "postgres") -> str:
        """Give the address for the configuration."""
        return f"postgresql+psycopg://{user}@/{database}?host={self._folder}"

    def new_schema(self) -> str:
        """Give the name of a schema that nobody has used."""
        return f"partnership_{next(self._numbers)}"

    def emptied_store(self) -> Store:
        """Open a store in which nothing was ever kept. Its tables are used again: to make them takes half a second."""
        with closing(self.new_store("emptied")) as store, store.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                if table.name != "alembic_version":
                    connection.execute(table.delete())
            for name in inspect(connection).get_sequence_names():
                connection.exec_driver_sql(f"ALTER SEQUENCE {name} RESTART")
        return self.new_store("emptied")

    def new_store(self, schema: str, **options: Any) -> Store:  # noqa: ANN401
        """Open the store in a schema; a second time it is the same one."""
        return open_store(self.url(), MASTER_KEY, now=NOW, schema=schema, **options)

    def run_sql(self, *statements: str) -> list[Any]:
        """Let the server's own administrator say something; give the rows of the last of it."""
        return self.run_sql_in("postgres", *statements)

    def run_sql_in(self, database: str, *statements: str) -> list[Any]:
        """Say something in one of the server's databases."""
        engine = create_engine(self.url(database=database))
        rows: list[Any] = []
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements:
                result = connection.execute(text(statement))
                rows = list(result.all()) if result.returns_rows else []
        engine.dispose()
        return rows

    def files(self) -> Iterator[Path]:
        """Give every file in which the server keeps anything, all that it holds in memory written out first."""
        self.run_sql("CHECKPOINT")
        yield from (path for path in (self._folder / "data").rglob("*") if path.is_file())

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data")]
        settings = ["-k", str(self._folder)]
        for setting in ("listen_addresses=", "max_connections=60", "checkpoint_timeout=1h", *self._settings):
            settings += ["-c", setting]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [*command, *settings], stdout=log, stderr=log, cwd="/", **self._as
            )
        end = monotonic() + PATIENCE
        while not self._answers():
            assert monotonic() < end, (self._folder / "log").read_text()
            assert self._process.poll() is None, (self._folder / "log").read_text()

    def stop(self) -> None:
        """Stop it at once: sessions are ended, as for a restart."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop it without a word to the disk, as a crash does; the next start recovers from its log."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def _answers(self) -> bool:
        try:
            return bool(self.run_sql("SELECT 1"))
        except OperationalError:
            return False

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603
            [str(self._programs / program), *arguments], capture_output=True, check=False, cwd="/", **self._as
        )
        assert done.returncode == 0, done.stderr.decode()


@contextmanager
def started(*settings: str) -> Iterator[Server]:
    """Start a server of one's own; the test is skipped where PostgreSQL is not installed."""
    programs = find_server()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="cspr-pg-"))  # short: the path of a socket has 107 characters at most
    server = Server(programs, folder, *settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server that all tests of this run share: each has a schema of its own there."""
    with started() as server:
        yield server
