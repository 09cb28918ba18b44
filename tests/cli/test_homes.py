"""`init`, `check`, the turned clock, and every way in which a home can be wrong: a line each, never a traceback."""

import fcntl
import sqlite3
from pathlib import Path

import pytest

from tests.cli.commands import START, Type

BY = ("--by", "A. Clerk")


def test_init_makes_a_home_and_says_what_comes_next(type_: Type, tmp_path: Path) -> None:
    said = type_("init", tmp_path / "new")
    assert said.status == 0
    assert "contacts.toml" in said.out
    assert type_("--home", tmp_path / "new", "check").status == 0


def test_init_never_overwrites(type_: Type, tmp_path: Path) -> None:
    type_("init", tmp_path)
    contacts = tmp_path / "config" / "contacts.toml"
    contacts.write_text("# mine\n", encoding="utf-8")
    (tmp_path / "config" / "form.toml").unlink()
    key = (tmp_path / "var" / "master-key").read_bytes()
    assert type_("init", tmp_path, "--json").json == {"home": str(tmp_path), "made": ["config/form.toml"]}
    assert contacts.read_text(encoding="utf-8") == "# mine\n"
    assert (tmp_path / "var" / "master-key").read_bytes() == key
    assert type_("init", tmp_path).out == f"Nothing was missing in {tmp_path}; nothing was touched.\n"


def test_init_takes_the_home_where_no_folder_is_named(type_: Type, tmp_path: Path) -> None:
    assert type_("--home", tmp_path / "h", "init").status == 0
    assert (tmp_path / "h" / "config" / "bot.toml").is_file()


def test_init_where_no_home_can_be_made_says_so(type_: Type, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = type_("init", tmp_path / "file")
    assert (said.status, len(said.problems)) == (1, 1)
    assert "a home cannot be made there" in said.err


def test_check_prints_every_problem_at_once(type_: Type, home: Path) -> None:
    bot = home / "config" / "bot.toml"
    bot.write_text(bot.read_text(encoding="utf-8").replace("poll_seconds", "pol_seconds"), encoding="utf-8")
    (home / "config" / "form.toml").unlink()
    said = type_("--home", home, "check")
    assert said.status == 1
    assert 'did you mean "poll_seconds"?' in said.err
    assert "config/form.toml: the file is missing" in said.err
    assert said.out == ""
    found = type_("--home", home, "check", "--json")
    assert (found.status, found.json["errors"]) == (1, 2)
    assert {"file", "place", "what", "remedy", "line", "is_warning"} == found.json["problems"][0].keys()


def test_check_says_that_old_word_files_wait_for_a_person_without_libreoffice(
    monkeypatch: pytest.MonkeyPatch, type_: Type, home: Path
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    said = type_("--home", home, "check")
    assert said.status == 0
    assert "LibreOffice" in said.out + said.err
    assert "every Word 97 (.doc) and RTF file waits for a person" in " ".join((said.out + said.err).split())


def test_check_renders_every_mail_once(type_: Type, home: Path) -> None:
    (home / "mail_templates" / "N4.txt").write_text("{% if %}", encoding="utf-8")
    (home / "mail_templates" / "N5.txt").unlink()
    said = type_("--home", home, "check")
    assert said.status == 1
    assert "mail_templates/N4.txt, line 1" in said.err
    assert "mail_templates/N5.txt is missing" in said.err


def test_check_looks_at_the_key(type_: Type, home: Path) -> None:
    (home / "var" / "master-key").chmod(0o644)
    assert "chmod 600" in type_("--home", home, "check").err
    (home / "var" / "master-key").unlink()
    assert type_("--home", home, "check").status == 1


def test_who_only_looks_goes_by_the_clock_of_the_home(type_: Type, home: Path) -> None:
    rows = type_("--home", home, "rehearse", "--json").json
    assert rows[0]["at"].startswith(START)
    confirmed = type_("--home", home, "preview", "--json").json
    assert any("15 December 2026" in row["text"] for row in confirmed if row["notice"] == "N1")
    contacts = home / "config" / "contacts.toml"
    contacts.write_text(
        contacts.read_text().replace('role = "director"', 'role = "director"\nvalid_from = 2026-12-15', 1)
    )
    assert type_("--home", home, "check").status == 0
    assert type_("--home", home, "--now", "2026-12-14T12:00", "check").status == 1


def test_a_home_whose_database_does_not_answer_is_looked_at_by_the_machine_s_clock(type_: Type, home: Path) -> None:
    (home / "var" / "cspr-bot.db").write_bytes(b"not a database")
    assert type_("--home", home, "rehearse", "--json").status == 0
    assert type_("--home", home, "check").status == 0


def test_check_without_templates_says_how_to_get_them(type_: Type, home: Path) -> None:
    (home / "mail_templates").rename(home / "elsewhere")
    said = type_("--home", home, "check")
    assert said.status == 1
    assert "mail_templates: the folder is missing; `cspr-bot init` makes it" in said.problems


@pytest.mark.parametrize("words", [("check",), ("cases",), ("run", "--once"), ("open", *BY)])
def test_a_home_that_is_not_there_is_one_line(type_: Type, tmp_path: Path, words: tuple[str, ...]) -> None:
    nowhere = tmp_path / "nowhere"
    said = type_("--home", nowhere, *words)
    assert said.status == 1
    assert said.problems == [f"{nowhere}: there is no home here; `cspr-bot init {nowhere}` makes one"]
    assert not nowhere.exists()


def test_the_home_may_come_from_the_environment(type_: Type, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSPR_BOT_HOME", str(home))
    assert type_("cases", "--json").json == []


def test_only_errors_stand_in_the_way_of_a_command(type_: Type, home: Path) -> None:
    (home / "config" / "holidays.toml").unlink()
    said = type_("--home", home, "cases")
    assert said.status == 1
    assert [line for line in said.problems if "warning" in line] == []


@pytest.mark.parametrize(
    ("content", "told"),
    [("ab" * 32, "this is not the master key of the database"), ("zz", "it must be 64 hexadecimal digits")],
)
def test_a_wrong_key_is_told(type_: Type, home: Path, content: str, told: str) -> None:
    (home / "var" / "master-key").write_text(content, encoding="ascii")
    said = type_("--home", home, "cases")
    assert (said.status, len(said.problems)) == (1, 1)
    assert told in said.err
    assert content not in said.err


def test_a_key_that_others_may_read_is_refused(type_: Type, home: Path) -> None:
    (home / "var" / "master-key").chmod(0o640)
    said = type_("--home", home, "cases")
    assert said.status == 1
    assert "others than its owner may use this secret" in said.err


def test_the_database_of_another_installation_is_refused(type_: Type, home: Path) -> None:
    bot = home / "config" / "bot.toml"
    bot.write_text(bot.read_text(encoding="utf-8").replace('"nsscp-live"', '"another"', 1), encoding="utf-8")
    said = type_("--home", home, "cases")
    assert said.status == 1
    assert "belongs to installation 'nsscp-live', the home says 'another'" in said.err


def test_what_is_no_database_is_refused(type_: Type, home: Path) -> None:
    for path in (home / "var").glob("cspr-bot.db*"):
        path.unlink()
    (home / "var" / "cspr-bot.db").write_text("no database at all", encoding="utf-8")
    said = type_("--home", home, "cases")
    assert (said.status, len(said.problems)) == (1, 1)


def test_a_var_that_is_no_folder_is_refused(type_: Type, home: Path) -> None:
    (home / "var").rename(home / "old")
    (home / "var").touch()
    said = type_("--home", home, "cases")
    assert (said.status, len(said.problems)) == (1, 1)


def test_a_home_in_which_another_works_says_try_again_later(type_: Type, home: Path) -> None:
    with (home / "var" / "run.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = type_("--home", home, "--now", START, "run", "--once")
    assert (said.status, said.problems) == (75, ["another cspr-bot is running in this home"])


@pytest.mark.slow
def test_a_locked_database_says_try_again_later(type_: Type, home: Path) -> None:
    with sqlite3.connect(home / "var" / "cspr-bot.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = type_("--home", home, "open", *BY)
    other.close()
    assert (said.status, said.problems) == (75, ["the database is locked by another process"])


# ---------------------------------------------------------------------------------------------------------------------
# The clock


def test_a_fresh_home_accepts_any_moment_past_or_future(type_: Type, tmp_path: Path) -> None:
    for name, moment in (("past", "2019-05-01T10:00"), ("future", "2031-05-01T10:00")):
        type_("init", tmp_path / name)
        assert type_("--home", tmp_path / name, "--now", moment, "cases").status == 0


def test_the_clock_never_goes_backwards_and_the_home_remembers_it(at_home: Type) -> None:
    assert at_home("--now", "2027-07-01T10:00", "cases").status == 0
    said = at_home("--now", "2027-06-30T10:00", "cases")
    assert said.status == 1
    assert said.problems == ["--now: this home's clock stands at 2027-07-01T10:00:00+01:00, and never goes backwards"]
    reference = at_home("open", *BY, "--json").json["reference"]
    assert at_home("show", reference, "--json").json["opened_at"] == "2027-07-01T09:00:00+00:00"


def test_run_without_now_refuses_while_the_home_is_ahead(at_home: Type) -> None:
    at_home("--now", "2032-01-05T10:00", "cases")
    said = at_home("run", "--once")
    there = "2032-01-05T10:00:00+00:00"
    assert said.status == 1
    assert said.problems == [f"this home's clock stands at {there}, which is still to come: run with --now {there}"]
    assert at_home("run", "--once", "--now", there).status == 0


def test_run_without_now_follows_the_real_clock_again_once_it_is_past(type_: Type, tmp_path: Path) -> None:
    type_("init", tmp_path)
    type_("--home", tmp_path, "--now", "2019-05-01T10:00", "cases")
    assert type_("--home", tmp_path, "run", "--once").status == 0
    assert type_("--home", tmp_path, "--now", "2019-05-02T10:00", "cases").status == 1


def test_a_daemon_cannot_stand_still(at_home: Type) -> None:
    assert at_home("run", "--now", START).problems == [
        "run --now needs --once: a clock that was turned by hand stands still"
    ]


def test_the_clock_is_not_turned_on_a_live_mailbox(at_home: Type, home: Path) -> None:
    bot = home / "config" / "bot.toml"
    text = bot.read_text(encoding="utf-8").replace('transport = "folder"', 'transport = "graph"')
    bot.write_text(text, encoding="utf-8")
    assert at_home("--now", START, "cases").status == 1


@pytest.mark.parametrize("moment", ["soon", "2026-13-01", "0001-01-01T00:00", "9999-12-31T23:59-10:00"])
def test_what_is_no_moment_is_wrong_usage(at_home: Type, moment: str) -> None:
    said = at_home("--now", moment, "cases")
    assert (said.status, said.out, len(said.problems)) == (2, "", 1)
    assert "argument --now" in said.err


def test_a_moment_beyond_the_bank_holidays_is_told_once(at_home: Type) -> None:
    said = at_home("--now", "2040-01-01", "cases")
    assert (said.status, len(said.problems)) == (1, 1)
    assert "the table goes from" in said.err
