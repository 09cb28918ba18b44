"""Every form that the generator makes is read as it was written, or says that it is in doubt."""

from collections.abc import Iterable

import pytest

from cspr_bot.bootstrap.reading import contents_of
from cspr_bot.documents.containers import Desk
from cspr_bot.documents.reading import read_document
from cspr_bot.referral.form_json import as_json
from cspr_bot.referral.rules import FormRules
from tests.forms.cases import Case, cases
from tests.forms.children import CHILDREN
from tests.forms.measure import Tally, add, table_of

LEAST_RIGHT = 0.995


def measured(made: Iterable[Case], rules: FormRules) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for case in made:
        tally = tallies.setdefault(case.kind, Tally())
        reading = read_document(case.content, rules, "form.doc", Desk(open_mail=contents_of))
        if reading.verdict != case.verdict:
            tally.verdicts.append(f"{case.name}: {reading.verdict} instead of {case.verdict}")
        add(tally, case.name, case.forms, tuple(dict(as_json(form)) for form in reading.forms))
    return tallies


@pytest.fixture(scope="module")
def tallies(all_cases: tuple[Case, ...], rules: FormRules) -> dict[str, Tally]:
    made = measured(all_cases, rules)
    print(table_of(made))  # noqa: T201 - shown by `pytest -s`, and where the measure fails
    return made


def test_there_are_enough_forms_and_children(all_cases: tuple[Case, ...]) -> None:
    assert len([case for case in all_cases if case.forms]) >= 150
    assert len({child.name for child in CHILDREN}) >= 20
    assert len({case.name for case in all_cases}) == len(all_cases)


def test_every_verdict_is_right(tallies: dict[str, Tally]) -> None:
    assert [wrong for tally in tallies.values() for wrong in tally.verdicts] == []


def test_nothing_is_invented(tallies: dict[str, Tally]) -> None:
    assert [miss for tally in tallies.values() for miss in tally.misses if miss.is_invented] == []


def test_nearly_every_field_is_exactly_right(tallies: dict[str, Tally]) -> None:
    fields = sum(tally.fields for tally in tallies.values())
    wrong = sum(len(tally.misses) for tally in tallies.values())
    assert fields - wrong >= LEAST_RIGHT * fields, table_of(tallies)


def test_a_safeguarding_referral_is_told_apart(all_cases: tuple[Case, ...], rules: FormRules) -> None:
    general = [case for case in all_cases if case.name.startswith("safeguarding referral")]
    assert general
    for case in general:
        assert "this is not a request for a review" in read_document(case.content, rules).reason


def test_the_generator_makes_the_same_files_again(all_cases: tuple[Case, ...]) -> None:
    again = {case.name: case.content for case in cases()}
    made = [case for case in all_cases if "locked" not in case.name]  # ciphers are salted
    assert [case.name for case in made if case.content != again[case.name] and "locked" not in case.kind] == []
