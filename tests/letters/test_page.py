"""docs/letters.md names every mail of the catalogue with its mode, every letter, and every field of a letter."""

import re
from dataclasses import fields
from pathlib import Path

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.letters.draft_facts import DraftFacts

PAGE = (Path(__file__).parents[2] / "docs" / "letters.md").read_text(encoding="utf-8")
TABLE = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| N\d+ .*\| \w+ \|", line)]
SHIPPED = {path.stem for path in (defaults_folder() / "mail_templates" / "letters").glob("*.docx")}


def test_every_mail_of_the_catalogue_has_its_mode() -> None:
    numbers = [int(number) for row in TABLE for number in re.findall(r"\bN(\d+)\b", row[0])]
    assert numbers == list(range(1, 29))
    assert {row[1].rstrip(" |") for row in TABLE} == {"automatic", "task", "draft", "released"}


def test_every_letter_stands_with_its_mail_and_only_drafts_have_letters() -> None:
    named = [name for row in TABLE for name in re.findall(r"N[\d\w-]+-to-\w+", row[-1])]
    assert sorted(named) == sorted(SHIPPED)
    for row in TABLE:
        own = re.findall(r"N[\d\w-]+-to-\w+", row[-1])
        assert bool(own) == (row[1] == "draft"), row
        assert all(name.startswith(re.findall(r"\bN\d+\b", row[0])[0]) for name in own)


def test_every_field_of_a_letter_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", PAGE))
    assert {item.name for item in fields(DraftFacts)} <= explained
