"""Tables on terminals of every width: nothing is folded inside a word, and what does not fit is not lost."""

import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from cspr_bot.cli.notices import subjects_of
from cspr_bot.cli.output import as_typed, laid_out
from cspr_bot.config import Home, read_home
from tests.mail.letters import MONDAY, ROOT

COLUMNS = ("due", "case", "duty", "for", "next reminder", "level", "clause")
ROWS = (
    (
        "Fri 22 May 2026 17:00",
        "NS-7F3K-2Q",
        "Notify the National Panel of the serious incident",
        "Local Authority Service Leader",
        "Wed 23 Dec 2026 09:00",
        "L3",
        "NSSCP/001 s5; Children Act 2004 s16C(1)",
    ),
    ("Wed 23 Dec 2026 17:00", "held:12", "Decide on it", "co-ordinator", "", "", ""),
)


def due_at(width: int) -> str:
    console = Console(width=width, file=StringIO())
    return laid_out(console, "Due", COLUMNS, ROWS, folds=("duty", "for", "clause"), spares=("level", "clause"))


@pytest.mark.parametrize("width", [60, 80, 100, 110, 130, 200])
def test_no_word_is_folded_and_no_line_runs_over(width: int) -> None:
    shown = due_at(width)
    assert all(len(line) <= width for line in shown.splitlines())
    words = set(shown.split())
    assert {word for row in ROWS for word in row[2].split()} <= words
    assert {"Authority", "NS-7F3K-2Q", "next", "reminder"} <= words


@pytest.mark.parametrize("width", [80, 100, 200])
def test_what_does_not_fit_beside_the_rest_stands_below_it(width: int) -> None:
    shown = due_at(width)
    assert "L3" in shown
    assert "Children Act 2004" in " ".join(shown.split())


def test_on_a_narrow_terminal_a_row_is_a_block_without_what_is_empty() -> None:
    assert due_at(80).endswith(
        "due            Wed 23 Dec 2026 17:00\ncase           held:12\nduty           Decide on it\nfor            "
        "co-ordinator"
    )


def test_a_command_is_printed_as_the_program_was_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "cspr-bot"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert as_typed(str(program)) == str(program)
    monkeypatch.setenv("PATH", str(program.parent))
    assert as_typed(str(program)) == "cspr-bot"
    assert as_typed("/somewhere/cspr_bot/__main__.py") == f"{sys.executable} -m cspr_bot"


def test_every_mail_is_called_something_and_a_reminder_is_called_one() -> None:
    home = read_home(ROOT, today=MONDAY.date())
    assert isinstance(home, Home)
    subjects = subjects_of(home)
    assert subjects["N12"] == "Agencies return the completed templates"
    assert subjects["N14"] == "Reminder: Agencies return the completed templates"
    assert subjects["N8-breached"] == "Convene the Sub-Group and decide whether to carry out a rapid review"
    assert subjects[home.procedure.provisional_notice] == "Reminder: a held mail may be a referral"
    asked = [timer for timer in home.procedure.timers.values() if timer.ladder != "none"]
    assert {*home.procedure.notices, *(timer.reminder_notice for timer in asked)} <= set(subjects)
