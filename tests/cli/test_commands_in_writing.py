"""Every command that a mail or the README tells somebody to type can be typed: the real parser takes it."""

import re
import shlex
from dataclasses import replace

import pytest

from cspr_bot.cli.parser import build_parser
from tests.mail.letters import FULL, HELD, LEADER, ROOT, WRITER, letter

PAPERS = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/contacts.md"))
# What a reader puts in its place, where the parser wants more than a word.
PLACES = {"ID": "12", "EVENT": "3", "OTHER_REFERENCE": "NS-7F3K-2R", "YYYY-MM-DD": "2026-12-01"}


def commands_in_mails() -> set[str]:
    """Give every command line in every mail, as whoever may have to type it reads it."""
    found = set()
    for name in WRITER.names():
        for facts in (FULL, replace(FULL, held=HELD), replace(FULL, undo="", moved=())):
            for role in ("coordinator", "la_service_leader"):
                text = WRITER.render(letter(name, facts, replace(LEADER, role=role))).text
                found |= set(re.findall(r"^  (cspr-bot .*)$", text, re.MULTILINE))
                found |= set(re.findall(r"\((cspr-bot [^)]*)\)", " ".join(text.split())))
    return found


def commands_in_papers() -> set[str]:
    """Give every command line of the README and of the pages for administrators, without what stands beside it."""
    lines = re.findall(r"^    (?:\S*/)?(cspr-bot .*)$", PAPERS, re.MULTILINE)
    return {re.split(r" {2,}", line)[0] for line in lines}


def test_there_are_commands_to_look_at() -> None:
    assert len(commands_in_mails()) > 20
    assert len(commands_in_papers()) > 12


@pytest.mark.parametrize("line", sorted(commands_in_mails() | commands_in_papers()))
def test_what_somebody_is_told_to_type_is_a_command(line: str) -> None:
    words = [re.sub("|".join(PLACES), lambda place: PLACES[place[0]], word) for word in shlex.split(line)]
    options = build_parser().parse_args(words[1:])
    assert callable(options.run)
