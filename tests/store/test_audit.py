import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from cspr_bot.pipeline.kept import Registration
from cspr_bot.store import AuditFault, AuditHead, Store
from cspr_bot.store.audit import link
from cspr_bot.store.tables import audit
from tests.fakes.store import (
    LATER,
    NOW,
    REFERENCE,
    SECRETS,
    a_mail,
    a_task,
    keep,
    new_store,
    open_a_case,
    step,
    with_tasks,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    open_a_case(opened)
    step(opened, a_mail(), case=with_tasks(a_task()))
    yield opened
    opened.close()


def _tamper(tmp_path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def test_a_log_that_nobody_touched_is_whole(store: Store) -> None:
    assert store.installation.verify_audit() is None
    assert store.installation.verify_audit(store.installation.audit_head()) is None


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with closing(new_store(tmp_path / "empty")) as empty:
        assert empty.installation.verify_audit() is None
        assert empty.installation.audit_head().seq == 0


def test_the_log_tells_what_was_done_in_order(store: Store) -> None:
    assert [row.entry.what for row in store.installation.audit_of()] == [
        "mail_kept",
        "case_opened",
        "mail_registered",
        "task_open",
        "mail_queued",
    ]
    assert store.installation.audit_of(REFERENCE)[0].entry.what == "case_opened"
    assert store.installation.audit_of("NS-NONE-1") == ()


def test_a_mail_that_was_suppressed_stands_in_the_log(store: Store) -> None:
    step(store, a_mail(2, key="mail-1"), case=with_tasks(a_task()))
    last = store.installation.audit_of()[-1].entry
    assert (last.what, last.details) == ("mail_suppressed", {"notice": "N2", "role": "subgroup_chair", "rung": 0})


def test_the_log_says_nothing_of_a_person(store: Store) -> None:
    store.registration.register(keep(store), Registration("enquiry", "held", ("Robin",), sender="a@b.example"), NOW)
    told = str(store.installation.audit_of())
    assert not [word for word in SECRETS if word in told]
    assert "a@b.example" not in told


def test_what_happened_outside_the_database_can_be_noted(store: Store) -> None:
    store.installation.note(LATER, "person", "case_exported", REFERENCE, files=3)
    row = store.installation.audit_of(REFERENCE)[-1]
    assert (row.entry.at, row.entry.actor, row.entry.details) == (LATER, "person", {"files": 3})
    assert store.installation.verify_audit() is None


@pytest.mark.parametrize(
    "change",
    [
        "what = 'nothing'",
        "at = '2026-01-01 00:00:00.000000'",
        "reference = 'NS-OTHER-1'",
        "actor = 'nobody'",
        """details = '{"inbox":9}'""",
        "hash = x'00'",
    ],
)
def test_a_changed_row_is_found(store: Store, tmp_path: Path, change: str) -> None:
    _tamper(tmp_path, f"UPDATE audit SET {change} WHERE seq = 2")  # noqa: S608
    assert store.installation.verify_audit() == AuditFault(2, "changed")


def test_a_deleted_row_is_found(store: Store, tmp_path: Path) -> None:
    _tamper(tmp_path, "DELETE FROM audit WHERE seq = 2")
    fault = store.installation.verify_audit()
    assert fault is not None
    assert fault.seq == 2


def test_two_rows_that_changed_places_are_found(store: Store, tmp_path: Path) -> None:
    _tamper(
        tmp_path,
        "UPDATE audit SET seq = 99 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 99",
    )
    assert store.installation.verify_audit() == AuditFault(2, "changed")


def test_a_tail_that_was_cut_off_is_found_without_a_witness(store: Store, tmp_path: Path) -> None:
    _tamper(tmp_path, "DELETE FROM audit WHERE seq > 3")
    assert store.installation.verify_audit() == AuditFault(4, "missing: the end of the log was cut off")


def test_a_log_that_was_emptied_is_found(store: Store, tmp_path: Path) -> None:
    _tamper(tmp_path, "DELETE FROM audit", "DELETE FROM audit_head")
    fault = store.installation.verify_audit()
    assert fault is not None
    assert fault.seq == 1


def test_a_tail_that_was_cut_off_with_an_older_head_put_back_is_found_by_the_witness(
    store: Store, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        old = db.execute("SELECT seq, hash, seal FROM audit_head").fetchone()
    keep(store)
    witness = store.installation.audit_head()
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        db.execute("DELETE FROM audit WHERE seq > ?", (old[0],))
        db.execute("UPDATE audit_head SET seq = ?, hash = ?, seal = ?", old)
        db.commit()
    assert store.installation.verify_audit() is None
    assert store.installation.verify_audit(witness) == AuditFault(
        witness.seq, "missing: the end of the log was cut off"
    )


def test_who_works_the_chain_out_anew_still_lacks_the_seal(store: Store, tmp_path: Path) -> None:
    _forge(store, tmp_path)
    fault = store.installation.verify_audit()
    assert fault is not None
    assert fault.why == "the seal over the end of the log is not ours"


def test_a_witness_finds_what_was_worked_out_anew_before_it(store: Store, tmp_path: Path) -> None:
    witness = store.installation.audit_head()
    keep(store)
    _forge(store, tmp_path)
    fault = store.installation.verify_audit(witness)
    assert fault is not None
    assert fault.seq == witness.seq
    assert "witness" in fault.why


def test_a_row_that_the_program_did_not_write_is_found(store: Store, tmp_path: Path) -> None:
    rows = store.installation.audit_of()
    entry = rows[-1].entry
    seq = rows[-1].seq + 1
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        columns = "at, reference, actor, what, details"
        db.execute(
            f"INSERT INTO audit (seq, hash, {columns}) SELECT ?, ?, {columns} FROM audit WHERE seq = ?",  # noqa: S608
            (seq, link(rows[-1].hash, seq, entry), seq - 1),
        )
        db.commit()
    assert store.installation.verify_audit() == AuditFault(seq, "not written by the program")


def test_a_witness_of_another_log_is_found(store: Store) -> None:
    head = store.installation.audit_head()
    fault = store.installation.verify_audit(AuditHead(head.seq, bytes(32)))
    assert fault is not None
    assert fault.seq == head.seq


def _forge(store: Store, tmp_path: Path) -> None:
    """Change the second row and work out every hash after it, as somebody without the key can."""
    rows = list(store.installation.audit_of())
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        previous = rows[0].hash
        for row in rows[1:]:
            entry = replace(row.entry, what="forged") if row.seq == 2 else row.entry
            previous = link(previous, row.seq, entry)
            db.execute("UPDATE audit SET what = ?, hash = ? WHERE seq = ?", (entry.what, previous, row.seq))
        db.execute("UPDATE audit_head SET hash = ?", (previous,))
        db.commit()


def test_a_transaction_that_says_nothing_leaves_the_chain_alone(store: Store) -> None:
    head = store.installation.audit_head()
    store.intake.mark_moved(1, "Processed")
    assert store.installation.audit_head() == head
    with store.engine.begin() as connection:
        assert len(connection.execute(select(audit)).all()) == head.seq
