"""Keys that are changed, lost or wrong; cases that are erased."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import KeyProblemError
from cspr_bot.bootstrap.rotation import NEXT_KEY, rotate
from tests.cli.commands import Type

BY = ("--by", "A. Clerk", "--by", "B. Director")


class CutError(BaseException):
    """The power is gone."""


def _key(home: Path) -> str:
    return (home / "var" / "master-key").read_text("ascii")


def _opens(home: Path) -> bool:
    office = Office(home)
    try:
        office.store.reports.outbox_rows()
        return office.store.installation.verify_audit() is None
    except KeyProblemError:
        return False
    finally:
        office.close()


# --- another key


def test_a_new_key_takes_the_place_of_the_old_one_which_opens_nothing_any_more(
    at_home: Type, home: Path, case: str
) -> None:
    old = _key(home)
    said = at_home("keys", "rotate")
    assert (said.status, said.err) == (0, "")
    assert "old one opens nothing" in said.out
    assert _key(home) != old
    assert (home / "var" / "master-key").stat().st_mode & 0o777 == 0o600
    assert not (home / "var" / NEXT_KEY).exists()
    assert case in at_home("show", case).out
    (home / "var" / "master-key").write_text(old, "ascii")
    assert at_home("show", case).status == 1


def test_a_daemon_that_runs_meanwhile_notices_nothing(home: Path, case: str, at_home: Type) -> None:
    running = Office(home)
    assert running.store.reports.case_report(case) is not None
    assert at_home("keys", "rotate").status == 0
    assert running.run_once().sent > 0
    assert running.store.reports.case_report(case) is not None
    running.close()
    assert _opens(home)


@contextmanager
def _cut_at(office: Office, count: int) -> Iterator[list[int]]:
    """Cut the power instead of the n-th statement or commit."""
    seen: list[int] = []

    def passed(*_: object) -> None:
        seen.append(1)
        if len(seen) == count:
            raise CutError

    for name in ("before_cursor_execute", "commit"):
        event.listen(office.store.engine, name, passed)
    yield seen


def test_cut_off_anywhere_the_home_opens_and_the_change_goes_on(home: Path, case: str) -> None:
    count, is_done = 0, False
    while not is_done:
        count += 1
        old = _key(home)
        office = Office(home)
        office.clock.now()
        with _cut_at(office, count):
            try:
                is_done = rotate(office) == "done"
            except CutError:
                pass
            finally:
                office.close()
        assert _opens(home), f"cut at {count}"
        again = Office(home)
        assert rotate(again) == "done"
        assert again.store.installation.count_master_keys() == 1
        again.close()
        assert _opens(home)
        assert _key(home) != old
        assert not (home / "var" / NEXT_KEY).exists()
    assert count > 10


def test_half_a_key_that_a_crash_left_is_written_anew(at_home: Type, home: Path) -> None:
    (home / "var" / NEXT_KEY).write_text("0123", "ascii")
    assert at_home("keys", "rotate", "--json").json == {"state": "done"}
    assert _opens(home)


def test_a_key_that_is_a_credential_is_put_in_place_by_a_person(
    at_home: Type, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (home / "var" / "master-key").rename(credentials / "master-key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    said = at_home("keys", "rotate")
    assert said.status == 0
    assert "systemd-creds encrypt" in said.out
    assert at_home("keys", "rotate", "--json").json == {"state": "put_in_place"}  # nothing is in place yet
    assert _opens(home)
    (credentials / "master-key").write_bytes((home / "var" / NEXT_KEY).read_bytes())
    assert at_home("keys", "rotate", "--json").json == {"state": "done"}
    assert not (home / "var" / NEXT_KEY).exists()
    assert _opens(home)


def test_a_command_does_not_change_a_key_that_the_service_has_from_elsewhere(
    at_home: Type, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever types it has the key in a file as well: its shell knows nothing of the service's credential."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "master-key").write_bytes((home / "var" / "master-key").read_bytes())
    with monkeypatch.context() as service:
        service.setenv("CREDENTIALS_DIRECTORY", str(credentials))
        assert at_home("--now", "2026-12-15T10:00", "run", "--once").status == 0
    assert at_home("keys", "rotate", "--json").json == {"state": "put_in_place"}
    with monkeypatch.context() as service:
        service.setenv("CREDENTIALS_DIRECTORY", str(credentials))
        assert at_home("--now", "2026-12-15T10:01", "run", "--once").status == 0


@pytest.mark.parametrize("what", ["lost", "wrong", "broken"])
def test_without_the_right_key_nothing_starts_but_the_deadlines_can_be_read(
    at_home: Type, home: Path, case: str, what: str
) -> None:
    known = {(row["case"], row["timer"], row["due_at"]) for row in at_home("due", "--json").json}
    path = home / "var" / "master-key"
    if what == "lost":
        path.unlink()
    else:
        path.write_text("00" * 32 if what == "wrong" else "no key", "ascii")
    for command in (("run", "--once"), ("show", case), ("cases",), ("keys", "rotate")):
        said = at_home(*command)
        assert (said.status, said.out) == (1, "")
        (line,) = said.problems
        assert "master-key" in line
        assert "until then only `due` works" in line
    said = at_home("due", "--json")
    assert said.status == 1
    assert {(row["case"], row["timer"], row["due_at"]) for row in said.json} == known
    assert case in at_home("due").out


# --- erasing


@pytest.fixture
def closed(at_home: Type, case: str) -> str:
    """A case that is closed, with mails that went out."""
    assert at_home("run", "--once", "--now", "2026-12-15T10:00").status == 0
    for name in ("sin_sent", "partners_informed", "looked_after_notified", "transferred", "closed"):
        said = at_home("record", case, name, "--by", "A. Clerk")
        assert said.status == 0 or name == "looked_after_notified", said.err
    assert at_home("run", "--once", "--now", "2026-12-15T10:00").status == 0
    return case


def test_an_erased_case_says_what_remains_and_can_never_be_read_again(at_home: Type, closed: str, home: Path) -> None:
    said = at_home("erase", closed, *BY)
    assert (said.status, said.err) == (0, "")
    assert "in the mailbox" in said.out
    assert "in every backup made before 15 December 2026" in said.out
    again = at_home("show", closed)
    assert again.status == 1
    assert "was erased" in again.err
    assert at_home("erase", closed, *BY).status == 1
    assert at_home("audit", "verify").status == 0
    assert at_home("run", "--once", "--now", "2026-12-15T11:00").status == 0
    assert closed in at_home("audit", "show", closed).out


@pytest.mark.parametrize("by", [("--by", "A. Clerk"), ("--by", "A. Clerk", "--by", "a. clerk"), (*BY, "--by", "C")])
def test_one_person_alone_erases_nothing(at_home: Type, closed: str, by: tuple[str, ...]) -> None:
    said = at_home("erase", closed, *by)
    assert said.status == 2
    assert at_home("show", closed).status == 0


def test_an_open_case_is_not_erased_for_its_deadlines_would_fall_silent(at_home: Type, case: str) -> None:
    said = at_home("erase", case, *BY)
    assert said.status == 1
    assert "its deadlines run" in said.err
    assert json.loads(at_home("show", case, "--json").out)["reference"] == case


def test_a_case_that_is_not_there_is_not_erased(at_home: Type) -> None:
    assert at_home("erase", "NS-NONE-00", *BY).status == 1
