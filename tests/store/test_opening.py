import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from cspr_bot.store import WrongKeyError, WrongSchemaError, open_store
from cspr_bot.store.database import make_engine
from cspr_bot.store.migrations import LATEST, STEPS
from cspr_bot.store.migrations.run import upgrade
from cspr_bot.store.opening import bring_up_to_date, number
from tests.fakes.store import MASTER_KEY, NOW, RAW_MAIL, REFERENCE, a_new_case, keep, new_store, open_a_case


def _raw(tmp_path: Path) -> sqlite3.Connection:
    return sqlite3.connect(tmp_path / "cspr-bot.db")


def test_a_database_is_made_and_found_again(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        inbox_id = keep(store)
    with closing(new_store(tmp_path)) as store:
        assert store.reports.original(inbox_id) == RAW_MAIL


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        keep(store)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_what_is_acknowledged_survives_a_power_cut(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store, store.engine.begin() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        ]
    assert found == ["wal", 2, 1, 5000, 2]


def test_a_setting_that_sqlite_does_not_take_is_refused(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)), closing(_raw(tmp_path)) as other:
        pass
    with closing(_raw(tmp_path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN IMMEDIATE")  # while this holds, the journal cannot become a WAL
        with pytest.raises(TemporaryFailure):
            new_store(tmp_path)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(PermanentFailure, match="keeps nothing"):
        open_store(url, MASTER_KEY, now=NOW)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("no address but:secret", "^this is no address of a database$"),
        ("nosuch://user:secret@host/db", "^no driver is installed for nosuch: write"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(PermanentFailure, match=told):
        open_store(url, MASTER_KEY, now=NOW)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="cannot be opened"):
        new_store(tmp_path / "missing")


def test_another_master_key_is_refused(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        keep(store)
    with pytest.raises(WrongKeyError, match="not the master key of the database"):
        new_store(tmp_path, master_key=b"w" * 32)


def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)):
        pass
    with closing(_raw(tmp_path)) as db:
        db.execute("UPDATE alembic_version SET version_num = '0099'")
        db.commit()
    with pytest.raises(WrongSchemaError, match=f"schema 99 of {LATEST}"):
        new_store(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cspr-bot.db").write_bytes(b"this is a letter, not a database\n" * 99)
    with pytest.raises(PermanentFailure, match="no database"):
        new_store(tmp_path)


def test_a_database_that_was_made_half_is_finished(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)):
        pass
    with closing(_raw(tmp_path)) as db:
        db.execute("DELETE FROM keys")
        db.execute("DELETE FROM audit_head")
        db.commit()
    with closing(new_store(tmp_path)) as store:
        assert store.installation.verify_audit() is None


def test_a_sound_database_has_no_problems(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        open_a_case(store)
        assert store.check_integrity() == ()


def test_a_row_without_its_parent_is_named(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        open_a_case(store)
        with closing(_raw(tmp_path)) as db:
            db.execute("DELETE FROM cases")
            db.commit()
        assert "referrals, row 1: refers to a row of cases that is not there" in store.check_integrity()


def test_a_damaged_page_is_found(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        for count in range(40):
            keep(store, f"mail {count}")
    with closing(_raw(tmp_path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_inbox_new'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with (tmp_path / "cspr-bot.db").open("r+b") as file:
        file.seek((page - 1) * size + 8)
        file.write(b"\xff" * 64)
    with closing(new_store(tmp_path)) as store:
        assert _found_wrong(store.check_integrity)


def _found_wrong(check: Callable[[], tuple[str, ...]]) -> bool:
    try:
        return check() != ()
    except PermanentFailure as failure:
        return "damaged" in str(failure)


# --- copies


def test_a_copy_made_while_others_write_is_whole(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        inbox_id = keep(store)
        (tmp_path / "copy").mkdir()
        store.back_up(tmp_path / "copy" / "cspr-bot.db")
        keep(store, "afterwards")
    assert stat.S_IMODE((tmp_path / "copy" / "cspr-bot.db").stat().st_mode) == 0o600
    with closing(new_store(tmp_path / "copy")) as copy:
        assert copy.check_integrity() == ()
        assert copy.reports.original(inbox_id) == RAW_MAIL
        assert len(copy.reports.inbox_rows()) == 1


def test_a_copy_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store, pytest.raises(PermanentFailure, match="copy cannot be written"):
        store.back_up(tmp_path / "missing" / "copy.db")


# --- migrations


def _schema(path: Path) -> dict[str, list[str]]:
    """Give what a database is made of; the order of constraints in a table means nothing, nor do quotes around it."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: sorted(re.split(r",\s(?![^(]*\))", " ".join(sql.replace('"', "").split()).removesuffix(" )")))
        for name, sql in rows
    }


def test_the_steps_lead_to_the_schema_that_a_new_database_has(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)):
        pass
    engine = make_engine(f"sqlite:///{tmp_path / 'stepped.db'}")
    upgrade(engine, STEPS)
    engine.dispose()
    stepped, new = _schema(tmp_path / "stepped.db"), _schema(tmp_path / "cspr-bot.db")
    columns = {name: [part.removesuffix(" )") for part in parts] for name, parts in stepped.items()}
    assert columns == {name: [part.removesuffix(" )") for part in parts] for name, parts in new.items()}


def test_the_steps_are_numbered_to_the_latest() -> None:
    steps = sorted(path.stem for path in (STEPS / "versions").glob("schema_*.py"))
    assert steps == [f"schema_{number(count)}" for count in range(1, LATEST + 1)]


def test_an_older_database_is_copied_and_then_upgraded(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        inbox_id = keep(store)
        bring_up_to_date(store.engine, NOW, latest=LATEST + 1, steps=_steps_ahead(tmp_path))
        assert store.reports.original(inbox_id) == RAW_MAIL
    with closing(_raw(tmp_path)) as db:
        assert db.execute("SELECT version_num, colour FROM alembic_version, inbox").fetchone() == (NEXT, None)
    with closing(sqlite3.connect(tmp_path / f"cspr-bot.db.schema-{number(LATEST)}-20261123T090000Z")) as db:
        assert db.execute("SELECT version_num, count(*) FROM alembic_version, inbox").fetchone() == (number(LATEST), 1)
    with pytest.raises(WrongSchemaError, match=f"schema {LATEST + 1} of {LATEST}"):
        new_store(tmp_path)


def test_a_database_from_before_keeps_its_forms_and_learns_those_that_came_by_no_mail(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        inbox_id = open_a_case(store)
    with closing(_raw(tmp_path)) as db:  # as the fourth schema had it
        (made,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'form_digests'").fetchone()
        db.execute("ALTER TABLE form_digests RENAME TO later")
        db.execute(made.replace("inbox_id INTEGER", "inbox_id INTEGER NOT NULL"))
        db.execute("INSERT INTO form_digests SELECT * FROM later")
        db.execute("DROP TABLE later")
        db.execute("UPDATE alembic_version SET version_num = '0004'")
        db.commit()
    with closing(new_store(tmp_path)) as store:
        assert store.registration.find_form(["digest-of-the-form"]) == (REFERENCE, inbox_id)
        store.progression.open_cases([replace(a_new_case("NS-SECOND-1"), digests=("another",))], [], NOW)
        assert store.registration.find_form(["another"]) == ("NS-SECOND-1", None)


def test_steps_that_fail_leave_the_schema_as_it_was(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'cspr-bot.db'}")

    def fail(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "CREATE TABLE codes" in statement:
            raise InterruptedError

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(InterruptedError):
        upgrade(engine, STEPS)
    engine.dispose()
    assert _schema(tmp_path / "cspr-bot.db") == {}


def test_opening_a_database_of_today_needs_no_machinery_of_migrations(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)):
        pass
    script = (
        "import sys\nfrom pathlib import Path\nfrom tests.fakes.store import new_store\n"
        f"new_store(Path({str(tmp_path)!r}))\nsys.exit('alembic' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0  # noqa: S603


NEXT = number(LATEST + 1)
NEXT_STEP = f"""
import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{number(LATEST)}"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("colour", sa.String))
"""


def _steps_ahead(tmp_path: Path) -> Path:
    """Lay out the steps of a program that is one schema ahead."""
    steps = tmp_path / "steps"
    shutil.copytree(STEPS, steps)
    (steps / "versions" / f"schema_{NEXT}.py").write_text(NEXT_STEP, encoding="utf-8")
    return steps
