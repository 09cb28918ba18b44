"""The crash matrix: a process is killed, or a call fails, at each named point; it runs again, and nothing shows."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import event

from cspr_bot.bootstrap.copies import DATABASE, back_up
from cspr_bot.bootstrap.rotation import rotate
from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.store import open_store
from cspr_bot.store.database import make_engine
from cspr_bot.store.migrations import STEPS
from cspr_bot.store.migrations.run import upgrade
from tests.crash.bench import Bench, Cut, Point, Unreadable, failing, kill, lost_and_doubled, was_killed
from tests.crash.databases import KEY, PostgresqlCopies, SqliteFiles
from tests.crash.rows import ROWS, Row, points_of
from tests.simulation.ground import START, new_ground

ON_A_SERVER = pytest.param("PostgreSQL", marks=pytest.mark.slow)
Tell = Callable[[str, str, int, int, int], None]


@pytest.fixture(scope="module", params=["SQLite", ON_A_SERVER])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    on_server = request.param == "PostgreSQL"
    databases = PostgresqlCopies(request.getfixturevalue("postgresql")) if on_server else SqliteFiles()
    with new_ground() as ground:
        yield Bench(ground.folder / "crash", ground, databases, request.param)


@pytest.fixture
def tell(bench: Bench, record_property: Callable[[str, object], None]) -> Tell:
    """Let the suite print a row of the matrix at its end."""

    def told(number: str, injected: str, runs: int, lost: int, doubled: int) -> None:
        record_property("crash", (bench.name, f"{number:4} {injected}", runs, lost, doubled))

    return told


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_killed_between_two_things_it_ends_as_if_it_had_not_been(bench: Bench, row: Row, tell: Tell) -> None:
    _killed_at_each(bench, row, tell, points_of(row, (1,))[:1] if bench.name == "SQLite" else points_of(row, (1,)))


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_killed_there_the_first_time_or_later(bench: Bench, row: Row, tell: Tell) -> None:
    _killed_at_each(bench, row, tell, points_of(row, (1, 2, 5)))


def _killed_at_each(bench: Bench, row: Row, tell: Tell, points: list[Point]) -> None:
    runs = lost = doubled = 0
    for point in points:
        folder = bench.killed_at(point)
        if folder is None:  # it comes less often than that
            assert point.number > 1, point
            continue
        ending = bench.ending(bench.run_again(folder))
        lost, doubled = (a + b for a, b in zip((lost, doubled), lost_and_doubled(ending, bench.clean), strict=True))
        runs += 1
    tell(row.number, row.between, runs, lost, doubled)
    assert (lost, doubled) == (0, 0)


def test_c11_what_nobody_can_tell_is_never_sent_again_and_a_person_hears_of_it(bench: Bench, tell: Tell) -> None:
    bench.mailbox = Unreadable
    try:
        folder = bench.killed_at(Point("after", "send"))
        assert folder is not None
        ending = bench.ending(bench.run_again(folder))
    finally:
        bench.mailbox = FolderMailbox
    unknown = [case for case, _, _, status in ending["outbox"] if status == "unknown"]
    told = [case for case, notice, _, _ in ending["outbox"] if notice == "N28-unknown"]
    doubled = sum(count - 1 for count in ending["sent"].values())
    tell("C11", "sent, Drafts and Sent unreadable", 1, 0 if unknown and told else 1, doubled)
    assert unknown
    assert told
    assert doubled == 0


# The matrix's C14 is in tests/bootstrap/test_reloading.py: files are taken up whole, or not at all.


@pytest.mark.parametrize("number", [2, 30, pytest.param(60, marks=pytest.mark.slow)])
def test_c15_killed_in_the_midst_of_a_migration_it_starts_as_if_nothing_had_begun(number: int, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cspr-bot.db'}"
    child = os.fork()
    if child == 0:
        engine, point = make_engine(url), Point("statement", number=number)
        event.listen(engine, "before_cursor_execute", lambda *given: point.passes("statement", str(given[2])))
        upgrade(engine, STEPS)
        os._exit(1)
    assert was_killed(child)
    with closing(open_store(url, KEY, now=START)) as store:
        assert store.check_integrity() == ()


def test_c16_killed_at_any_moment_of_a_change_of_keys_it_goes_on_from_there(bench: Bench, tell: Tell) -> None:
    """The place of each case's key is not touched: what is wrapped anew is the one secret that wraps them all."""
    runs = lost = 0
    places = [Point("statement", number=number) for number in (1, 3, 5, 8)] + [
        Point("commit", number=number) for number in (1, 2)
    ]
    for point in places:
        folder = bench.killed_at(point, rotate)
        if folder is None:
            break
        runs += 1
        office = bench.office(folder, START, Point("never"))
        rotate(office)
        office.store.close()
        lost += sum(lost_and_doubled(bench.ending(bench.run_again(folder)), bench.clean))
    tell("C16", "key rotation, step by step", runs, lost, 0)
    assert runs >= 4
    assert lost == 0


def test_c17_killed_while_it_is_copied_there_is_a_whole_copy_or_none(bench: Bench, tell: Tell, tmp_path: Path) -> None:
    folder, lost = bench.new_home(), 0
    for place in range(8):
        copy, child = tmp_path / f"copy-{place}", os.fork()
        if child == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends the process without a word
            office = bench.office(folder, START, Point("never"))
            signal.setitimer(signal.ITIMER_REAL, 0.002 * (place + 1))
            back_up(office, copy)
            os._exit(0)
        was_killed(child)
        if copy.exists():
            ZipFile(copy).extract(DATABASE, tmp_path)
            with closing(open_store(f"sqlite:///{tmp_path / DATABASE}", KEY, now=START)) as store:
                lost += store.check_integrity() != () or len(store.reports.inbox_rows()) != 1
    tell("C17", "backup", 8, lost, 0)
    assert lost == 0


@pytest.mark.parametrize(("how", "then"), [("kill", kill), ("exception", failing), ("timeout after effect", failing)])
def test_c19_whichever_call_is_cut_off_it_ends_the_same(bench: Bench, tell: Tell, how: str, then: Cut) -> None:
    """A few moments spread over all that there are; the long run tries each."""
    _cut_off_at(bench, tell, how, then, share=60)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "then"), [("kill", kill), ("exception", failing), ("timeout after effect", failing)])
def test_c19_at_every_call_until_none_fails(bench: Bench, tell: Tell, how: str, then: Cut) -> None:
    _cut_off_at(bench, tell, how, then, share=3 if bench.name == "SQLite" else 12)


def _cut_off_at(bench: Bench, tell: Tell, how: str, then: Cut, share: int) -> None:
    """Cut off every so-manieth call: before it, or where its effect has happened and nobody hears of it."""
    when = {"kill": "any", "exception": "before", "timeout after effect": "after"}[how]
    runs = lost = doubled = 0
    for number in range(1, bench.count_moments(then), share):
        point = Point(when, number=number, then=then)
        folder = bench.killed_at(point) if then is kill else bench.failed_at(point)
        if folder is None:
            break
        found = lost_and_doubled(bench.ending(bench.run_again(folder)), bench.clean)
        assert found == (0, 0), (how, number)
        lost, doubled, runs = lost + found[0], doubled + found[1], runs + 1
    tell("C19", f"n-th call: {how}", runs, lost, doubled)
