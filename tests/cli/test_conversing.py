"""`init` as a conversation at a terminal, and silently with flags; nothing is ever overwritten."""

import os
import pty
import re
import select
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cspr_bot.bootstrap.making import shipped_answers
from cspr_bot.cli.conversing import QUESTIONS, first_answers, offer_what_is_next
from cspr_bot.config.first_answers import FirstAnswers
from tests.cli.commands import Type

PATIENCE = 60  # seconds, on a busy machine
ANSWERS = {
    "--name": "Testshire Safeguarding Children Partnership",
    "--short-name": "TSCP",
    "--mailbox": "Partnership@testshire.gov.uk",
    "--known-domains": "testshire.gov.uk, test.police.uk nhs.net",
    "--coordinator-name": "Jo Bloggs",
    "--coordinator": "jo.bloggs@testshire.gov.uk",
    "--installation": "tscp-live",
}


@dataclass
class Script:
    """Somebody who answers what is written down, and then presses Enter."""

    lines: list[str]
    yes: bool = True
    heard: list[str] = field(default_factory=list)

    def ask(self, question: str, default: str) -> str:
        self.heard.append(question)
        return (self.lines.pop(0) if self.lines else "") or default

    def agrees(self, question: str) -> bool:
        self.heard.append(question)
        return self.yes

    def say(self, line: str) -> None:
        self.heard.append(line)


def files(home: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    contacts, bot = (
        tomllib.loads((home / "config" / f"{name}.toml").read_text(encoding="utf-8")) for name in ("contacts", "bot")
    )
    return contacts, bot


def test_with_flags_a_home_is_made_without_a_question(type_: Type, tmp_path: Path) -> None:
    said = type_("init", tmp_path / "home", *(word for pair in ANSWERS.items() for word in pair))
    assert said.status == 0
    contacts, bot = files(tmp_path / "home")
    assert contacts["partnership"]["name"] == "Testshire Safeguarding Children Partnership"
    assert contacts["partnership"]["mailbox"] == "partnership@testshire.gov.uk"
    assert contacts["mail"]["known_domains"] == ["testshire.gov.uk", "test.police.uk", "nhs.net"]
    assert contacts["contact"][0]["email"] == "jo.bloggs@testshire.gov.uk"
    assert bot["installation"] == "tscp-live"
    shipped = (Path(__file__).parents[2] / "config" / "contacts.toml").read_text(encoding="utf-8")
    made = (tmp_path / "home" / "config" / "contacts.toml").read_text(encoding="utf-8")
    assert re.findall("#.*", made) == re.findall("#.*", shipped)
    assert type_("--home", tmp_path / "home", "check").status == 0


@pytest.mark.parametrize(
    ("flag", "value", "problem"),
    [
        ("--mailbox", "nobody", "--mailbox: it needs a name, an @ and a domain"),
        (
            "--coordinator",
            "jo@pnn.polce.uk",
            '--coordinator: "pnn.polce.uk" is not on the secure-domain list; did you mean pnn.police.uk?',
        ),
        ("--installation", "Live!", "--installation: write small letters, digits and hyphens, such as nsscp-live"),
        (
            "--known-domains",
            "uk",
            '--known-domains: "uk" is not a whole domain; write them with blanks between, such as ',
        ),
        ("--short-name", "T\nS", "--short-name: write one line of text"),
        (
            "--coordinator",
            "no-reply@nhs.net",
            "--coordinator: nobody reads this address; write the address of a person",
        ),
    ],
)
def test_a_flag_that_cannot_be_meant_makes_nothing(
    type_: Type, tmp_path: Path, flag: str, value: str, problem: str
) -> None:
    said = type_("init", tmp_path / "home", flag, value)
    assert (said.status, len(said.problems)) == (1, 1)
    assert said.err.startswith(problem)
    assert not (tmp_path / "home").exists()


def test_a_home_that_is_there_is_not_changed_by_flags(type_: Type, tmp_path: Path) -> None:
    type_("init", tmp_path)
    before = (tmp_path / "config" / "contacts.toml").read_bytes()
    said = type_("init", tmp_path, "--short-name", "TSCP")
    assert said.problems == ["config/ was there before, and is never overwritten: change it there."]
    assert (tmp_path / "config" / "contacts.toml").read_bytes() == before


def test_an_answer_that_cannot_be_meant_is_asked_again_with_the_reason() -> None:
    ours = "partnership@testshire.gov.uk"
    talk = Script(["", "", ours, "testshire.gov.uk", "Jo", ours, "jo@nsh.net"])
    answers = first_answers(talk, shipped_answers())
    assert answers.coordinator == shipped_answers().coordinator
    assert [line for line in talk.heard if line.startswith("  ")] == [
        (
            "  partnership@testshire.gov.uk: this is the partnership's own mailbox; write the co-ordinator's personal "
            "or another team mailbox"
        ),
        '  jo@nsh.net: "nsh.net" is not on the secure-domain list; did you mean nhs.net?',
    ]


def test_whoever_only_presses_enter_keeps_what_ships() -> None:
    talk = Script([])
    assert first_answers(talk, shipped_answers()) == shipped_answers()
    assert len(talk.heard) == 1 + len(QUESTIONS)
    assert shipped_answers() != FirstAnswers()


@pytest.mark.parametrize("yes", [True, False])
def test_at_the_end_check_rehearse_and_doctor_are_offered(yes: bool) -> None:  # noqa: FBT001 - that is what varies
    ran: list[str] = []
    offer_what_is_next(Script([], yes=yes), ran.append)
    assert ran == (["check", "rehearse", "doctor"] if yes else [])


def test_at_a_real_terminal_it_asks_and_ends_with_a_home(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cspr_bot", "init", str(tmp_path / "home")]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:  # noqa: S603 - our own program
        os.close(theirs)
        os.write(ours, b"\nTSCP\n\n\n\n\n\ny\nn\nn\n")
        said = b""
        while select.select([ours], [], [], PATIENCE)[0]:
            try:
                said += os.read(ours, 4096)
            except OSError:  # the terminal is gone with its last user
                break
        assert process.wait(PATIENCE) == 0
    os.close(ours)
    words = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", said.decode()).split())
    assert "The partnership's whole name (North Somerset Safeguarding Children Partnership)" in words
    assert "Ready to run: every file, contact and mail was checked." in words
    assert files(tmp_path / "home")[0]["partnership"]["short_name"] == "TSCP"
