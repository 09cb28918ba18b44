"""Making a home, opening it, and turning its clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.bootstrap.keys import master_key
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.world import HomeClock, SystemChance, SystemClock, new_master_key
from cspr_bot.config import Problem
from cspr_bot.correspondence.references import make_reference
from cspr_bot.pipeline.ports import TemporaryFailure

NOON = datetime(2026, 12, 15, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_home(tmp_path / "home")
    return tmp_path / "home"


def test_a_home_holds_the_default_files_and_a_key_of_its_own(home: Path) -> None:
    shipped = {path.relative_to(defaults_folder()) for path in (defaults_folder() / "config").iterdir()}
    assert {path.relative_to(home) for path in (home / "config").iterdir()} == shipped
    assert (home / "mail_templates" / "attachments" / "blank-referral-form.docx").is_file()
    assert (home / "var").stat().st_mode & 0o777 == 0o700
    assert (home / "var" / "master-key").stat().st_mode & 0o777 == 0o600
    assert isinstance(master_key(home), bytes)


def test_making_a_home_twice_makes_nothing_the_second_time(home: Path) -> None:
    assert make_home(home) == ()


def test_no_new_key_is_made_beside_a_database_that_needs_the_old_one(home: Path) -> None:
    (home / "var" / "master-key").unlink()
    (home / "var" / "cspr-bot.db").touch()
    assert make_home(home) == ()
    assert isinstance(master_key(home), Problem)


def test_the_key_may_come_as_a_credential_of_systemd(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "master-key").write_text("ab" * 32, encoding="ascii")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert master_key(home) == b"\xab" * 32


@pytest.mark.parametrize("content", ["", "ab", "zz" * 32, "é"])
def test_what_is_no_key_is_a_problem_that_does_not_show_it(home: Path, content: str) -> None:
    (home / "var" / "master-key").write_text(content, encoding="utf-8")
    problem = master_key(home)
    assert isinstance(problem, Problem)
    assert len(content) < 3 or content not in str(problem)


def test_no_two_keys_and_no_two_chances_are_alike() -> None:
    chance = SystemChance("NS", "nsscp.example")
    assert len({new_master_key() for _ in range(9)}) == 9
    assert len({chance.reference() for _ in range(9)}) == 9
    assert len({chance.effect() for _ in range(9)}) == 9
    assert len({chance.message_id() for _ in range(9)}) == 9
    assert {len(chance.answer_code()) for _ in range(9)} == {26}
    assert make_reference("NS", bytes(16)).startswith("NS-")


def test_a_clock_that_was_turned_stands_until_it_is_let_go() -> None:
    clock = HomeClock(NOON, SystemClock())
    assert clock.now() == NOON
    clock.turn(NOON + timedelta(hours=1))
    assert clock.now() == NOON + timedelta(hours=1)
    clock.turn(None)
    assert abs(clock.now() - SystemClock().now()) < timedelta(minutes=1)
    assert clock.now().microsecond == 0


def test_the_home_remembers_where_its_clock_was_turned(home: Path) -> None:
    first = Office(home, turn_to=NOON)
    first.close()
    second = Office(home)
    assert second.clock.now() == NOON
    second.follow_real_clock()
    assert abs(second.clock.now() - second.real_now()) < timedelta(minutes=1)
    second.close()


def test_the_clock_is_never_turned_back_and_the_database_is_let_go(home: Path) -> None:
    Office(home, turn_to=NOON).close()
    with pytest.raises(NotReadyError, match="never goes backwards"):
        Office(home, turn_to=NOON - timedelta(seconds=1))


def test_a_moment_without_an_offset_is_the_offices_own(home: Path) -> None:
    office = Office(home)
    assert office.local(datetime(2027, 7, 1, 12)).isoformat() == "2027-07-01T12:00:00+01:00"  # noqa: DTZ001 - that is the point
    assert office.local(NOON.replace(month=7)).isoformat() == "2026-07-15T13:00:00+01:00"
    office.close()


def test_two_offices_do_not_work_in_one_home(home: Path) -> None:
    first, second = Office(home), Office(home)
    with first.alone(), pytest.raises(TemporaryFailure, match="another cspr-bot"), second.alone():
        pass
    with second.alone():
        pass


def test_an_office_with_nothing_to_do_is_quiet(home: Path) -> None:
    office = Office(home, turn_to=NOON)
    assert office.run_once().was_quiet
    office.close()


def test_what_is_kept_goes_on_while_the_mailbox_cannot_be_read(home: Path) -> None:
    (home / "var" / "mailbox").touch()
    office = Office(home, turn_to=NOON)
    with pytest.raises(TemporaryFailure):
        office.run_once()
    office.close()
