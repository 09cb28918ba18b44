"""Files that change under a running daemon: taken up whole between two rounds, or refused while the old ones go on."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.bootstrap.versions import copy_of, digest_of, state_lines, told_state
from cspr_bot.cli import main
from tests.bootstrap.test_cycle import Bench, refer

LEADER, NEW = "service.leader@council.example", "new.leader@council.example"
CONTACTS = "config/contacts.toml"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    made.start()
    made.cycle._has_tried_templates = True  # they are those that ship, and to write each takes a second
    yield made
    made.office.close()


def mails_to(bench: Bench, notice: str = "") -> set[str]:
    return {row.to for row in bench.office.store.reports.outbox_rows() if row.notice.startswith(notice)}


def test_a_changed_list_is_taken_up_between_two_rounds(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    assert bench.cycle()
    before = digest_of(bench.folder)
    bench.edit(CONTACTS, LEADER, NEW)
    caplog.set_level(logging.INFO)
    refer(bench)
    assert bench.cycle()
    after = digest_of(bench.folder)
    assert NEW in mails_to(bench)
    assert LEADER not in mails_to(bench)
    assert f"files: version {after} is in force, in the place of {before}" in caplog.text
    [row] = [row for row in bench.office.store.installation.audit_of() if row.entry.what == "files_in_force"]
    assert row.entry.details == {"before": before, "after": after}


def test_what_was_written_to_somebody_who_has_left_the_list_is_never_sent_to_them(bench: Bench) -> None:
    refer(bench)
    bench.office.intake.take()
    while bench.office.registry.step() or bench.office.progression.step():
        pass
    assert LEADER in mails_to(bench)
    bench.edit(CONTACTS, LEADER, NEW)
    assert bench.cycle()
    rows = bench.office.store.reports.outbox_rows()
    assert {row.status for row in rows if row.to == LEADER} == {"cancelled"}
    assert {row.status for row in rows if row.to == NEW} == {"sent"}


def test_a_case_goes_on_by_the_templates_and_rules_that_were_good(bench: Bench) -> None:
    bench.cycle()
    for name in ("mail_templates/N1.txt", "mail_templates/N4.txt", "config/form.toml"):
        bench.edit(name, "e", "{{ nothing")
    refer(bench)
    assert bench.cycle()
    assert LEADER in mails_to(bench)
    assert {row.status for row in bench.office.store.reports.outbox_rows()} == {"sent"}


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        (CONTACTS, LEADER, "leader@pnn.polce.uk", "config/contacts.toml:98: contact[8].email"),
        ("config/procedure.toml", "[timer.T4]", "[timer.T4", "First: config/procedure.toml:"),
        (
            "config/bot.toml",
            "reminder_time = 09:00:00",
            "reminder_time = 19:00:00",
            "config/bot.toml:47: office.reminder_time",
        ),
        ("mail_templates/N1.txt", "{", "{{ nothing }} {", "mail_templates"),
    ],
)
def test_bad_files_are_refused_the_old_ones_go_on_and_people_hear_of_it(
    bench: Bench, name: str, old: str, new: str, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert bench.cycle()
    good = digest_of(bench.folder)
    bench.edit(name, old, new)
    bad = digest_of(bench.folder)
    works_by = bench.office.home
    assert bench.cycle()
    assert bench.office.home is works_by
    assert digest_of(works_by.folder) == good
    assert {row.status for row in bench.office.store.reports.outbox_rows()} == {"sent"}
    assert mails_to(bench, "N28-files") == {"coordinator@nsscp.example", "administrator@nsscp.example"}
    said = bench.said()
    assert f"changed files are refused, version {bad}; version {good} stays in force" in said
    assert where in said
    assert "polce" not in said
    assert f"files: version {bad} is refused" in caplog.text
    bench.pass_by(timedelta(minutes=1))
    assert bench.cycle()
    assert bench.said() == said  # told once


def test_check_shows_both_versions_and_mended_files_are_taken_up(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.cycle()
    good = digest_of(bench.folder)
    assert state_lines(bench.folder)[0].startswith(f"Version {good}: the service works by it since 15 December 2026 ")
    bench.edit(CONTACTS, LEADER, "gone")
    bad = digest_of(bench.folder)
    assert "has not run since they were changed" in state_lines(bench.folder)[1]
    bench.cycle()
    assert main(["--home", str(bench.folder), "check"]) == 1
    assert capsys.readouterr().out == (
        f"Here: version {bad}. The service works by version {good} since 15 December 2026 10:12 UTC.\n"
        f"It refused {bad} at 15 December 2026 10:12 UTC.\n"
    )
    bench.edit(CONTACTS, "gone", NEW)
    bench.cycle()
    state = told_state(bench.folder)
    assert state is not None
    assert (state.in_force, state.refused) == (digest_of(bench.folder), "")
    assert [path.name for path in (bench.folder / "var" / "in-force").iterdir() if path.is_dir()] == [state.in_force]


def test_files_that_are_put_back_are_those_in_force(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.cycle()
    good = digest_of(bench.folder)
    bench.edit(CONTACTS, LEADER, "gone")
    bench.cycle()
    bench.edit(CONTACTS, "gone", LEADER)
    caplog.set_level(logging.INFO)
    bench.cycle()
    assert f"files: version {good}, which is in force, is back" in caplog.text


@pytest.mark.slow
def test_what_a_running_service_cannot_change_asks_for_a_restart(bench: Bench) -> None:
    bench.cycle()
    bench.edit("config/bot.toml", "poll_seconds = 60", "poll_seconds = 30")
    assert bench.cycle()
    assert "First: config/bot.toml: mailbox: wrong; see `check`" in bench.said()
    bench.office.close()
    bench.start()
    state = told_state(bench.folder)
    assert state is not None
    assert state.in_force == digest_of(bench.folder)


def test_a_file_that_others_may_write_is_refused(bench: Bench) -> None:
    bench.cycle()
    (bench.folder / CONTACTS).chmod(0o664)
    bench.cycle()
    assert "First: config/contacts.toml: wrong" in bench.said()


@pytest.mark.slow
def test_the_second_channel_itself_is_taken_up(bench: Bench) -> None:
    bench.cycle()
    bench.edit("config/bot.toml", "tell.py", "tell.py --again")
    bench.cycle()
    bench.edit(CONTACTS, LEADER, "gone")
    bench.cycle()
    assert "changed files are refused" in bench.said()


@pytest.mark.slow
def test_where_no_copy_can_be_made_the_work_goes_on_by_the_files_themselves(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.office.close()
    (bench.folder / "var" / "in-force").rename(bench.folder / "var" / "away")
    (bench.folder / "var" / "in-force").touch()
    bench.start()
    assert bench.cycle()
    assert "the files cannot be copied" in caplog.text
    (bench.folder / "var" / "in-force").unlink()
    bench.edit(CONTACTS, LEADER, NEW)
    assert bench.cycle()
    state = told_state(bench.folder)
    assert state is not None
    assert state.in_force == digest_of(bench.folder)


def test_a_copy_is_the_same_version_whoever_makes_it_and_what_an_editor_leaves_is_none_of_it(bench: Bench) -> None:
    first = copy_of(bench.folder)
    (bench.folder / "config" / ".contacts.toml.swp").write_text("x", encoding="utf-8")
    (bench.folder / "config" / "contacts.toml~").write_text("x", encoding="utf-8")
    assert copy_of(bench.folder) == first
    assert digest_of(first.folder) == first.digest
    (bench.folder / "config" / "contacts.toml").unlink()
    assert copy_of(bench.folder).digest != first.digest
