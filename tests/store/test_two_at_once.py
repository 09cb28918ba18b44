"""Two processes on one database: each effect happens once, and who has to wait is told so."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from cspr_bot.pipeline.kept import Progress
from cspr_bot.pipeline.ports import CaseMoved, PermanentFailure, TemporaryFailure
from cspr_bot.store import Store
from cspr_bot.store.database import _on_connect, begin, failures_named
from tests.fakes.store import (
    LATER,
    NOW,
    REFERENCE,
    a_mail,
    a_referral,
    keep,
    new_store,
    open_a_case,
    step,
    with_tasks,
)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    first, second = new_store(tmp_path), new_store(tmp_path)
    yield first, second
    first.close()
    second.close()


def _both(stores: tuple[Store, Store], work: Callable[[Store], object]) -> list[object]:
    """Let two do the same at the same time; give what each got, or the kind of failure."""
    barrier = Barrier(2)

    def one(store: Store) -> object:
        barrier.wait()
        try:
            return work(store)
        except (CaseMoved, TemporaryFailure) as failure:
            return type(failure)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, stores))


def test_two_who_open_a_new_database_share_it(tmp_path: Path) -> None:
    for attempt in range(5):
        folder = tmp_path / f"new {attempt}"
        folder.mkdir()
        barrier = Barrier(2)

        def one(server_id: str, folder: Path = folder, barrier: Barrier = barrier) -> None:
            barrier.wait()
            with closing(new_store(folder)) as store:
                keep(store, server_id)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, ("one", "two")))
        with closing(new_store(folder)) as store:
            assert len(store.reports.inbox_rows()) == 2
            assert store.installation.verify_audit() is None


def test_a_mail_is_claimed_for_sending_by_one_only(stores: tuple[Store, Store]) -> None:
    open_a_case(stores[0])
    step(stores[0], *(a_mail(number) for number in range(40)))

    def claim_all(store: Store) -> list[int]:
        claimed = []
        while (outgoing := store.dispatch.claim_outgoing(NOW)) is not None:
            claimed.append(outgoing.id)
        return claimed

    first, second = _both(stores, claim_all)
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert sorted([*first, *second]) == list(range(1, 41))


def test_a_delivery_is_kept_by_one_only(stores: tuple[Store, Store]) -> None:
    first, second = _both(stores, keep)
    assert first == second
    assert len(stores[0].reports.inbox_rows()) == 1


def test_a_mail_is_registered_by_one_only(stores: tuple[Store, Store]) -> None:
    inbox_id = keep(stores[0])
    _both(stores, lambda store: store.registration.register(inbox_id, a_referral(f"NS-{id(store)}"), NOW))
    assert len(stores[0].reports.case_rows()) == 1
    assert stores[0].reports.counts().events == {"waiting": 1}


def test_a_step_is_written_by_one_only(stores: tuple[Store, Store]) -> None:
    open_a_case(stores[0])
    progress = Progress(with_tasks(), LATER, mails=(a_mail(),))
    results = _both(stores, lambda store: store.progression.commit(1, progress, NOW))
    assert sorted(results, key=str) == sorted([CaseMoved, None], key=str)
    assert stores[0].progression.load_case(REFERENCE).version == 2


def test_the_log_of_two_writers_is_one_chain(stores: tuple[Store, Store]) -> None:
    _both(stores, lambda store: [keep(store, f"{id(store)}-{count}") for count in range(30)])
    assert stores[0].installation.verify_audit() is None
    assert stores[0].installation.audit_head().seq == 60


def test_who_waits_too_long_for_the_lock_is_told_to_try_again(stores: tuple[Store, Store], tmp_path: Path) -> None:
    with stores[0].engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TemporaryFailure, match="locked by another process"):
            keep(stores[0])
        assert stores[0].reports.inbox_rows() == ()  # readers wait for nobody
    assert keep(stores[0])


def test_a_database_that_may_not_be_written_is_told(stores: tuple[Store, Store]) -> None:
    with stores[0].engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(PermanentFailure, match="read-only"):
        keep(stores[0])


def test_a_setting_that_does_not_hold_is_refused() -> None:
    with (
        closing(sqlite3.connect(":memory:")) as memory,
        pytest.raises(PermanentFailure, match="does not do journal_mode = WAL"),
    ):
        _on_connect(memory, None)  # type: ignore[arg-type]


def test_a_wrong_statement_is_a_bug_and_not_the_world_failing(stores: tuple[Store, Store]) -> None:
    with pytest.raises(OperationalError), begin(stores[0].engine) as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (OperationalError("", {}, Exception()), TemporaryFailure),
        (DataError("", {}, Exception()), DataError),
        (IntegrityError("", {}, Exception()), IntegrityError),
    ],
)
def test_what_a_server_raises_is_a_failure_of_the_world_or_a_bug(raised: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected), failures_named():
        raise raised
