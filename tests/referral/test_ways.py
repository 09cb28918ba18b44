"""Ways of answering that no printed form foresees."""

from collections.abc import Callable

import pytest

from cspr_bot.referral.form import Doubt, Reading, ReferralForm
from cspr_bot.referral.pages import MARKED, STRUCK, Block, Cell, Table
from cspr_bot.referral.rules import FormRules
from cspr_bot.referral.ticks import Tick, chosen, option_before, options_in, read_ticks
from cspr_bot.referral.wording import Wording, wording_of
from tests.referral.filled import ABUSE, Filled, table

FormOf = Callable[[Filled | list[Block]], ReferralForm]
NAMES = {"yes": "yes", "no": "no", "has been": "has_been", "british": "A1"}


def name_of(words: str) -> str | None:
    return NAMES.get(words.casefold())


@pytest.mark.parametrize(
    ("text", "ticked"),
    [
        ("☐ Yes x No", ["No"]),
        ("☐ Yes ☐ No x", ["No"]),
        ("☐ x No", ["No"]),
        ("☐ British Yes", ["British"]),
        ("x British", ["British"]),
        ("Yes British", ["British"]),
        ("(x) British", ["British"]),
        ("☐ Yes ☒ ☐ No", ["Yes"]),
        ("☐ x", [""]),
        ("x marks the spot", []),
        ("☐ Yes ☐ No", []),
    ],
)
def test_a_typed_mark_ticks_its_box(text: str, ticked: list[str]) -> None:
    assert [tick.words for tick in read_ticks(text, name_of) if tick.is_ticked] == ticked


def test_yes_is_no_mark_where_it_is_an_option() -> None:
    assert not any(tick.is_ticked for tick in read_ticks("☐ British Yes", name_of, may_say_yes=False))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{STRUCK} Yes ☐ No", ["No"]),
        (f"{STRUCK} Yes ☐ No ☐ Has been", []),
        (f"{MARKED} Yes ☐ No", ["Yes"]),
        (f"{MARKED} Yes {MARKED} No", []),
        (f"{MARKED} Yes ☒ No", ["No"]),
        ("☐ Yes", []),
    ],
)
def test_a_box_is_chosen_by_how_it_looks(text: str, words: list[str]) -> None:
    assert [tick.words for tick in chosen(read_ticks(text, name_of))] == words


def test_a_highlighted_box_alone_is_chosen() -> None:
    assert chosen([Tick(is_ticked=False, is_marked=True)])


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("Yes / No", ["yes", "no"]),
        ("Yes No", ["yes", "no"]),
        ("Yes /", ["yes"]),
        ("Yes or no", ["yes", "no"]),
        ("No one", []),
    ],
)
def test_options_alone_are_no_prose(words: str, options: list[str]) -> None:
    assert options_in(words, name_of) == options


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("Yes - in hospital", "yes"),
        ("No, but critical", "no"),
        ("Has been (2022)", "has_been"),
        ("No - not at the time; died later", None),
        ("No. Correction: yes, he died on Friday", None),
        ("No, wait, yes", None),
        ("No - he didn’t", None),
        ("Has been, and now again", None),
        ("Yes: yes, on Friday", "yes"),
        ("No one knows", None),
        ("Yesterday, at home", None),
        ("Yes", None),
    ],
)
def test_a_remark_begins_with_an_option_and_a_sign(words: str, option: str | None) -> None:
    assert option_before(words, name_of) == option


def plan(answer: str, marked: str = "") -> Filled:
    row = (Cell("Child protection plan:", 0), Cell(answer, 1, marked=marked))
    return Filled(plan=(), faith=(("Faith:", "None", "Disability:", "None"),), front=()).but(
        child=(*Filled().child,), ethnic=(*Filled().ethnic,), plan=((row[0].text, row[1].text),)
    )


@pytest.mark.parametrize(
    ("answer", "value", "doubts"),
    [
        (f"{STRUCK} Yes ☐ No {STRUCK} Has been {STRUCK} Not known", "no", 0),
        (f"☐ Yes ☐ No {MARKED} Has been ☐ Not known", "has_been", 0),
        (f"{MARKED} Yes {MARKED} No ☐ Has been ☐ Not known", "conflict", 1),
        ("☐ Yes ☐ No x ☐ Has been ☐ Not known", "no", 0),
        ("☐ No", "no", 1),
        ("Yes – since 2024", "yes", 0),
        ("Yes / No / Has been / Not known", None, 0),
        ("☐ Yes ☐ No ☐ Has been ☐ Not known Yes", None, 1),
    ],
)
def test_the_plan_is_answered_in_many_ways(answer: str, value: str | None, doubts: int, form_of: FormOf) -> None:
    form = form_of(plan(answer))
    assert form.child.child_protection_plan == value
    assert len([doubt for doubt in form.doubts if doubt.field == "child.child_protection_plan"]) == doubts


def test_the_highlighted_of_several_words_is_meant(form_of: FormOf, filled: Filled) -> None:
    rows = Table(((Cell("Child protection plan:", 0), Cell("Yes / No", 1, marked="No")),))
    criteria = Table(((Cell("Is the child deceased?", 0), Cell("Yes / No", 1, marked="Yes")),))
    parts = filled.but(plan=(), criteria=()).blocks
    place = next(number for number, block in enumerate(parts) if isinstance(block, str) and block.startswith("4. "))
    form = form_of([*parts[: place - 2], rows, *parts[place - 2 : place + 2], criteria, *parts[place + 2 :]])
    assert (form.child.child_protection_plan, form.criteria.deceased) == ("no", "yes")


def ethnic(*rows: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return (("Ethnic origin:",), *rows)


@pytest.mark.parametrize(
    ("rows", "code", "doubts"),
    [
        (ethnic(("(A) White", "(F) Not Declared"), ("British", "")), "A1", 0),
        (ethnic(("(A) White", "(F) Not Declared"), ("British", "Not Declared")), None, 0),
        (ethnic(("(A) White", "(F) Not Declared"), ("☐ British", "")), "A1", 1),
        (ethnic(("(A) White",), (f"{STRUCK} British\n☐ Irish",)), "A2", 0),
        (ethnic(("(A) White",), (f"☐ British\n{MARKED} Irish\n☐ Indian",)), "A2", 0),
        (ethnic(("(A) White",), ("☐ British\nx Irish",)), "A2", 0),
    ],
)
def test_the_ethnic_grid_is_answered_in_many_ways(
    rows: tuple[tuple[str, ...], ...], code: str | None, doubts: int, filled: Filled, form_of: FormOf
) -> None:
    form = form_of(filled.but(ethnic=rows))
    assert form.child.ethnic_origin.code == code
    assert len(form.doubts) == doubts


@pytest.mark.parametrize("words", ["Indian or Pakistani", "British, Pakistani"])
def test_two_ethnic_groups_for_one_answer_are_a_doubt_with_their_words(
    words: str, filled: Filled, form_of: FormOf
) -> None:
    form = form_of(filled.but(ethnic=(("Ethnic origin:", words),)))
    assert form.child.ethnic_origin.code is None
    assert [doubt.raw for doubt in form.doubts] == [words]


def test_a_box_other_of_another_question_is_no_ethnic_origin(filled: Filled, form_of: FormOf) -> None:
    faith = (("Faith:", "☐ Christian ☐ Muslim ☒ Other"),)
    assert form_of(filled.but(faith=faith)).child.ethnic_origin.code == "A1"


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (("☐ Yes", "☐"), "yes"),
        (("☐", "☐ No"), "no"),
        (("Yes – died in hospital", ""), "yes"),
        (("", "No, but critical"), "no"),
        (("Yes / No", ""), None),
        (("☐ see below", "☐"), None),
        (("", "No - not at the time; died later"), None),
    ],
)
def test_words_beside_the_boxes_of_a_criterion_count(
    cells: tuple[str, str], answer: str | None, filled: Filled, form_of: FormOf
) -> None:
    form = form_of(filled.but(criteria=(filled.criteria[0], ("Is the child deceased?", *cells), *filled.criteria[2:])))
    assert form.criteria.deceased == answer
    # What cannot be read is said to be in doubt; what is only printed is missing.
    assert bool(form.doubts) == any("see below" in cell or "later" in cell for cell in cells)


def test_a_criterion_over_three_lines_is_one_question(filled: Filled, form_of: FormOf) -> None:
    rows = (
        *filled.criteria[:3],
        (ABUSE, "☐ Known\n☒ Suspected", "☐"),
        ("Is there a cause for concern as to the way in which", "☒", "☐"),
        ("agencies or other relevant persons have worked together to safeguard",),
        ("the child?",),
    )
    form = form_of(filled.but(criteria=rows))
    assert form.criteria.agency_working_concern == "yes"
    assert form.summary == "Isaac was found at home."


def test_a_label_in_the_place_of_an_answer_is_an_answer(filled: Filled, form_of: FormOf) -> None:
    rows = (
        ("Name of child", "Bo"),
        ("Date of birth", "14/03/2023"),
        ("Date of incident", "09/05/2026"),
        ("Whereabouts at time of critical incident", "Home address"),
        ("Carer at time of critical incident", "Mother"),
        ("Home address", "1 The Street"),
    )
    child = form_of(filled.but(child=rows)).child
    assert (child.location_of_incident, child.carer, child.home_address) == ("Home address", "Mother", "1 The Street")


def test_labels_may_stand_over_answers_that_are_labels_too(filled: Filled, form_of: FormOf) -> None:
    rows = (
        ("Child's name", "DoB", "Date of incident"),
        ("Bo", "14/03/2023", "09/05/2026"),
        ("Home address", "Primary carer", "Location of incident"),
        ("1 The Street", "Mother", "Home address"),
    )
    child = form_of(filled.but(child=rows)).child
    assert (child.home_address, child.carer, child.location_of_incident) == ("1 The Street", "Mother", "Home address")


def test_spaces_around_a_slash_do_not_matter(filled: Filled, form_of: FormOf) -> None:
    rows = (("Name of Child / Young Person", "Bo"), *filled.child[1:], ("Date of birth:", "14/03/2023"))
    assert form_of(filled.but(child=rows)).child.name == "Bo"


def test_a_summary_may_bear_titles_of_parts_that_were_there(filled: Filled, form_of: FormOf) -> None:
    lines: list[Block] = ["Criteria", "Is the child deceased? Not at the time.", "Family composition", "unclear"]
    form = form_of(filled.but(summary=lines))
    assert form.summary == "Criteria\nIs the child deceased? Not at the time.\nFamily composition\nunclear"
    assert form.criteria.deceased == "no"


def test_a_heading_in_the_summarys_table_is_no_answer(filled: Filled, form_of: FormOf) -> None:
    form = form_of(filled.but(summary=[table(("5. Summary of events",), ("It was so.",))]))
    assert form.summary == "It was so."


def test_an_unborn_child_has_no_date_and_no_doubt(filled: Filled, form_of: FormOf) -> None:
    rows = (("Name of child: ", "Unborn baby", "Date of birth: ", "Unborn"), *filled.child[1:])
    form = form_of(filled.but(child=rows))
    assert (form.child.dob.raw, form.child.dob.iso, form.doubts, form.missing) == ("Unborn", None, (), ())


def test_no_word_of_a_person_is_remembered(filled: Filled, read: Callable[[Filled], Reading], rules: FormRules) -> None:
    read(filled)
    wording: Wording = wording_of(rules)
    assert wording.memory.written == []
    texts = wording.memory.answers
    assert "Date of birth:" in texts
    assert not any("Isaac" in text or "Lockhart" in text for text in texts)


def test_a_doubt_names_what_was_typed(filled: Filled, form_of: FormOf) -> None:
    doubt = form_of(plan("☐ No")).doubts[0]
    assert isinstance(doubt, Doubt)
    assert (doubt.field, doubt.raw) == ("child.child_protection_plan", "No")


def test_a_contents_page_and_a_policy_in_front_are_no_form(filled: Filled, form_of: FormOf) -> None:
    front = (
        "Contents",
        "Request for a Child Safeguarding Practice Review 14",
        "1. Introduction",
        "Name: the referrer's line manager must agree.",
        "Criteria",
        "Abuse or neglect is known.",
        "Summary",
        "Any agency may refer.",
    )
    form = form_of(filled.but(title="The form", front=front))
    assert (form.referrer.name, form.summary) == ("Verity Lockhart", "Isaac was found at home.")


def test_labels_without_a_colon_may_have_their_answers_behind(filled: Filled, form_of: FormOf) -> None:
    rows = (
        ("Name of referrer Verity", "E-mail: v@x.example"),
        ("Job title Nurse", "Tel no. 01632 960160"),
        ("Agency North Moor", "Date submitted"),
    )
    referrer = form_of(filled.but(referrer=rows)).referrer
    assert (referrer.name, referrer.role, referrer.tel, referrer.agency) == (
        "Verity",
        "Nurse",
        "01632 960160",
        "North Moor",
    )
    assert referrer.date_submitted.raw == ""


def test_an_answer_that_begins_with_a_labels_word_stays_an_answer(filled: Filled, form_of: FormOf) -> None:
    rows = (*filled.child[:2], ("Carer:", "Address not known"), ("Location of incident:", "Carer at work"))
    child = form_of(filled.but(child=rows)).child
    assert (child.carer, child.location_of_incident) == ("Address not known", "Carer at work")


def test_marked_and_unmarked_labels_may_stand_over_their_answers(filled: Filled, form_of: FormOf) -> None:
    rows = (
        ("Name:", "Email:"),
        ("Verity", "v@x.example"),
        ("Job title:", "Tel no."),
        ("Nurse", "01632 960160"),
        ("Agency:", "Date submitted:"),
        ("North Moor", "11/05/2026"),
    )
    referrer = form_of(filled.but(referrer=rows)).referrer
    assert (referrer.role, referrer.tel) == ("Nurse", "01632 960160")


def test_the_next_groups_name_is_not_what_was_specified(filled: Filled, form_of: FormOf) -> None:
    form = form_of(filled.but(ethnic=(*filled.ethnic[:4], ("", "Please specify", "Not Declared"))))
    assert form.child.ethnic_origin.specify == ""


@pytest.mark.parametrize(
    "label", ["\u202aCarer: \u202c", "\u2066Carer:\u2069", "\u061cCarer:", "Ca\u00adrer:", "Carer\uff1a"]
)
def test_marks_that_do_not_show_hide_no_label(label: str, filled: Filled, form_of: FormOf) -> None:
    rows = ((label, "Her mother", "Faith:", "\u202bאמונה\u202c"), *filled.child[:-1])
    form = form_of(filled.but(child=rows))
    assert (form.child.carer, form.child.faith) == ("Her mother", "\u202bאמונה\u202c")


def test_marks_in_an_answer_that_stands_behind_its_label_are_kept(filled: Filled, form_of: FormOf) -> None:
    rows = (("\u202aCarer:\u202c",), ("Faith: \u202bאמונה\u202c",), *filled.child[:-1])
    form = form_of(filled.but(child=rows, faith=()))
    assert (form.child.carer, form.child.faith) == ("", "\u202bאמונה\u202c")


def test_a_question_that_we_do_not_know_is_no_part_of_the_answer_before_it(filled: Filled, form_of: FormOf) -> None:
    rows = (("Name of child:", "Robin Vale", "Known as:", "Bobby"), ("Carer:", "see below:"), *filled.child[1:])
    form = form_of(filled.but(child=rows))
    assert (form.child.name, form.child.carer) == ("Robin Vale", "see below:")


def test_a_box_with_a_question_behind_it_is_no_question_that_we_do_not_know(filled: Filled, form_of: FormOf) -> None:
    form = form_of(filled.but(plan=(("Child protection plan:", "☐ No ☒ Yes, since:", "2019"),)))
    assert ("child.child_protection_plan", "Yes, since:") in [(doubt.field, doubt.raw) for doubt in form.doubts]
