"""`cases`, `show`, `due`, `inbox`, `outbox`, `audit`: what is told to programs, key by key, and to people."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.commands import FORM, START, Type
from tests.mail.calendars import entries_of

BY = ("--by", "A. Clerk")
CASE_KEYS = {"reference", "opened_at", "stages", "next_due", "flags"}
TASK_KEYS = {
    "id", "timer", "title", "roles", "agency", "day_zero", "due_at", "statutory", "status", "done_at", "rungs_sent",
    "cite",
}  # fmt: skip
EVENT_KEYS = {"id", "at", "name", "by", "source", "fields"}
MAIL_KEYS = {"id", "message_id", "notice", "task", "role", "to", "sent_at", "status", "rung", "level"}
FORM_KEYS = {
    "referrer", "child", "family", "criteria", "summary", "other_agencies", "other_processes", "missing", "doubts"
}  # fmt: skip
INBOX_KEYS = {"id", "sha256", "message_id", "received_at", "kind", "status", "case", "reasons", "bounce"}
OUTBOX_KEYS = {
    "id", "case", "notice", "to", "status", "testing", "attempts", "not_before", "sent_at", "message_id"
}  # fmt: skip
DUE_KEYS = {"at", "case", "timer", "rung", "level", "to", "role", "notice", "due_at", "statutory", "cite"}
STAGES = {"main", "notification", "looked_after", "records", "dispute", "areas", "actions"}


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    assert found.tzinfo is not None
    return found


def test_a_case_that_waits_for_a_template_is_shown_with_what_it_waits_for(at_home: Type, home: Path) -> None:
    (home / "mail_templates" / "N4.txt").write_text("{{ nothing }}", encoding="utf-8")
    at_home("open", FORM, *BY)
    [row] = at_home("cases", "--json").json
    assert (row["stages"].keys(), row["stages"]["main"], row["next_due"]) == (STAGES, "triage", None)
    assert "not yet worked on" in at_home("cases").out
    shown = at_home("show", row["reference"])
    assert (shown.status, "mail_templates/N4.txt, line 1" in shown.out) == (0, True)
    refused = at_home("record", row["reference"], "sin_sent", *BY)
    assert (refused.status, len(refused.problems)) == (1, 1)
    assert "mail_templates/N4.txt, line 1" in refused.err
    run = at_home("--now", "2026-12-15T10:00", "run", "--once")
    assert (run.status, len(run.problems)) == (1, 1)
    assert run.err.startswith("a case waits, and is tried again every quarter of an hour: ")


def test_the_list_of_cases_has_the_keys_of_the_interfaces(at_home: Type, case: str) -> None:
    [row] = at_home("cases", "--json").json
    assert row.keys() == CASE_KEYS
    assert row["reference"] == case
    assert row["stages"].keys() == STAGES
    assert row["next_due"].keys() == {"timer", "due_at", "role"}
    moment(row["opened_at"])
    moment(row["next_due"]["due_at"])


def test_a_closed_case_is_listed_only_when_all_are_asked_for(at_home: Type, case: str) -> None:
    assert at_home("record", case, "closed", *BY, "--reason", "a test").status == 0
    assert at_home("cases", "--json").json == []
    assert at_home("cases").out == "No case is open.\n"
    [row] = at_home("cases", "--all", "--json").json
    assert (row["stages"]["main"], row["next_due"]) == ("closed", None)


def test_a_case_is_shown_whole_with_the_keys_of_the_interfaces(at_home: Type, case: str) -> None:
    at_home("--now", START, "run", "--once")
    shown = at_home("show", case, "--json").json
    assert shown.keys() >= CASE_KEYS | {"tasks", "events", "mails", "referral"}
    assert all(task.keys() >= TASK_KEYS for task in shown["tasks"])
    assert all(event.keys() >= EVENT_KEYS for event in shown["events"])
    assert all(mail.keys() >= MAIL_KEYS for mail in shown["mails"])
    assert shown["referral"].keys() == FORM_KEYS
    [t2] = [task for task in shown["tasks"] if task["timer"] == "T2"]
    assert (t2["roles"], t2["statutory"], t2["status"]) == (["la_service_leader"], True, "open")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", t2["day_zero"])
    assert {mail["status"] for mail in shown["mails"]} == {"sent"}
    assert {mail["id"] for mail in shown["mails"]} == {row["id"] for row in at_home("outbox", "--json").json}


def test_a_case_is_shown_to_people_in_words(at_home: Type, case: str) -> None:
    at_home("--now", START, "run", "--once")
    shown = at_home("show", case).out
    assert "Local Authority Service Leader" in shown
    assert "la_service_leader" not in shown
    assert "A referral was received" in shown
    assert "looked after" in shown
    assert all(line == line.rstrip() for line in shown.splitlines())


def test_duties_are_listed_soonest_first_with_their_next_reminder(at_home: Type, case: str) -> None:
    rows = at_home("due", "--json").json
    assert rows
    assert all(row.keys() >= DUE_KEYS for row in rows)
    assert [row["due_at"] for row in rows] == sorted(row["due_at"] for row in rows)
    assert {row["case"] for row in rows} == {case}
    [t6] = [row for row in rows if row["timer"] == "T6"]
    assert (t6["to"], t6["role"], t6["level"]) == ("subgroup.chair@nsscp.example", "subgroup_chair", "L0")
    assert moment(t6["at"]) < moment(t6["due_at"])


def test_the_list_of_duties_can_be_cut_to_a_number_of_days(at_home: Type, case: str) -> None:
    timers = {row["timer"] for row in at_home("due", "--days", 2, "--json").json}
    assert "triage" in timers
    assert "T2" not in timers
    assert at_home("due", "--days", 0).out == "Nothing is due.\n"


def test_a_home_in_which_nothing_happened_says_so_in_one_line(at_home: Type) -> None:
    said = {name: at_home(name).out for name in ("cases", "due", "inbox", "outbox")}
    assert said == {
        "cases": "No case is open.\n",
        "due": "Nothing is due.\n",
        "inbox": "No mail has come.\n",
        "outbox": "No mail was written.\n",
    }
    assert [at_home(name, "--json").json for name in said] == [[], [], [], []]
    assert at_home("inbox", "--held").out == "Nothing is held.\n"


def test_options_may_stand_before_or_after_the_command(type_: Type, home: Path, case: str) -> None:
    before = type_("--home", home, "--json", "--now", START, "cases")
    after = type_("cases", "--home", home, "--json", "--now", START)
    nested = type_("audit", "show", case, "--home", home, "--json")
    assert before.json == after.json
    assert nested.json[0]["entry"]["reference"] == case


def test_the_audit_log_is_verified_and_shown(at_home: Type, case: str) -> None:
    whole = at_home("audit", "verify", "--json").json
    assert (whole["whole"], whole["fault"]) == (True, None)
    assert re.fullmatch("[0-9a-f]{64}", whole["head"]["hash"])
    assert at_home("audit", "verify").out == f"The audit log is whole: {whole['rows']} rows.\n"
    assert "case opened" in at_home("audit", "show", case).out
    assert at_home("audit", "show", "NS-0000-00").status == 1


def test_a_witness_from_elsewhere_finds_what_the_log_alone_cannot(at_home: Type, case: str) -> None:
    head = at_home("audit", "verify", "--json").json["head"]
    witness = f"{head['seq']}:{head['hash']}"
    assert at_home("audit", "verify", "--witness", witness).out.endswith(
        f"It holds what the witness saw: row {head['seq']} is the one that was told of.\n"
    )
    cut = at_home("audit", "verify", "--witness", f"{head['seq'] + 1}:{head['hash']}")  # a row that is gone since
    assert (cut.status, cut.problems) == (
        1,
        [f"audit log: row {head['seq'] + 1}: missing: the end of the log was cut off"],
    )
    anew = at_home("audit", "verify", "--witness", f"2:{head['hash']}")
    assert anew.problems == ["audit log: row 2: not what the witness saw: this row or one before it was changed"]
    for nonsense in ("2", "two:" + head["hash"], f"2:{head['hash'][1:]}"):
        assert at_home("audit", "verify", "--witness", nonsense).status == 2
    assert case


def test_a_broken_audit_log_is_a_no(at_home: Type, home: Path, case: str) -> None:
    import sqlite3  # noqa: PLC0415 - a person with the file does what the program never does

    with sqlite3.connect(home / "var" / "cspr-bot.db") as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE audit SET what = 'nothing' WHERE seq = 2")
    database.close()
    said = at_home("audit", "verify")
    assert said.status == 1
    assert said.problems[0].startswith("audit log: row 2: ")
    assert at_home("audit", "verify", "--json").json["whole"] is False
    assert case


@pytest.mark.parametrize("words", [("show", "NS-0000-00"), ("preview", "NS-0000-00")])
def test_a_case_that_is_not_there_is_told_in_one_line(at_home: Type, words: tuple[str, ...]) -> None:
    said = at_home(*words)
    assert (said.status, said.out) == (1, "")
    assert said.problems == ["NS-0000-00: there is no such case; `cases --all` lists them"]


def test_a_case_opened_without_a_form_has_no_referral(at_home: Type) -> None:
    reference = at_home("open", *BY, "--json").json["reference"]
    shown = at_home("show", reference, "--json").json
    assert (shown["referral"], shown["stages"]["main"]) == (None, "incomplete")


def test_a_case_that_is_taken_over_sends_nothing_past(at_home: Type) -> None:
    said = at_home("open", FORM, "--quiet", "--received-at", "2026-12-07T10:00", *BY)
    assert "taken over" in said.out
    reference = said.out.partition(":")[0]
    assert at_home("record", reference, "sin_sent", "--at", "2026-12-08", *BY).status == 0
    at_home("--now", START, "run", "--once")
    mails = at_home("show", reference, "--json").json["mails"]
    assert all(mail["rung"] > 0 for mail in mails)
    assert "T2" not in {row["timer"] for row in at_home("due", "--json").json}


def test_a_case_counts_from_when_it_was_received(at_home: Type) -> None:
    reference = at_home("open", *BY, "--received-at", "2026-12-10T16:00", "--json").json["reference"]
    assert at_home("show", reference, "--json").json["opened_at"] == "2026-12-10T16:00:00+00:00"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--received-at", "2027-01-01"), 1, "cannot have been received later than now"),
        (("nothing.docx",), 1, "nothing.docx: there is no such file"),
        (("/",), 1, "/: it is a folder"),
        (("--mail", "7"), 1, "mail 7 is not held"),
        (("--mail", "7", "--received-at", "2026-12-01"), 2, "takes no --received-at"),
        (("--mail", "7", "--quiet"), 2, "takes no --quiet"),
        ((__file__,), 1, "the file holds no form"),
    ],
)
def test_what_cannot_be_opened_is_refused(at_home: Type, words: tuple[str, ...], status: int, told: str) -> None:
    said = at_home("open", *words, *BY)
    assert said.status == status
    assert len(said.problems) == 1
    assert told in said.err
    assert at_home("cases", "--json").json == []


def test_a_rehearsal_is_written_as_a_calendar_and_as_a_picture(type_: Type, tmp_path: Path) -> None:
    said = type_(
        *("--home", tmp_path, "rehearse", "--from", "2026-12-15T10:12", "--json"),
        *("--ics", tmp_path / "a.ics", "--svg", tmp_path / "a.svg"),
    )
    assert said.status == 0
    days = {row["due_at"][:10] for row in said.json if row["due_at"]}
    entries = entries_of((tmp_path / "a.ics").read_bytes())
    assert days <= {str(entry.start) for entry in entries}
    assert len({entry["uid"] for entry in entries}) == len(entries)
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<?xml")
    again = type_("--home", tmp_path, "rehearse", "--svg", tmp_path / "a.svg")
    assert (again.status, "there is a file of that name already" in again.err) == (1, True)


def test_another_procedure_is_tried_out_before_it_is_made(at_home: Type, home: Path, case: str, tmp_path: Path) -> None:
    other = tmp_path / "procedure.toml"
    text = (home / "config/procedure.toml").read_text(encoding="utf-8")
    place = text.index("length = 5", text.index("[timer.T3]"))
    other.write_text(f"{text[:place]}length = 4{text[place + len('length = 5') :]}", encoding="utf-8")
    other.chmod(0o600)
    found = at_home("rehearse", "--from", "2026-12-15T10:12", "--diff", other, "--json").json
    (moved,) = found["cases"][case]["differences"]
    assert (moved["before"]["timer"], moved["what"]) == ("T3", ["due", "reminder"])
    assert (moved["before"]["due_on"], moved["after"]["due_on"]) == ("2026-12-22", "2026-12-21")
    assert {item["before"]["timer"] for item in found["imagined"]["differences"]} == {"T3"}
    printed = at_home("rehearse", "--from", "2026-12-15T10:12", "--diff", other).out
    assert case in printed
    assert "due Mon 21 Dec 2026" in printed


def test_a_procedure_file_that_is_wrong_is_said_with_its_place(type_: Type, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    said = type_("rehearse", "--diff", other)
    assert (said.status, said.problems) == (1, [f"{other}: there is no such file; name another procedure.toml"])
    other.write_text("nonsense = 1\n", encoding="utf-8")
    other.chmod(0o600)
    said = type_("rehearse", "--diff", other)
    assert said.status == 1
    assert "nonsense" in said.err
