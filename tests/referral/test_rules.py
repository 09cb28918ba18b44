"""The words of the form are data, and every flaw in them is told at once."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cspr_bot.referral.rules import FormRules, form_rules
from cspr_bot.referral.wording import normal, wording_of

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / "config" / "form.toml").read_text(encoding="utf-8"))


def problems_of(change: Callable[[dict[str, Any]], object]) -> tuple[str, ...]:
    table = deepcopy(TABLE)
    change(table)
    read = form_rules(table)
    return read if isinstance(read, tuple) else ()


def test_the_file_that_we_ship_has_no_flaw(rules: FormRules) -> None:
    assert form_rules(TABLE) == rules
    assert rules.required[:2] == ("referrer.name", "referrer.email")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("child.dob", "Date of birth"),
        ("summary", "Summary of events"),
        ("family[2].dob", "Date of birth of a family member"),
        ("family", "Family"),
        ("child.shoe_size", "child, shoe size"),
    ],
)
def test_every_path_has_a_title_for_people(path: str, title: str, rules: FormRules) -> None:
    assert rules.title_of(path) == title


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda table: table.update(title=["x"]), 'title: there is no such key; did you mean "titles"?'),
        (
            lambda table: table["section"].update(famly={}),
            'section.famly: there is no such key; did you mean "family"?',
        ),
        (
            lambda table: table["field"].update({"child.dbo": {}}),
            'field."child.dbo": there is no such key; did you mean "child.dob"?',
        ),
        (
            lambda table: table["field"]["child.dob"].update(require=True),
            'field."child.dob".require: there is no such key; did you mean "required"?',
        ),
        (
            lambda table: table["field"]["child.dob"].update(required="yes"),
            'field."child.dob".required: this must be true or false; write it without quotes',
        ),
        (
            lambda table: table["field"]["family.dob"].update(required=True),
            'field."family.dob".required: this cannot be asked for by itself; leave it out',
        ),
        (
            lambda table: table["field"]["child.dob"].update(title=" "),
            'field."child.dob".title: this must be text in quotes; write how a mail should name this answer',
        ),
        (
            lambda table: table["field"]["child.dob"].update(labels=[]),
            'field."child.dob".labels: this is missing; write labels = ["..."]',
        ),
        (
            lambda table: table["field"]["child.carer"]["labels"].append("DOB."),
            'field."child.carer".labels: "DOB." is a label of "child.dob" too; leave it out of one of them',
        ),
        (
            lambda table: table.update(titles="one"),
            'titles: this must be a list of words; write titles = ["...", "..."]',
        ),
        (lambda table: table.update(field=3), "field: this must be a table; write [field] above its keys"),
        (
            lambda table: table["option"]["criteria"].pop("known"),
            'option.criteria.known: this is missing; write known = ["..."]',
        ),
        (
            lambda table: table["option"]["criteria"].update(zzz=["x"]),
            "option.criteria.zzz: there is no such key; write one of yes, no, known, suspected",
        ),
    ],
)
def test_a_flaw_is_told_with_its_place_and_remedy(change: Callable[[dict[str, Any]], object], problem: str) -> None:
    assert problem in problems_of(change)


def test_all_flaws_are_told_at_once() -> None:
    def spoil(table: dict[str, Any]) -> None:
        table["titles"] = []
        table["field"]["child.dob"]["labels"] = [""]
        table["nonsense"] = 1

    assert len(problems_of(spoil)) == 3


def test_an_empty_table_has_a_problem_for_each_thing_it_lacks() -> None:
    read = form_rules({})
    assert isinstance(read, tuple)
    assert any(problem.startswith("titles:") for problem in read)
    assert any(problem.startswith('field."child.name".labels:') for problem in read)


def test_rules_are_indexed_once(rules: FormRules) -> None:
    assert wording_of(rules) is wording_of(rules)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Name of child: ", "name of CHILD"),
        ("Child’s name", "Child's name"),
        ("Date\nof  birth", "date of birth"),
        ("Still involved?", "still involved"),
        ("Name\u200b of\u00a0child", "Name of child"),
    ],
)
def test_labels_are_compared_by_their_words(one: str, other: str) -> None:
    assert normal(one) == normal(other)
