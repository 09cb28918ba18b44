"""What the demonstration fills in is what is read out of it again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cspr_bot.demonstration.forms import filled_form
from cspr_bot.documents.reading import read_document
from cspr_bot.referral.form import (
    Child,
    Criteria,
    EthnicOrigin,
    FamilyMember,
    FormDate,
    InvolvedAgency,
    OtherProcess,
    Reading,
    ReferralForm,
    Referrer,
)
from cspr_bot.referral.rules import FormRules

BLANK = (Path(__file__).parents[2] / "mail_templates" / "attachments" / "blank-referral-form.docx").read_bytes()
FORM = ReferralForm(
    referrer=Referrer(
        "Ann Lee",
        "ann@northmoor.example",
        "Nurse",
        "01632 960001",
        "North Moor",
        FormDate("5/6/2026", date(2026, 6, 5)),
    ),
    child=Child(
        name="Bo Lee",
        dob=FormDate("1 May 2024", date(2024, 5, 1)),
        home_address="1 The Street\nZZ99 1AA",
        date_of_death_or_incident=FormDate("4/6/2026 at 15:10", date(2026, 6, 4), "15:10"),
        carer="Mother",
        location_of_incident="Home address",
        ethnic_origin=EthnicOrigin("E1", (), "Other", "Turkish"),
        faith="None",
        disability="None",
        child_protection_plan="has_been",
    ),
    family=(FamilyMember("Cy Lee", "Father", FormDate("not known"), "Not known", "Turkish"),),
    criteria=Criteria("yes", "no", "known", "no"),
    summary="One thing.\nAnother thing.",
    other_agencies=(InvolvedAgency("Dr A", "Hospital", "101", "Yes"), InvolvedAgency("School", "", "", "")),
    other_processes=(OtherProcess("Coroner’s inquest", "Opened"),),
)


def read_again(form: ReferralForm, rules: FormRules) -> ReferralForm:
    reading = read_document(filled_form(BLANK, form), rules)
    assert reading.verdict == "ok"
    return reading.forms[0]


def test_a_form_comes_back_as_it_was_filled(rules: FormRules) -> None:
    assert read_again(FORM, rules) == FORM


@pytest.mark.parametrize("name", ["sample-3-libreoffice.odt", "sample-5-fillable.pdf", "sample-6-pasted.html"])
def test_every_sample_can_be_written_as_a_word_form(
    name: str, sample: Callable[[str], bytes], only_form: Callable[[bytes], ReferralForm], rules: FormRules
) -> None:
    form = only_form(sample(name))
    assert read_again(form, rules) == form


@pytest.mark.parametrize(
    ("path", "without"),
    [
        ("child.dob", replace(FORM, child=replace(FORM.child, dob=FormDate()))),
        ("referrer.email", replace(FORM, referrer=replace(FORM.referrer, email=""))),
        ("criteria.deceased", replace(FORM, criteria=replace(FORM.criteria, deceased=None))),
        ("summary", replace(FORM, summary="")),
    ],
)
def test_what_is_left_out_is_missing(path: str, without: ReferralForm, rules: FormRules) -> None:
    assert read_again(without, rules) == replace(without, missing=(path,))


def test_contradictions_can_be_filled_in(rules: FormRules) -> None:
    form = replace(
        FORM,
        child=replace(FORM.child, ethnic_origin=EthnicOrigin(None, ("A1", "F1")), child_protection_plan="conflict"),
        criteria=Criteria("conflict", "yes", "conflict", None),
    )
    read = read_again(form, rules)
    assert replace(read, doubts=()) == form
    assert [doubt.field for doubt in read.doubts] == [
        "child.child_protection_plan",
        "child.ethnic_origin",
        "criteria.deceased",
        "criteria.abuse_or_neglect",
    ]


def test_a_form_without_answers_is_blank(reading: Callable[[bytes], Reading]) -> None:
    assert reading(filled_form(BLANK, ReferralForm())).verdict == "blank_form"


def test_the_same_form_gives_the_same_bytes() -> None:
    assert filled_form(BLANK, FORM) == filled_form(BLANK, FORM)


WORDS = st.text(st.sampled_from("abcdeé 'ABC019-.,&<>"), min_size=1, max_size=30).map(
    lambda text: " ".join(text.split())
)
NAMES = WORDS.filter(lambda text: any(char.isalpha() for char in text)).map(lambda text: f"z{text}")


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(NAMES, min_size=3, max_size=3),
    born=st.dates(date(2008, 1, 1), date(2026, 1, 1)),
    lines=st.lists(NAMES, min_size=1, max_size=4),
    code=st.sampled_from(["A1", "A3", "B4", "C5", "D2", "F1"]),
    plan=st.sampled_from(["yes", "no", "has_been", "not_known", None]),
    family=st.lists(st.tuples(NAMES, NAMES), max_size=4),
)
def test_whatever_is_filled_in_comes_back(  # noqa: PLR0917
    names: list[str],
    born: date,
    lines: list[str],
    code: str,
    plan: str | None,
    family: list[tuple[str, str]],
    rules: FormRules,
) -> None:
    form = replace(
        FORM,
        referrer=replace(FORM.referrer, name=names[0]),
        child=replace(
            FORM.child,
            name=names[1],
            dob=FormDate(f"{born:%d/%m/%Y}", born),
            carer=names[2],
            ethnic_origin=EthnicOrigin(code),
            child_protection_plan=plan,  # type: ignore[arg-type]
        ),
        family=tuple(FamilyMember(name, relationship) for name, relationship in family),
        summary="\n".join(lines),
    )
    read = read_again(form, rules)
    assert read.child.ethnic_origin.code == code
    assert replace(read, child=replace(read.child, ethnic_origin=EthnicOrigin(code))) == form
