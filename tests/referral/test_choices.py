"""Boxes and the words beside them: criteria, ethnic origin, child protection plan."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.referral.form import Criteria, Doubt, EthnicOrigin, ReferralForm
from cspr_bot.referral.pages import Block, Page
from cspr_bot.referral.reading import read_forms
from cspr_bot.referral.rules import FormRules
from cspr_bot.referral.ticks import Tick, has_box, read_ticks
from tests.referral.filled import Filled

FormOf = Callable[[Filled | Sequence[Block]], ReferralForm]
NAMES = {"yes", "no", "has been"}


def name_of(words: str) -> str | None:
    return words.lower() if words.lower() in NAMES else None


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("☒ Yes ☐ No", [Tick(True, "Yes"), Tick(False, "No")]),
        ("Yes ☒ No ☐", [Tick(True, "Yes"), Tick(False, "No")]),
        ("Yes ☒  No ☐  Not sure", [Tick(True, "Yes"), Tick(False, "No")]),
        ("☒", [Tick(True)]),
        ("☐☒", [Tick(False), Tick(True)]),
        ("☒ Yes\n☐ No", [Tick(True, "Yes"), Tick(False, "No")]),
        ("please tick: ☒ Yes ☐ No", [Tick(True, "Yes"), Tick(False, "No")]),
        ("☐ Yes / ☒ No", [Tick(False, "Yes"), Tick(True, "No")]),
        ("no box", []),
    ],
)
def test_every_box_finds_its_words(text: str, ticks: list[Tick]) -> None:
    assert read_ticks(text, name_of) == ticks
    assert has_box(text) == bool(ticks)


@given(st.text(st.sampled_from("☒☐ Yesno\n/"), max_size=40))
def test_no_box_is_read_twice_and_no_tick_is_lost(text: str) -> None:
    ticks = read_ticks(text, name_of, may_say_yes=False)
    assert len(ticks) <= text.count("☒") + text.count("☐")
    assert any(tick.is_ticked for tick in ticks) == ("☒" in text)


ABUSE = "Is abuse or neglect known or suspected to be a cause of the death or harm to the child?"


def with_criterion(
    filled: Filled, *cells: str, head: tuple[str, ...] = ("Criterion", "Yes", "no"), number: int = 1
) -> Filled:
    rows = [head, *filled.criteria[1:]]
    rows[number] = (rows[number][0], *cells)
    return filled.but(criteria=rows)


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (("☒", "☐"), "yes"),
        (("☐", "☒"), "no"),
        (("☐", "☐"), None),
        (("", ""), None),
        (("☒", "☒"), "conflict"),
        (("X", ""), "yes"),
        (("", "x"), "no"),
        (("✓", ""), "yes"),
        (("Yes", ""), "yes"),
        (("", "No"), "no"),
        (("No", ""), "no"),
        (("Yes ☐", "No ☒"), "no"),
        (("☒ Yes ☐ No", ""), "yes"),
    ],
)
def test_a_criterion_is_answered_in_many_ways(
    cells: tuple[str, ...], answer: str | None, filled: Filled, form_of: FormOf
) -> None:
    form = form_of(with_criterion(filled, *cells))
    assert form.criteria.deceased == answer
    assert [doubt.field for doubt in form.doubts] == (["criteria.deceased"] if answer == "conflict" else [])
    assert form.missing == (("criteria.deceased",) if answer is None else ())


def test_the_columns_may_be_exchanged(filled: Filled, form_of: FormOf) -> None:
    form = form_of(with_criterion(filled, "☐", "☒", head=("Criterion", "No", "Yes")))
    assert form.criteria.deceased == "yes"


def test_without_titles_the_first_box_is_yes(filled: Filled, form_of: FormOf) -> None:
    rows = [("", "", ""), *filled.criteria[1:]]
    assert form_of(filled.but(criteria=rows)).criteria == Criteria("no", "yes", "suspected", "yes")


def test_prose_where_a_box_belongs_is_doubtful(filled: Filled, form_of: FormOf) -> None:
    form = form_of(with_criterion(filled, "we think so", ""))
    assert form.criteria.deceased is None
    assert [(doubt.field, doubt.raw) for doubt in form.doubts] == [("criteria.deceased", "we think so")]
    assert form.missing == ()


def test_prose_beside_a_ticked_box_adds_nothing(filled: Filled, form_of: FormOf) -> None:
    form = form_of(with_criterion(filled, "☒", "☐", "died at home"))
    assert (form.criteria.deceased, form.doubts) == ("yes", ())


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (("☒ Known\n☐ Suspected", "☐"), "known"),
        (("☐ Known\n☒ Suspected", "☐"), "suspected"),
        (("☐ Known\n☐ Suspected", "☒"), "no"),
        (("☒ Known\n☒ Suspected", "☐"), "conflict"),
        (("☒ Known\n☐ Suspected", "☒"), "conflict"),
        (("☒ Yes ☒ Known ☐ Suspected", ""), "known"),
        (("Suspected", ""), "suspected"),
        (("☒", "☐"), None),
    ],
)
def test_known_and_suspected_are_two_ways_of_yes(
    cells: tuple[str, ...], answer: str | None, filled: Filled, form_of: FormOf
) -> None:
    form = form_of(with_criterion(filled, *cells, number=3))
    assert form.criteria.abuse_or_neglect == answer
    doubted = answer in {"conflict", None}
    assert [doubt.field for doubt in form.doubts] == (["criteria.abuse_or_neglect"] if doubted else [])
    assert form.missing == ()


def test_a_question_cut_by_a_line_end_is_one_question(filled: Filled, form_of: FormOf) -> None:
    rows = [
        *filled.criteria[:3],
        ("Is abuse or neglect known or suspected to be a cause of the death or harm to", "☐ Known", "☐"),
        ("the child?", "☒ Suspected"),
        filled.criteria[4],
    ]
    assert form_of(filled.but(criteria=rows)).criteria.abuse_or_neglect == "suspected"


# ---------------------------------------------------------------------------------------------------------------------
# Ethnic origin


def with_grid(filled: Filled, *changes: tuple[str, str]) -> Filled:
    rows = filled.ethnic
    for old, new in changes:
        rows = tuple(tuple(text.replace(old, new) for text in row) for row in rows)
    return filled.but(ethnic=rows)


NOBODY = ("☒ British", "☐ British")


def test_two_ethnic_boxes_give_both_codes_and_none(filled: Filled, form_of: FormOf) -> None:
    form = form_of(with_grid(filled, ("☐ Not Declared", "☒ Not Declared")))
    assert form.child.ethnic_origin == EthnicOrigin(None, ("A1", "F1"))
    assert form.doubts == (Doubt("child.ethnic_origin", "several ethnic boxes are ticked", "British, Not Declared"),)


def test_a_ticked_box_keeps_what_was_specified(filled: Filled, form_of: FormOf) -> None:
    grid = with_grid(
        filled, NOBODY, ("☐ Any other White", "☒ Any other White"), ("Please specify", "Please specify: Polish")
    )
    assert form_of(grid).child.ethnic_origin == EthnicOrigin("A3", (), "Any other White Background", "Polish")


@pytest.mark.parametrize(
    "cell", ["☒ Other: Turkish", "☒ Please specify: Turkish", "Please specify – Turkish", "Please specify…… Turkish"]
)
def test_the_other_group_is_specified_in_many_ways(cell: str, filled: Filled, form_of: FormOf) -> None:
    origin = form_of(with_grid(filled, NOBODY, ("Please specify", cell))).child.ethnic_origin
    assert (origin.code, origin.label) == ("E1", "Other")
    assert origin.specify.strip("– ") == "Turkish"


def test_ethnic_origin_may_be_required(filled: Filled, rules: FormRules) -> None:
    fields = tuple(replace(rule, required=rule.path == "child.ethnic_origin") for rule in rules.fields)
    page = Page(with_grid(filled, NOBODY).blocks)
    assert read_forms(page, replace(rules, fields=fields))[0].missing == ("child.ethnic_origin",)


def test_a_box_ticked_twice_is_ticked_once(filled: Filled, form_of: FormOf) -> None:
    grid = with_grid(filled, ("☐ Irish", "☒ White British"))
    assert form_of(grid).child.ethnic_origin.code == "A1"


def test_ethnic_origin_in_words_is_a_box_where_it_is_one_of_ours(filled: Filled, form_of: FormOf) -> None:
    assert form_of(filled.but(ethnic=(("Ethnicity:", "White British"),))).child.ethnic_origin.code == "A1"


def test_ethnic_origin_in_other_words_is_doubtful(filled: Filled, form_of: FormOf) -> None:
    form = form_of(filled.but(ethnic=(("Ethnicity:", "Somali and Welsh"),)))
    assert form.child.ethnic_origin == EthnicOrigin(None, (), "", "Somali and Welsh")
    assert [doubt.field for doubt in form.doubts] == ["child.ethnic_origin"]


def test_ethnic_origin_that_nobody_knows_is_not_doubtful(filled: Filled, form_of: FormOf) -> None:
    assert form_of(filled.but(ethnic=(("Ethnicity:", "Not known"),))).doubts == ()


# ---------------------------------------------------------------------------------------------------------------------
# Child protection plan


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (("☒ Yes ☐ No ☐ Has been ☐ Not known",), "yes"),
        (("☐ Yes", "☐ No", "☒ Has been", "☐ Not known"), "has_been"),
        (("Yes ☐ No ☐ Has been ☐ Not known ☒",), "not_known"),
        (("☒ Yes ☒ No",), "conflict"),
        (("No",), "no"),
        (("previously",), "has_been"),
        (("from March to June 2025, neglect",), None),
        (("☒ sometimes",), None),
        (("☒",), None),
        (("☐ Yes ☐ No",), None),
        (("",), None),
    ],
)
def test_the_plan_is_one_of_four(
    cells: tuple[str, ...],
    answer: str | None,
    filled: Filled,
    form_of: FormOf,
) -> None:
    form = form_of(filled.but(plan=(("Child protection plan:", *cells),)))
    assert form.child.child_protection_plan == answer
    is_written = "☒" in "".join(cells) or bool(form.doubts)
    assert [doubt.field for doubt in form.doubts] == (
        ["child.child_protection_plan"] if answer == "conflict" or (answer is None and is_written) else []
    )


def test_words_about_the_plan_are_kept_for_a_person(filled: Filled, form_of: FormOf) -> None:
    form = form_of(filled.but(plan=(("Child protection plan:", "from March to June 2025, neglect"),)))
    assert [(doubt.field, doubt.raw) for doubt in form.doubts] == [
        ("child.child_protection_plan", "from March to June 2025, neglect")
    ]
