"""Versions of the procedure at a home: an open case keeps its own, whatever becomes of the files, until it is moved."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.commands import FORM, START, Type

BY = ("--by", "A. Clerk")
SIX_MONTHS = 'length = 5\nanchors = ["la_aware"]'
RUN = ("run", "--once", "--now")
Edit = Callable[[str, str], None]


@pytest.fixture
def edit(home: Path) -> Edit:
    """Change every such line of procedure.toml, as an administrator would."""
    file = home / "config" / "procedure.toml"

    def change(before: str, after: str) -> None:
        text = file.read_text("utf-8")
        assert before in text
        file.write_text(text.replace(before, after), "utf-8")

    return change


def due(at_home: Type, case: str, timer: str = "T2") -> str:
    (task,) = [task for task in at_home("show", case, "--json").json["tasks"] if task["timer"] == timer]
    return str(task["due_at"])[:10]


def opened(at_home: Type, *options: str, now: str = START) -> str:
    before = {row["reference"] for row in at_home("cases", "--json").json}
    said = at_home("open", FORM, *options, *BY, "--json")
    assert said.status == 0, said.err
    assert at_home(*RUN, now).status == 0
    (new,) = {row["reference"] for row in at_home("cases", "--json").json} - before
    return str(new)


def test_a_line_that_is_changed_is_for_new_cases_and_an_open_case_keeps_its_own(
    at_home: Type, case: str, edit: Edit
) -> None:
    assert due(at_home, case) == "2026-12-22"
    kept = at_home("show", case, "--json").json["procedure"]
    assert (kept["name"], kept["is_in_files"]) == ("NSSCP/001", True)
    edit(SIX_MONTHS, SIX_MONTHS.replace("5", "3"))
    assert (
        at_home("record", case, "date_corrected", "--set", "field=aware_on", "--set", "value=2026-12-10", *BY).err == ""
    )
    assert due(at_home, case) == "2026-12-22"
    now = at_home("show", case, "--json").json["procedure"]
    assert now == {**kept, "is_in_files": False}
    assert "an earlier text, kept with the case" in at_home("show", case).out
    other = opened(at_home)
    assert (due(at_home, other), due(at_home, case)) == ("2026-12-18", "2026-12-22")


def test_check_and_every_start_name_the_open_cases_that_keep_an_earlier_text(
    at_home: Type, case: str, edit: Edit
) -> None:
    assert case not in at_home("check").err
    edit(SIX_MONTHS, SIX_MONTHS.replace("5", "3"))
    for command in (("check",), (*RUN, START)):
        said = at_home(*command)
        assert said.status == 0
        (line,) = [line for line in said.problems if case in line]
        assert line.startswith(f"config/procedure.toml: warning: {case} keeps an earlier text of the procedure")
        assert "rehearse --diff" in line


def test_a_timer_that_is_taken_out_stays_with_the_cases_that_have_a_duty_of_it(
    at_home: Type, case: str, home: Path, edit: Edit
) -> None:
    edit("[timer.T3]", "[timer.T3x]")
    edit('timer.T3"', 'timer.T3x"')
    edit('timer = "T3"', 'timer = "T3x"')
    assert at_home("record", case, "partners_informed", *BY).status == 0
    tasks = at_home("show", case, "--json").json["tasks"]
    assert {task["timer"]: task["status"] for task in tasks}["T3"] == "done"


def test_a_person_moves_a_case_and_is_told_what_that_moves_and_nothing_goes_twice(
    at_home: Type, case: str, home: Path, edit: Edit
) -> None:
    assert at_home(*RUN, START).status == 0
    sent = at_home("show", case, "--json").json["mails"]
    edit(SIX_MONTHS, SIX_MONTHS.replace("5", "3"))
    shown = at_home("rehearse", "--diff", home / "config" / "procedure.toml", "--json").json["cases"][case][
        "differences"
    ]
    assert {(item["before"]["timer"], item["after"]["due_on"]) for item in shown} >= {("T2", "2026-12-18")}
    said = at_home("record", case, "procedure_changed", "--reason", "agreed on Monday", *BY)
    assert said.status == 0, said.err
    assert "Moved: Notify the National Panel of the serious incident: was due Tue 22 Dec 2026" in said.out
    assert due(at_home, case) == "2026-12-18"
    assert at_home("show", case, "--json").json["procedure"]["is_in_files"] is True
    assert at_home(*RUN, START).status == 0
    after = at_home("show", case, "--json").json["mails"]
    new = {mail["notice"] for mail in after} - {mail["notice"] for mail in sent}
    assert new <= {"N3-dates", "N13-calendar"}  # what has moved is told, and put right in calendars
    assert "N3-dates" in new
    assert len({mail["id"] for mail in after if mail["notice"] not in new}) == len(sent)
    again = at_home("record", case, "procedure_changed", "--reason", "once more", *BY)
    assert (again.status, "already" in again.err) == (1, True)
    number = str(at_home("show", case, "--json").json["events"][-1]["id"])
    assert "cannot be withdrawn" in at_home("undo", case, number, "--reason", "no", *BY).err


def test_a_move_needs_its_reason_and_a_version_that_there_is(at_home: Type, case: str, edit: Edit) -> None:
    edit(SIX_MONTHS, SIX_MONTHS.replace("5", "3"))
    assert "needs reason" in at_home("record", case, "procedure_changed", *BY).err
    strange = ("--set", "version=0123456789ab", "--reason", "so")
    assert "neither in config/ nor in the database" in at_home("record", case, "procedure_changed", *strange, *BY).err


def test_a_case_that_could_not_have_been_so_under_another_version_is_not_moved(
    at_home: Type, case: str, edit: Edit
) -> None:
    assert at_home("record", case, "convened", *BY).status == 0
    edit("[event.convened]", "[event.called]")
    edit('"convened"', '"called"')
    said = at_home("record", case, "procedure_changed", "--reason", "so", *BY)
    assert said.status == 1
    assert "under that version its history could not have been" in said.err


def test_a_second_file_comes_into_force_on_its_day_and_is_seen_before_by_rehearse(
    at_home: Type, case: str, home: Path
) -> None:
    text = (home / "config" / "procedure.toml").read_text("utf-8")
    later = f"effective_from = 2027-04-01\n{text.replace(SIX_MONTHS, SIX_MONTHS.replace('5', '4'))}"
    (home / "config" / "procedure-2027.toml").write_text(later, "utf-8")
    assert at_home("check").status == 0
    rehearsed = [at_home("rehearse", "--from", day, "--json").json for day in ("2027-03-31T10:00", "2027-04-01T10:00")]
    ends = [{row["due_at"][:10] for row in rows if row["timer"] == "T2"} for rows in rehearsed]
    assert ends == [{"2027-04-07"}, {"2027-04-07"}]  # five days of one, four of the other: the first is Easter's
    received = ("--received-at", "2026-12-14T10:00")
    assert due(at_home, opened(at_home, *received)) == "2026-12-21"
    assert at_home("--now", "2027-04-06T09:00", "cases").status == 0
    new = opened(at_home, now="2027-04-06T09:00")
    assert due(at_home, new) == "2027-04-12"
    told = at_home("show", new).out
    assert "in force from 01 Apr 2027, as in config/procedure-2027.toml" in told


def test_two_files_of_one_day_stop_check_with_their_place(at_home: Type, home: Path) -> None:
    text = (home / "config" / "procedure.toml").read_text("utf-8")
    (home / "config" / "procedure-copy.toml").write_text(text, "utf-8")
    said = at_home("check")
    assert said.status == 1
    assert any("procedure-copy.toml: effective_from: neither this file" in line for line in said.problems)
