"""A transaction that is cut off anywhere has not happened: by an error, by a full disk, by a kill."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from cspr_bot.pipeline.kept import CaseAttachment, NewEvent, Progress, Registration
from cspr_bot.pipeline.ports import TemporaryFailure
from cspr_bot.procedure.case import Event, Notification
from cspr_bot.store import Store
from tests.fakes.store import (
    CODE,
    CONTACT,
    LATER,
    NOW,
    REFERENCE,
    a_mail,
    a_new_case,
    a_referral,
    a_task,
    an_event,
    keep,
    new_store,
    open_a_case,
    step,
    with_tasks,
)

Rows = dict[str, list[tuple[object, ...]]]
GROUP = Notification("N9", "N9", "agency", event=1, when_all_sent="partners_informed")


class CutOffError(Exception):
    """What the fault raises."""


def _prepare(store: Store) -> None:
    """Bring a store to where every door has something to do."""
    open_a_case(store)
    reminder = Notification("T2/1", "N2", "subgroup_chair", task="T2", rung=1)
    step(store, a_mail(1, order=GROUP, code=CODE), a_mail(2, order=reminder), case=with_tasks(a_task()))
    inbox_id = keep(store, "an answer")
    answer = an_event(inbox_id=inbox_id)
    store.registration.register(inbox_id, Registration("reply", "filed", case=REFERENCE, events=(answer,)), NOW)
    assert store.dispatch.claim_outgoing(NOW) is not None
    keep(store, "a referral")


def _keep(store: Store) -> None:
    keep(store, "another")


def _register(store: Store) -> None:
    file = CaseAttachment("a.docx", "x/y", b"z")
    store.registration.register(3, replace(a_referral("NS-SECOND-1"), attachments=(file,), bounced=(1,)), NOW)


def _commit(store: Store) -> None:
    file = store.progression.load_case(REFERENCE)
    pending = store.progression.next_event(NOW)
    assert pending is not None
    progress = Progress(
        with_tasks(a_task(status="done", closed_at=NOW), a_task("T6")),
        next_moment=LATER,
        mails=(a_mail(3, code="ANOTHER"), a_mail(4, key="mail-1")),
        applied=Event(1, "referral_received", NOW, NOW),
        recorded=pending.event,
        pending_id=pending.id,
        happened=("stage_entered",),
        absent=((CONTACT, date(2026, 12, 1)),),
        new_cases=(a_new_case("NS-THIRD-1"),),
        new_events=(an_event("NS-THIRD-1"),),
    )
    store.progression.commit(file.version, progress, NOW)


def _refuse(store: Store) -> None:
    file = step(store, pending_id=1)
    held = NewEvent("held:2", "mail_held", NOW, "mail", "registration")
    progress = Progress(
        file.case,
        None,
        pending_id=2,
        refused="no",
        new_cases=(a_new_case("held:2", provisional=True),),
        new_events=(held,),
    )
    store.progression.commit(file.version, progress, NOW)


DOORS: dict[str, Callable[[Store], object]] = {
    "keep": _keep,
    "claim": lambda store: store.registration.claim_mail(),
    "register": _register,
    "commit": _commit,
    "claim_outgoing": lambda store: store.dispatch.claim_outgoing(NOW),
    "mark_sent": lambda store: store.dispatch.mark_sent(1, NOW),
    "mark_failed": lambda store: store.dispatch.mark_failed(1, NOW, "no"),
    "mark_unknown": lambda store: store.dispatch.mark_unknown(1, NOW),
    "send_back": lambda store: store.dispatch.send_back(1, NOW, "no"),
    "cancel": lambda store: store.dispatch.cancel(2, NOW),
    "put_event": lambda store: store.progression.put_event(an_event(), NOW),
    "turn_clock": lambda store: store.installation.turn_clock(LATER),
}


def _rows(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608


@contextmanager
def _cut_off_at(store: Store, count: int) -> Iterator[list[str]]:
    """Raise instead of the n-th statement; the commit counts as one."""
    seen: list[str] = []

    def count_down(*arguments: object) -> None:
        seen.append(str(arguments[2]) if len(arguments) > 1 else "COMMIT")
        if len(seen) == count:
            raise CutOffError

    event.listen(store.engine, "before_cursor_execute", count_down)
    event.listen(store.engine, "commit", count_down)
    yield seen
    event.remove(store.engine, "before_cursor_execute", count_down)
    event.remove(store.engine, "commit", count_down)


@pytest.mark.parametrize("door", DOORS)
def test_a_step_that_fails_at_any_statement_has_not_happened_and_can_be_done_again(door: str, tmp_path: Path) -> None:
    (tmp_path / "prepared").mkdir()
    with closing(new_store(tmp_path / "prepared")) as store:
        _prepare(store)
    count, is_done = 0, False
    while not is_done:
        count += 1
        folder = tmp_path / str(count)
        shutil.copytree(tmp_path / "prepared", folder)
        before = _rows(folder / "cspr-bot.db")
        with closing(new_store(folder)) as store:
            with _cut_off_at(store, count) as seen:
                try:
                    DOORS[door](store)
                    is_done = True
                except CutOffError:
                    assert _rows(folder / "cspr-bot.db") == before, seen[-1]
            if not is_done:
                DOORS[door](store)
            assert _rows(folder / "cspr-bot.db") != before
            assert store.installation.verify_audit() is None
            assert store.check_integrity() == ()
    assert count > 3


def test_a_refusal_that_fails_in_the_middle_leaves_the_mail_filed_and_the_event_waiting(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        _prepare(store)
        with _cut_off_at(store, 20) as seen, pytest.raises(CutOffError):
            _refuse(store)
        assert len(seen) == 20
        assert store.reports.inbox_rows(held_only=True) == ()
        assert not store.registration.has_case("held:2")
        assert store.reports.counts().events == {"applied": 1, "waiting": 1}


def test_a_full_disk_leaves_nothing_half_written_and_clears_up_alone(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as store:
        _prepare(store)
        before = _rows(tmp_path / "cspr-bot.db")
        with store.engine.begin() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(TemporaryFailure, match="the disk is full"):
            store.intake.keep_mail("big", bytes(100_000), NOW)
        assert _rows(tmp_path / "cspr-bot.db") == before
        with store.engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert store.intake.keep_mail("big", bytes(100_000), NOW)


KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from tests.fakes.store import new_store
from tests.store.test_whole_or_nothing import DOORS

folder, door, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = new_store(folder)
seen = []

def count_down(*arguments):
    seen.append(1)
    if len(seen) == count:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(store.engine, "before_cursor_execute", count_down)
event.listen(store.engine, "commit", count_down)
DOORS[door](store)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("door", "count", "happened"),
    [
        ("keep", 3, False),
        ("register", 9, False),
        ("commit", 14, False),
        ("commit", 999, True),
        ("mark_sent", 999, True),
    ],
)
def test_a_process_that_is_killed_leaves_all_or_nothing(door: str, count: int, happened: bool, tmp_path: Path) -> None:  # noqa: FBT001
    with closing(new_store(tmp_path)) as store:
        _prepare(store)
    before = _rows(tmp_path / "cspr-bot.db")
    command = [sys.executable, "-c", KILLED, str(tmp_path), door, str(count)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL  # noqa: S603
    with closing(new_store(tmp_path)) as store:
        assert (_rows(tmp_path / "cspr-bot.db") != before) == happened
        assert store.installation.verify_audit() is None
        assert store.check_integrity() == ()
        if not happened:
            DOORS[door](store)
