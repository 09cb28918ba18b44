"""What a referrer sends later joins the form: answers take the place of others, and a blank takes away nothing."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_bot.referral.differences import changed_fields
from cspr_bot.referral.form import (
    Child,
    Criteria,
    Doubt,
    EthnicOrigin,
    FamilyMember,
    FormDate,
    ReferralForm,
    Referrer,
)
from cspr_bot.referral.rules import FormRules
from cspr_bot.referral.supply import facts_in, is_of_another_child, merged

WHOLE = ReferralForm(
    referrer=Referrer("Casey Writer", "casey@nhs.example", "Nurse", "01632 960111", "Northmoor Hospital"),
    child=Child(
        name="Robin Ashdown",
        dob=FormDate("3/4/2019", date(2019, 4, 3)),
        home_address="1 Invented Row",
        date_of_death_or_incident=FormDate("20/11/2026", date(2026, 11, 20)),
        ethnic_origin=EthnicOrigin("A1", (), "British"),
    ),
    family=(FamilyMember("Jo Ashdown", "Mother"), FamilyMember("Sam Ashdown", "Brother")),
    criteria=Criteria("no", "yes", "suspected", "no"),
    summary="Robin fell.",
)
GAPS = replace(
    WHOLE,
    child=replace(WHOLE.child, dob=FormDate(), date_of_death_or_incident=FormDate("20/11")),
    criteria=Criteria(None, "yes", None, "no"),
    missing=("child.dob", "criteria.deceased", "criteria.abuse_or_neglect"),
    doubts=(Doubt("child.date_of_death_or_incident", "the year is missing", "20/11"),),
)
ANSWERS = """Hello,

Sorry about that, here is the rest.

- Date of birth: 3 April 2019
Is the child deceased? No
Is abuse or neglect known or suspected? Suspected
Date of death or critical incident: 20/11/2026

Kind regards
Casey Writer
Tel: 01632 960999
"""


# ---------------------------------------------------------------------------------------------------------------------
# Facts in a reply


def test_the_facts_that_were_asked_for_are_read_and_nothing_else(rules: FormRules) -> None:
    facts = facts_in(ANSWERS, GAPS, rules)
    assert facts == ReferralForm(
        child=Child(
            dob=FormDate("3 April 2019", date(2019, 4, 3)),
            date_of_death_or_incident=FormDate("20/11/2026", date(2026, 11, 20)),
        ),
        criteria=Criteria(deceased="no", abuse_or_neglect="suspected"),
    )


@pytest.mark.parametrize(
    "line",
    [
        "Date of birth: 03/04/2019",
        "date of birth : 03/04/2019",
        "DOB - 03/04/2019",
        "D.O.B. = 03/04/2019",
        "* Date of Birth – 03/04/2019",
        "1. Child's date of birth: 03/04/2019",
        "Date of birth:\n03/04/2019",
        "Date of birth?\n\n03/04/2019\nThanks, Casey",
    ],
)
def test_a_fact_may_be_written_in_many_ways(line: str, rules: FormRules) -> None:
    facts = facts_in(f"Hi\n{line}\n\nCasey", GAPS, rules)
    assert facts is not None
    assert (facts.child.dob.iso, facts.doubts) == (date(2019, 4, 3), ())


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("Is the child deceased? No", "no"),
        ("Is the child deceased: no", "no"),
        ("Is the child deceased - Yes", "yes"),
        ("Is the child deceased? - Yes", "yes"),
        ("Is the child deceased?\nNo", "no"),
    ],
)
def test_a_question_may_be_answered_in_many_ways(line: str, answer: str, rules: FormRules) -> None:
    facts = facts_in(line, GAPS, rules)
    assert facts is not None
    assert facts.criteria.deceased == answer


def test_a_field_is_known_by_the_title_under_which_it_was_asked_for(rules: FormRules) -> None:
    form = replace(GAPS, missing=("referrer.agency", "child.name"))
    facts = facts_in("Agency of the referrer: Northmoor Trust\nName of the child: Robin Ashdown", form, rules)
    assert facts is not None
    assert (facts.referrer.agency, facts.child.name) == ("Northmoor Trust", "Robin Ashdown")


def test_a_summary_goes_on_to_the_next_label(rules: FormRules) -> None:
    form = replace(GAPS, missing=("summary", "child.dob"))
    facts = facts_in("Summary of events: Robin fell.\n\nNobody saw it.\nDoB: 3/4/2019\nCasey", form, rules)
    assert facts is not None
    assert (facts.summary, facts.child.dob.raw) == ("Robin fell.\nNobody saw it.", "3/4/2019")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I shall send the date of birth tomorrow.",
        "Date of birth:",
        "Home address: 2 Other Street",  # it was given, and nobody has asked
        "Tel: 01632 960999\nEmail: someone@nhs.example",
        "The date of birth is 3 April 2019",  # a person reads that
        "DONE",
        "Date of birth: 31/02/2019",  # doubtful again
        "Date of birth: 3/4/2019\nDate of birth: 4/4/2019",
        "Date of birth: 3/4/2019\nIs the child deceased? He was very ill on Friday.",
    ],
)
def test_prose_doubt_and_what_nobody_asked_for_are_no_facts(text: str, rules: FormRules) -> None:
    assert facts_in(text, GAPS, rules) is None


def test_where_nothing_is_missing_nothing_is_taken(rules: FormRules) -> None:
    assert facts_in(ANSWERS, WHOLE, rules) is None


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=300) | st.lists(st.sampled_from(ANSWERS.split("\n")), max_size=12).map("\n".join))
def test_no_reply_raises_and_no_fact_is_taken_that_nobody_asked_for(text: str, rules: FormRules) -> None:
    facts = facts_in(text, GAPS, rules)
    if facts is not None:
        asked = {*GAPS.missing, "child.date_of_death_or_incident"}
        assert facts.doubts == ()
        assert set() < set(changed_fields(None, facts)) <= asked


# ---------------------------------------------------------------------------------------------------------------------
# Joining


def test_facts_end_what_was_missing_and_what_was_in_doubt(rules: FormRules) -> None:
    facts = facts_in(ANSWERS.replace("3 April 2019", "3/4/2019"), GAPS, rules)
    assert facts is not None
    assert merged(GAPS, facts, rules) == WHOLE


def test_a_blank_takes_away_nothing(rules: FormRules) -> None:
    sent = ReferralForm(child=Child(name="Robin Ashdowne"))
    joined = merged(WHOLE, sent, rules)
    assert joined == replace(WHOLE, child=replace(WHOLE.child, name="Robin Ashdowne"))
    assert changed_fields(WHOLE, joined) == ("child.name",)


def test_a_table_is_one_answer(rules: FormRules) -> None:
    row = (FamilyMember("Jo Ashdown", "Mother"),)
    old = replace(WHOLE, doubts=(Doubt("family[1].dob", "why"), Doubt("child.faith", "why")))
    joined = merged(old, ReferralForm(family=row), rules)
    assert joined.family == row
    assert joined.doubts == (Doubt("child.faith", "why"),)


def test_without_a_form_before_it_the_sent_one_is_the_form(rules: FormRules) -> None:
    assert merged(None, WHOLE, rules) == WHOLE
    assert merged(None, ReferralForm(), rules).missing == rules.required


def test_joining_twice_changes_nothing_more(rules: FormRules) -> None:
    facts = facts_in(ANSWERS, GAPS, rules)
    assert facts is not None
    once = merged(GAPS, facts, rules)
    assert merged(once, facts, rules) == once
    assert merged(WHOLE, WHOLE, rules) == WHOLE


@pytest.mark.parametrize(
    ("name", "born", "is_another"),
    [
        ("Robin Ashdown", date(2019, 4, 3), False),
        ("ROBIN  ASHDOWN", None, False),
        ("Robin Ashdown-Vale", date(2019, 4, 3), False),  # one name more
        ("Robin Vale", None, False),  # another surname, and no day speaks against it
        ("Robyn Ashdown", date(2019, 4, 3), True),  # spelt anew, or a twin
        ("Robin Ashdown", date(2018, 4, 3), False),  # the date was wrong
        ("Robyn Ashdown", None, True),
        ("Tom Ashdown", date(2021, 1, 1), True),  # a sibling
        ("Tamsin Vale", None, True),
        ("Tamsin Vale", date(2019, 4, 3), True),  # renamed, or born on the same day by chance
        ("", None, False),
        ("", date(2019, 4, 4), True),
    ],
)
def test_another_child_is_told_by_name_and_date_of_birth(name: str, born: date | None, is_another: bool) -> None:  # noqa: FBT001
    sent = ReferralForm(child=Child(name=name, dob=FormDate(str(born or ""), born)))
    assert is_of_another_child(WHOLE, sent) is is_another
    assert not is_of_another_child(None, sent)
