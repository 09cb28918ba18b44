"""A form is read by its labels, wherever they stand, and nothing else is taken for one."""

from collections.abc import Callable, Sequence

import pytest

from cspr_bot.referral.form import Criteria, FamilyMember, FormDate, Reading, ReferralForm, Referrer
from cspr_bot.referral.pages import Block, Cell, Page, Table
from cspr_bot.referral.reading import BESIDE, read_forms
from cspr_bot.referral.rules import FormRules
from tests.referral.filled import GUIDANCE_4, GUIDANCE_5, Filled, Rows, table

FormOf = Callable[[Filled | Sequence[Block]], ReferralForm]
Read = Callable[[Filled | Sequence[Block]], Reading]
MakeTable = Callable[..., Table]


def test_a_whole_form_has_neither_gaps_nor_doubts(filled: Filled, form_of: FormOf) -> None:
    form = form_of(filled)
    assert (form.missing, form.doubts) == ((), ())
    assert form.referrer.name == "Verity Lockhart"
    assert form.child.name == "Isaac Fairbourne"
    assert form.child.ethnic_origin.code == "A1"
    assert form.child.child_protection_plan == "no"
    assert form.criteria == Criteria("no", "yes", "suspected", "yes")
    assert form.summary == "Isaac was found at home."
    assert [agency.name for agency in form.other_agencies] == ["Dr Prior"]
    assert [other.process for other in form.other_processes] == ["Police investigation"]


def test_a_word_of_a_label_may_be_an_answer(filled: Filled, form_of: FormOf) -> None:
    child = (*filled.child[:2], ("Carer:", "Address", "Location of incident:", "Home address"))
    form = form_of(filled.but(child=child))
    assert (form.child.carer, form.child.location_of_incident) == ("Address", "Home address")
    assert form.child.home_address == "22 Sycamore Road, ZZ99 7CD"


def test_labels_without_colons_are_labels_in_a_table(filled: Filled, form_of: FormOf) -> None:
    plain = tuple(tuple(text.rstrip(": ") for text in row) for row in filled.child)
    form = form_of(filled.but(child=(*plain[:2], ("Carer", "Mother", "Location of incident", "Home address"))))
    assert (form.child.carer, form.child.location_of_incident) == ("Mother", "Home address")


def test_a_blank_answer_does_not_take_its_neighbours_label(filled: Filled, form_of: FormOf) -> None:
    form = form_of(filled.but(referrer=(("Name:", "", "Email:", "a@b.example"), *filled.referrer[1:])))
    assert (form.referrer.name, form.referrer.email) == ("", "a@b.example")
    assert form.missing == ("referrer.name",)


def test_everything_that_is_required_and_blank_is_missing(filled: Filled, form_of: FormOf, rules: FormRules) -> None:
    blank = {
        "referrer": [tuple(text if text.endswith((":", " ")) else "" for text in row) for row in filled.referrer],
        "child": [tuple(text if text.endswith((":", " ")) else "" for text in row) for row in filled.child],
        "criteria": [tuple(text.replace("☒", "☐") for text in row) for row in filled.criteria],
        "summary": (),
    }
    assert form_of(filled.but(**blank)).missing == rules.required


@pytest.mark.parametrize(
    "text",
    [
        "Add rows as needed",
        "Please add rows as needed",
        "Click or tap here to enter text.",
        "Choose an item.",
        "……",
        "____",
    ],
)
def test_a_placeholder_is_not_an_answer(text: str, filled: Filled, form_of: FormOf) -> None:
    family = (filled.family[0], (text, "", "", "", ""))
    referrer = (("Name:", text, "Email:", "a@b.example"), *filled.referrer[1:])
    form = form_of(filled.but(family=family, referrer=referrer))
    assert (form.family, form.referrer.name) == ((), "")


def test_a_placeholder_left_beside_an_answer_is_left_out(filled: Filled, form_of: FormOf) -> None:
    family = (filled.family[0], ("Add rows as needed\nNatalie", "Mother", "", "", ""))
    assert form_of(filled.but(family=family)).family[0].name == "Natalie"


def test_answers_behind_their_labels_are_read(filled: Filled, form_of: FormOf) -> None:
    referrer = (("Name: Verity Lockhart", "Email: v@northmoor.example"), ("Agency:\nNorth Moor", "Role: Social Worker"))
    form = form_of(filled.but(referrer=referrer))
    assert (form.referrer.name, form.referrer.email) == ("Verity Lockhart", "v@northmoor.example")
    assert (form.referrer.agency, form.referrer.role) == ("North Moor", "Social Worker")


def test_several_labels_may_share_a_cell(filled: Filled, form_of: FormOf) -> None:
    referrer = (("Name: Verity Lockhart\nEmail: v@northmoor.example\nAgency: North Moor",),)
    form = form_of(filled.but(referrer=referrer))
    assert form.referrer.email == "v@northmoor.example"
    assert form.referrer.agency == "North Moor"


def test_a_row_of_labels_may_stand_over_a_row_of_answers(filled: Filled, form_of: FormOf) -> None:
    referrer = (
        ("NAME", "AGENCY", "DESIGNATION/TITLE", "EMAIL ADDRESS"),
        ("Verity Lockhart", "North Moor", "Social Worker", "v@northmoor.example"),
    )
    form = form_of(filled.but(referrer=referrer))
    assert (form.referrer.name, form.referrer.agency) == ("Verity Lockhart", "North Moor")
    assert (form.referrer.role, form.referrer.email) == ("Social Worker", "v@northmoor.example")


@pytest.mark.parametrize(
    ("label", "path"),
    [
        ("Child's name", "name"),
        ("Name of child/young person:", "name"),
        ("CHILD’S FULL NAME", "name"),
        ("2.1 Name of child", "name"),
        ("Name of child (please print):", "name"),
    ],
)
def test_other_words_for_a_label_are_known(label: str, path: str, filled: Filled, form_of: FormOf) -> None:
    form = form_of(filled.but(child=((label, "Isaac", "D.O.B.", "14/03/2023"), *filled.child[1:])))
    assert getattr(form.child, path) == "Isaac"
    assert form.child.dob.iso is not None


def test_a_name_in_halves_is_put_together(filled: Filled, form_of: FormOf) -> None:
    child = (
        ("Forename(s):", "Isaac Jo", "Surname:", "Fairbourne"),
        ("Date of birth:", "14/03/2023"),
        *filled.child[1:],
    )
    assert form_of(filled.but(child=child)).child.name == "Isaac Jo Fairbourne"


def test_a_label_merged_over_two_rows_is_one_label(filled: Filled, form_of: FormOf) -> None:
    first = (Cell("Carer:", 0), Cell("Mother", 1))
    second = (Cell("Carer:", 0, is_continued=True), Cell("and her partner", 1))
    blocks = [*filled.blocks[:6], Table((first, second)), *filled.blocks[6:]]
    form = form_of([block for block in blocks if block != filled.child])
    assert form.child.carer == "Mother"


def test_a_row_of_labels_over_other_labels_has_no_answers(filled: Filled, form_of: FormOf) -> None:
    referrer = (("Name:", "Email:"), ("Role:", "Tel:"), ("Agency:", "Date submitted:"))
    form = form_of(filled.but(referrer=referrer))
    assert form.referrer == Referrer()


def test_a_summary_beside_its_label_is_read(filled: Filled, form_of: FormOf, rows: MakeTable) -> None:
    blocks = [block for block in filled.blocks if block not in {"5. Summary of events", GUIDANCE_5, *filled.summary}]
    place = blocks.index("3. Composition of family and significant others")
    blocks.insert(place, rows(("Summary of events:", "Isaac was found\nat home.")))
    assert form_of(blocks).summary == "Isaac was found\nat home."


def test_criteria_in_the_section_of_the_child_are_read(filled: Filled, form_of: FormOf, rows: MakeTable) -> None:
    blocks = [block for block in filled.blocks if block != "4. Rapid Review criteria"]
    place = blocks.index("3. Composition of family and significant others")
    blocks.insert(place, blocks.pop(blocks.index(rows(*filled.criteria))))
    assert form_of(blocks).criteria == Criteria("no", "yes", "suspected", "yes")


def test_a_frame_around_everything_does_not_matter(filled: Filled, form_of: FormOf) -> None:
    inner = Cell("all of it", inner=filled.blocks)
    frame = Table(((Cell("margin"), inner), (Cell("margin", is_continued=True), Cell("below"))))
    outer = Table(((Cell("", inner=("words", frame)),),))
    assert form_of([outer]) == form_of(filled)


def test_lines_of_a_paragraph_may_each_have_a_label(filled: Filled, form_of: FormOf, rows: MakeTable) -> None:
    blocks = list(filled.blocks)
    blocks[blocks.index(rows(*filled.faith))] = "Faith: None\nDisability: Asthma"
    form = form_of(blocks)
    assert (form.child.faith, form.child.disability) == ("None", "Asthma")


def test_an_answer_given_twice_and_differently_is_doubtful(filled: Filled, form_of: FormOf) -> None:
    again = (("Name of child:", "Isaak Fairbourne"), ("Name of child:", "Isaak Fairbourne"))
    form = form_of(filled.but(child=(*filled.child, *again)))
    assert form.child.name == "Isaac Fairbourne"
    assert [(doubt.field, doubt.raw) for doubt in form.doubts] == [("child.name", "Isaak Fairbourne")]


def test_the_same_answer_given_twice_is_not(filled: Filled, form_of: FormOf) -> None:
    assert form_of(filled.but(child=(*filled.child, ("Name of child:", "isaac  fairbourne")))).doubts == ()


# ---------------------------------------------------------------------------------------------------------------------
# What is ours, and what is not


def test_a_whole_procedure_may_stand_in_front(filled: Filled, form_of: FormOf, rows: MakeTable) -> None:
    front = (
        "Child Safeguarding Practice Reviews in North Somerset",
        "Referral form: APPENDIX 2",
        "Name",
        "Criteria",
        "Is abuse or neglect known or suspected? The partners consider this first.",
        "Contacts",
        rows(("Name", "Agency", "Contact details"), ("Duty desk", "Police", "101")),
        "1. Referrer",
        "The referrer is the practitioner who sends the form.",
        "5. Summary of events",
        "A summary is needed.",
    )
    form = form_of(filled.but(front=front))
    assert (form.child.name, form.summary) == ("Isaac Fairbourne", "Isaac was found at home.")
    assert [agency.name for agency in form.other_agencies] == ["Dr Prior"]
    assert (form.missing, form.doubts) == ((), ())


def test_two_forms_in_one_document_are_two(filled: Filled, read: Read) -> None:
    other = filled.but(child=(("Name of child:", "Maya", "Date of birth:", "01/02/2020"), *filled.child[1:]))
    reading = read([*filled.blocks, *other.blocks])
    assert [form.child.name for form in reading.forms] == ["Isaac Fairbourne", "Maya"]
    assert all(form.doubts == () for form in reading.forms)


def test_a_blank_form_behind_a_filled_one_is_no_second_form(filled: Filled, read: Read) -> None:
    reading = read([*filled.blocks, *_blank(filled).blocks])
    assert (reading.verdict, len(reading.forms)) == ("ok", 1)


def test_two_children_under_one_referrer_are_two_forms(filled: Filled, read: Read) -> None:
    blocks = filled.blocks
    start = blocks.index("2. Details of child or young person")
    reading = read([*blocks, *blocks[start:]])
    assert [form.child.name for form in reading.forms] == ["Isaac Fairbourne"] * 2
    assert reading.forms[1].missing[:1] == ("referrer.name",)


def _blank(filled: Filled) -> Filled:
    return filled.but(
        referrer=(("Name:", "", "Email:", ""), ("Role:", "", "Tel:", ""), ("Agency:", "", "Date submitted:", "")),
        child=(
            ("Name of child:", "", "Date of birth:", ""),
            ("Home address:", "", "Date of death or critical incident:", ""),
            ("Carer:", "", "Location of incident:", ""),
        ),
        ethnic=[tuple(text.replace("☒", "☐") for text in row) for row in filled.ethnic],
        faith=(("Faith:", "", "Disability:", ""),),
        plan=(("Child protection plan:", "☐ Yes ☐ No ☐ Has been ☐ Not known"),),
        family=(filled.family[0], ("Add rows as needed", "", "", "", "")),
        criteria=[tuple(text.replace("☒", "☐") for text in row) for row in filled.criteria],
        summary=(Table(((Cell(""),),)),),
        agencies=(filled.agencies[0], ("Please add rows as needed", "", "", "")),
        processes=(filled.processes[0], ("", "")),
    )


def test_a_blank_form_is_blank(filled: Filled, read: Read) -> None:
    assert read(_blank(filled)) == Reading("blank_form", "This is the referral form, and nothing is filled in.")


def test_one_tick_makes_a_form_of_it(filled: Filled, read: Read) -> None:
    plan = (("Child protection plan:", "☒ Yes ☐ No"),)
    assert read(_blank(filled).but(plan=plan)).verdict == "ok"


LINES = (
    *("Name of child: Robin Vale", "Date of birth: 03/04/2020", "Home address: 1 Low Road", "Carer: His mother"),
    *("Location of incident: At home", "Faith: None", "Email: a.person@council.example"),
)


def test_a_few_questions_under_our_title_are_partly_our_form_and_no_letter(read: Read) -> None:
    for begun in ("Request for a Child Safeguarding Practice Review", "Is the child deceased? Yes"):
        reading = read([begun, *LINES])
        assert (reading.verdict, reading.is_partly_ours) == ("not_a_form", True)
        assert "A person has to read it" in reading.reason


@pytest.mark.parametrize(
    "lines",
    [
        LINES,  # as on any form about a child
        ("Request for a Child Safeguarding Practice Review", *LINES[:3], "Whom do I send it to?"),
        ("Please find the Request for a Child Safeguarding Practice Review attached.", "Email: a@council.example"),
    ],
)
def test_a_title_or_a_few_labels_alone_are_not(lines: Sequence[str], read: Read) -> None:
    assert not read(lines).is_partly_ours


def as_lines(filled: Filled) -> list[Block]:
    """Write every table of a form as lines, as people paste it into a mail."""
    lines: list[Block] = []
    for block in filled.blocks:
        if isinstance(block, str):
            lines.append(block)
            continue
        for cells in block.rows:
            texts = [cell.text for cell in cells]
            lines += [
                f"{label.strip()} {answer}".strip() for label, answer in zip(texts[::2], texts[1::2], strict=False)
            ]
    return lines


def test_a_question_that_is_none_of_ours_is_no_answer_to_the_one_above_it(filled: Filled, form_of: FormOf) -> None:
    lines = as_lines(filled)
    assert "Name of child: Isaac Fairbourne" in lines
    assert form_of(lines).child.name == "Isaac Fairbourne"
    place = lines.index("Name of child: Isaac Fairbourne")
    asked = [*lines[:place], "Name of child:", "NHS number: 943 476 5919", *lines[place + 1 :]]
    assert form_of(asked).child.name == ""
    assert "child.name" in form_of(asked).missing
    below = [*lines[:place], "Name of child:", "Isaac Fairbourne", *lines[place + 1 :]]
    assert form_of(below).child.name == "Isaac Fairbourne"


def sibling(filled: Filled, child: Rows) -> list[Block]:
    """Give what people copy within the form for a second child."""
    parts = (table(*child), table(*filled.faith), table(*filled.plan))
    asked = ("4. Rapid Review criteria", table(*filled.criteria), "5. Summary of events", "Mila was there too.")
    return ["2. Details of child or young person", *parts, *asked]


def test_a_second_child_in_the_same_form_is_a_form_of_its_own(filled: Filled, read: Read) -> None:
    child = (("Name of child: ", "Mila Fairbourne", *filled.child[0][2:]), *filled.child[1:])
    reading = read([*filled.blocks[:-3], *sibling(filled, child)])
    assert [form.child.name for form in reading.forms] == ["Isaac Fairbourne", "Mila Fairbourne"]
    assert reading.forms[1].summary == "Mila was there too."
    assert "referrer.name" in reading.forms[1].missing


def test_answers_that_are_cut_off_a_form_are_told_of(filled: Filled, read: Read) -> None:
    child = (("Name of child: ", "", *filled.child[0][2:]), *filled.child[1:])
    reading = read([*filled.blocks[:-3], *sibling(filled, child)])
    assert (len(reading.forms), reading.is_partial, reading.reason) == (1, True, BESIDE)
    assert not read(filled).is_partial


def test_a_summary_that_a_heading_cuts_is_told_of(filled: Filled, read: Read) -> None:
    story = ("Isaac was found.", "Referrer", "Name: Jo Bell", "Role: Nurse", "Tel: 01632 960161", "She left at five.")
    reading = read(filled.but(summary=story))
    assert reading.is_partial or "She left at five." in reading.forms[0].summary


def test_a_letter_is_not_a_form(read: Read) -> None:
    letter = ["Dear colleague,", "we should like to refer a child.", "Name: Isaac", "Kind regards"]
    assert read(letter).verdict == "not_a_form"
    assert read([]).verdict == "not_a_form"


def test_a_general_safeguarding_referral_is_not_ours(rows: MakeTable, read: Read) -> None:
    other: list[Block] = [
        "Multi-agency safeguarding referral form",
        "Details of referrer",
        rows(
            ("Name:", "Jo", "Role:", "Teacher"),
            ("Agency:", "School", "Telephone:", "01632 960001"),
            ("Email:", "j@school.example", "Date of referral:", "11/05/2026"),
        ),
        "Child details",
        rows(
            ("Child's name:", "Sam", "Date of birth:", "01/02/2015"),
            ("Home address:", "1 The Street", "Ethnicity:", "White British"),
            ("Religion:", "None", "Disability:", "None"),
            ("Date of incident:", "10/05/2026", "Location of incident:", "School"),
            ("Primary carer:", "Mother", "Child protection plan:", "No"),
        ),
        "Family composition",
        rows(("Name", "Relationship", "DoB", "Address", "Ethnicity"), ("Ann", "Mother", "", "", "")),
        "Reason for referral",
        "Sam came to school with a bruise.",
        "Other agencies involved",
        rows(("Name", "Agency", "Contact details", "Still involved?"), ("Dr A", "GP", "", "Yes")),
    ]
    reading = read(other)
    assert reading.verdict == "not_a_form"
    assert "another form" in reading.reason


def test_a_form_without_its_title_is_known_by_its_questions(filled: Filled, form_of: FormOf) -> None:
    blocks = [block for block in filled.blocks if block != filled.title]
    assert form_of(blocks).missing == ()


def test_headings_may_be_missing(filled: Filled, form_of: FormOf) -> None:
    blocks = [block for block in filled.blocks if isinstance(block, Table) or block.startswith(("5.", "6."))]
    form = form_of(blocks)
    assert (form.referrer.name, form.child.name, len(form.family)) == ("Verity Lockhart", "Isaac Fairbourne", 1)
    assert form.criteria == Criteria("no", "yes", "suspected", "yes")
    assert form.summary == "Isaac was found at home."


def test_headings_may_be_rows_of_one_great_table(filled: Filled, form_of: FormOf) -> None:
    great: list[tuple[Cell, ...]] = []
    for block in filled.blocks:
        great.extend(block.rows if isinstance(block, Table) else [(Cell(block, 0, 5),)])
    form = form_of([filled.title, Table(tuple(great))])
    assert form == form_of(filled)


def test_the_order_of_the_sections_does_not_matter(filled: Filled, form_of: FormOf) -> None:
    blocks = filled.blocks
    one, two, three = (
        blocks.index(text) for text in ("1. Referrer", "2. Details of child or young person", "5. Summary of events")
    )
    end = blocks.index("Appendix 3 ")
    turned = [*blocks[:one], *blocks[two:end], *blocks[one:two], *blocks[end:]]
    assert three < end
    assert form_of(turned) == form_of(filled)


def test_the_referrer_may_come_last(filled: Filled, form_of: FormOf) -> None:
    blocks = filled.blocks
    one, two, six = (
        blocks.index(text) for text in ("1. Referrer", "2. Details of child or young person", "6. Other information")
    )
    turned = [*blocks[:one], *blocks[two:six], *blocks[one:two], *blocks[six:]]
    assert form_of(turned) == form_of(filled)


def test_criteria_may_follow_the_summary(filled: Filled, form_of: FormOf) -> None:
    blocks = filled.blocks
    four, five, six = (
        blocks.index(text) for text in ("4. Rapid Review criteria", "5. Summary of events", "6. Other information")
    )
    questions = [block for block in blocks[four:five] if block != GUIDANCE_4]
    turned = [*blocks[:four], *blocks[five:six], *questions, *blocks[six:]]
    assert form_of(turned) == form_of(filled)


def test_a_heading_may_have_a_colon(filled: Filled, form_of: FormOf) -> None:
    blocks = ["Referrer:" if block == "1. Referrer" else block for block in filled.blocks]
    assert form_of(blocks) == form_of(filled)


def test_dates_for_office_use_are_not_the_referrers(filled: Filled, form_of: FormOf, rows: MakeTable) -> None:
    office: list[Block] = [
        "For office use only",
        rows(("Date of birth:", "01/01/1990", "Date submitted:", "12/05/2026")),
    ]
    form = form_of([*filled.blocks[:-3], *office])
    assert (form.child.dob.raw, form.doubts) == ("14/03/2023", ())


# ---------------------------------------------------------------------------------------------------------------------
# The summary


def test_a_summary_keeps_its_paragraphs(filled: Filled, form_of: FormOf) -> None:
    summary = (Table(((Cell("One  thing.\n\n\nAnother\tthing."),),)),)
    assert form_of(filled.but(summary=summary)).summary == "One thing.\nAnother thing."


@pytest.mark.parametrize("in_table", [True, False])
def test_a_summary_that_quotes_the_form_is_kept_whole(in_table: bool, filled: Filled, form_of: FormOf) -> None:  # noqa: FBT001
    lines = [
        "She wrote:",
        "Name: Kim",
        "1. Referrer",
        "6. Other information",
        "Date of birth: unknown",
        "and then left.",
    ]
    summary = (Table(((Cell("\n".join(lines)),),)),) if in_table else lines
    form = form_of(filled.but(summary=summary))
    assert form.summary == "\n".join(lines)
    assert (form.child.name, form.referrer.name) == ("Isaac Fairbourne", "Verity Lockhart")
    assert len(form.other_agencies) == 1
    assert form.doubts == ()


def test_a_summary_ends_where_the_next_list_begins(filled: Filled, form_of: FormOf) -> None:
    blocks = [
        block for block in filled.blocks if block != "6. Other information" and not str(block).startswith("If you")
    ]
    form = form_of(blocks)
    assert form.summary == "Isaac was found at home."
    assert (len(form.other_agencies), len(form.other_processes)) == (1, 1)


# ---------------------------------------------------------------------------------------------------------------------
# Lists


def test_rows_are_read_by_their_columns_titles(filled: Filled, form_of: FormOf) -> None:
    family = (("DoB", "Ethnicity", "Relationship", "Full name"), ("not known", "", "Father", "Harpreet"))
    assert form_of(filled.but(family=family)).family == (FamilyMember("Harpreet", "Father", FormDate("not known")),)


def test_a_merged_address_counts_for_both(filled: Filled, form_of: FormOf) -> None:
    head = tuple(Cell(text, column) for column, text in enumerate(filled.family[0]))
    first = (Cell("Ann", 0), Cell("Mother", 1), Cell("", 2), Cell("1 The Street", 3), Cell("", 4))
    second = (Cell("Bo", 0), Cell("Brother", 1), Cell("", 2), Cell("1 The Street", 3, is_continued=True), Cell("", 4))
    empty = (Cell("", 0), Cell("", 1), Cell("", 2), Cell("1 The Street", 3, is_continued=True), Cell("", 4))
    blocks = [
        Table((head, first, second, empty))
        if isinstance(block, Table) and block.rows[0][1:2] == (Cell("Relationship to child", 1),)
        else block
        for block in filled.blocks
    ]
    assert [(row.name, row.address) for row in form_of(blocks).family] == [
        ("Ann", "1 The Street"),
        ("Bo", "1 The Street"),
    ]


def test_a_list_goes_on_behind_a_page_break(filled: Filled, form_of: FormOf, rows: MakeTable) -> None:
    blocks = list(filled.blocks)
    place = blocks.index("4. Rapid Review criteria")
    blocks.insert(place, rows(("Bo", "Brother", "", "", "")))
    assert [row.name for row in form_of(blocks).family] == ["Natalie Fairbourne", "Bo"]


def test_a_row_split_in_two_cells_is_joined(filled: Filled, form_of: FormOf) -> None:
    head = tuple(Cell(text, 2 * column, 2) for column, text in enumerate(filled.processes[0]))
    row = (Cell("Police", 0), Cell("investigation", 1), Cell("Ongoing", 2, 2), Cell("far out", 9))
    blocks = [*filled.blocks[:-4], Table((head, row))]
    assert [(one.process, one.status) for one in form_of(blocks).other_processes] == [
        ("Police\ninvestigation", "Ongoing")
    ]


def test_a_document_without_end_is_too_large(read: Read) -> None:
    assert read(["words"] * 20_001).verdict == "too_large"


def test_doubts_without_end_are_cut_off(filled: Filled, form_of: FormOf) -> None:
    again = tuple(("Name of child:", f"Name {number}") for number in range(1_000))
    assert len(form_of(filled.but(child=(*filled.child, *again))).doubts) == 100


def test_read_forms_gives_the_forms_alone(filled: Filled, rules: FormRules) -> None:
    assert len(read_forms(Page(filled.blocks), rules)) == 1
    assert read_forms(Page(()), rules) == ()
