"""The disk is full, read-only or damaged: the daemon pauses or refuses in one clear line, and goes on by itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import event

from cspr_bot.bootstrap.cycle import PATIENCE
from cspr_bot.bootstrap.reading import read_mail
from cspr_bot.cli import main
from cspr_bot.pipeline.ports import ReadMail
from tests.bootstrap.test_cycle import Bench, refer


class InProcess:
    """The parser without its child."""

    def __init__(self, bench: Bench) -> None:
        self._rules = bench.office.home.form_rules

    def read(self, raw: bytes) -> ReadMail:
        return read_mail(raw, self._rules)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    made.start()
    made.office.reader = cast("Any", InProcess(made))
    yield made
    made.office.close()


def _pragma(bench: Bench, name: str, value: int) -> None:
    """Let every connection of the daemon have a setting."""
    bench.office.store.engine.dispose()
    listeners = bench.office.store.engine

    @event.listens_for(listeners, "connect")
    def connect(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.execute(f"PRAGMA {name} = {value}")


def _inbox(bench: Bench) -> int:
    return sum(1 for _ in (bench.folder / "var" / "mailbox").glob("[nc]*/*"))


@pytest.mark.parametrize(
    ("pragma", "hard", "soft", "said"),
    [("max_page_count", 1, 10**9, "the disk is full"), ("query_only", 1, 0, "the database is read-only")],
)
def test_what_cannot_be_written_stays_in_the_mailbox_is_said_and_goes_on_alone(
    bench: Bench, pragma: str, hard: int, soft: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    refer(bench)
    _pragma(bench, pragma, hard)
    assert not bench.cycle()
    bench.machine.at += PATIENCE  # the home's own clock is in the database, which cannot be written
    assert not bench.cycle()
    assert _inbox(bench) == 1
    lines = [record.getMessage() for record in caplog.records if said in record.getMessage()]
    assert len(lines) == 2
    assert "not working since" in bench.said()
    assert said in bench.said()
    _pragma(bench, pragma, soft)
    bench.pass_by(timedelta(minutes=1))
    assert bench.cycle()
    assert _inbox(bench) == 0
    assert len([row for row in bench.office.store.reports.case_rows() if not row.is_provisional]) == 1
    assert "working again\n" in bench.said()


def test_a_damaged_database_is_refused_at_the_start_in_one_line(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    refer(bench)
    assert bench.cycle()
    bench.office.close()
    path = bench.folder / "var" / "cspr-bot.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_outbox_reference_task'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 8)
        file.write(b"\xff" * 64)
    capsys.readouterr()
    assert main(["--home", str(bench.folder), "--now", "2026-12-15T10:12", "run", "--once"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "the database is damaged" in said
    assert "`restore`" in said
    bench.start()


@pytest.mark.parametrize("harm", ["UPDATE originals SET sealed_raw = x'00'", "DELETE FROM originals"])
def test_a_mail_whose_kept_bytes_were_changed_or_are_gone_is_held_and_keeps_nothing_waiting(
    bench: Bench, harm: str
) -> None:
    refer(bench)
    assert bench.office.intake.take() == 1
    with closing(sqlite3.connect(bench.folder / "var" / "cspr-bot.db")) as db, db:
        db.execute(harm)
    refer(bench)
    assert bench.cycle()
    rows = {row.id: row for row in bench.office.store.reports.inbox_rows()}
    assert rows[1].status == "held"
    assert "damaged or changed in the database" in rows[1].reasons[0]
    assert "N28-held" in {row.notice for row in bench.office.store.reports.outbox_rows()}
