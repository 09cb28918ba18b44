"""A copy is put back where a mail that is moved gets another id: the known is known, and what is not comes in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from tests.contracts.fault_runs import incoming
from tests.contracts.transports import Transport, opened


@contextmanager
def at_work(home: Path, transport: Transport) -> Iterator[Office]:
    """Let a process work on the home, with this mailbox."""
    office = Office(home)
    office.mailbox = transport.reopened()
    try:
        yield office
    finally:
        office.close()


@pytest.mark.parametrize("name", ["imap", pytest.param("ews", marks=pytest.mark.slow)])
def test_after_a_restore_what_was_filed_since_is_taken_in_and_nothing_a_second_time(name: str, tmp_path: Path) -> None:
    home, database = tmp_path / "home", tmp_path / "home" / "var" / "cspr-bot.db"
    make_home(home)
    with opened(name, tmp_path / "server") as transport:
        transport.world.deliver(incoming(1))
        with at_work(home, transport) as office:
            office.run_once()
        shutil.copy(database, tmp_path / "copy")
        transport.world.deliver(incoming(2))
        transport.world.deliver(incoming(2))  # a mail that was delivered twice
        with at_work(home, transport) as office:
            office.run_once()
            before = [(row.sha256, row.status, row.received_at) for row in office.store.reports.inbox_rows()]
        assert transport.world.lying_in("inbox") == []
        left = len(transport.world.arrived())
        for file in database.parent.glob("cspr-bot.db*"):
            file.unlink()
        shutil.copy(tmp_path / "copy", database)
        with at_work(home, transport) as office:
            office.store.installation.restored(office.clock.now())
            office.run_once()
            assert [(row.sha256, row.status, row.received_at) for row in office.store.reports.inbox_rows()] == before
            office.run_once()
            assert len(office.store.reports.inbox_rows()) == 3
        assert transport.world.lying_in("inbox") == []
        assert len(transport.world.arrived()) == left
