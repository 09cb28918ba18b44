"""The machine's clock steps, sleeps and runs wild: nothing goes by one that went back; every jump is written down."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cspr_bot.bootstrap.clock_guard import STEP, ClockGuard
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.pipeline.ports import TemporaryFailure
from tests.pipeline.world import TurnedClock

START = datetime(2026, 12, 15, 10, tzinfo=UTC)


class Machine:
    """A clock and the seconds since the start, which a test lets drift apart; and a log."""

    def __init__(self) -> None:
        self.clock = TurnedClock(START)
        self.uptime = 0.0
        self.rows: list[tuple[datetime, str, dict[str, str | int]]] = []
        self.guard = self.started()

    def started(self) -> ClockGuard:
        return ClockGuard(self, self.clock, lambda: self.uptime)

    def last_entry_at(self) -> datetime | None:
        return self.rows[-1][0] if self.rows else None

    def note(self, at: datetime, actor: str, what: str, reference: str | None = None, **details: str | int) -> None:
        assert actor in {"clock", "person"}
        assert reference is None
        self.rows.append((at, what, details))

    def pass_by(self, time: timedelta) -> None:
        self.clock.at += time
        self.uptime += time.total_seconds()

    def step(self, time: timedelta) -> None:
        self.clock.at += time

    @property
    def jumps(self) -> list[int | str]:
        return [details["seconds"] for _, what, details in self.rows if what == "clock_jumped"]


@pytest.mark.parametrize("time", [timedelta(minutes=1), timedelta(hours=8), timedelta(days=3), timedelta(days=30)])
def test_time_that_passes_is_no_jump_also_while_the_machine_sleeps(time: timedelta) -> None:
    machine = Machine()
    for _ in range(3):
        machine.guard.check()
        machine.pass_by(time)
    assert machine.rows == []


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(days=1), STEP + timedelta(seconds=1)])
def test_a_step_forwards_is_written_down_and_worked_by(step: timedelta) -> None:
    machine = Machine()
    machine.guard.check()
    machine.pass_by(timedelta(minutes=1))
    machine.step(step)
    machine.guard.check()
    machine.guard.check()
    assert machine.jumps == [step.total_seconds()]


def test_what_a_time_server_puts_right_is_nothing() -> None:
    machine = Machine()
    machine.note(START, "clock", "anything")
    for seconds in (1, -1, 599, -599):
        machine.step(timedelta(seconds=seconds))
        machine.guard.check()
    assert machine.jumps == []


@pytest.mark.parametrize("to", [START - timedelta(hours=1), datetime(1970, 1, 1, tzinfo=UTC)])
def test_a_step_back_behind_the_log_stops_the_work_until_the_clock_has_caught_up(to: datetime) -> None:
    machine = Machine()
    machine.guard.check()
    machine.note(START, "clock", "anything")
    machine.clock.at = to
    for guard in (machine.guard, machine.started()):  # a restart does not make it right
        with pytest.raises(TemporaryFailure, match="and the log was written at 2026-12-15"):
            guard.check()
    machine.clock.at = START + timedelta(minutes=1)
    machine.started().check()


def test_a_clock_that_was_years_ahead_and_was_put_right_goes_on_when_a_person_says_so() -> None:
    machine = Machine()
    machine.note(START + timedelta(days=3650), "clock", "written by the wrong clock")
    with pytest.raises(TemporaryFailure, match=r"run --clock-is-right"):
        machine.guard.check()
    machine.guard.confirm()
    machine.guard.check()
    assert machine.rows[-1][1] == "clock_confirmed"


def test_a_whole_office_neither_reads_nor_sends_by_a_clock_that_went_back(tmp_path: Path) -> None:
    make_home(tmp_path)
    office = Office(tmp_path)
    office.run_once()
    ahead = office.real_now() + timedelta(days=400)
    office.store.installation.note(ahead, "clock", "written by the wrong clock")
    with pytest.raises(TemporaryFailure, match="put the clock right"):
        office.run_once()
    office.clock_guard.confirm()
    office.run_once()
    office.close()
