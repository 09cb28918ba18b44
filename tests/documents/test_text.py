"""Plain text: what mail programs make of a table."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cspr_bot.documents.text import read_text
from cspr_bot.referral.form import OtherProcess, ReferralForm
from cspr_bot.referral.pages import Page, Table, squeeze

PageOf = Callable[[bytes | str], Page]
OnlyForm = Callable[[bytes | str], ReferralForm]


def in_tabs(block: Table) -> str:
    return "\n".join("\t".join(squeeze(cell.text) for cell in row) for row in block.rows)


def in_lines(block: Table) -> str:
    return "\n".join(squeeze(cell.text) + "\n" for row in block.rows for cell in row)


def in_bars(block: Table) -> str:
    return "\n".join(
        "| " + " | ".join(squeeze(cell.text).replace("\n", " ") for cell in row) + " |" for row in block.rows
    )


def quoted(block: Table) -> str:
    return "\n".join(f"> > {line}" for line in in_tabs(block).split("\n"))


@pytest.mark.parametrize("write", [in_tabs, in_lines, in_bars, quoted], ids=lambda write: write.__name__)
@pytest.mark.parametrize("name", ["sample-1-word.docx", "sample-2-word-controls.docx", "sample-3-libreoffice.odt"])
def test_a_form_pasted_into_a_mail_reads_as_the_form(
    name: str,
    write: Callable[[Table], str],
    sample: Callable[[str], bytes],
    page: PageOf,
    only_form: OnlyForm,
) -> None:
    content = sample(name)
    text = "\n".join(block if isinstance(block, str) else write(block) for block in page(content).blocks)
    wanted, form = only_form(content), only_form("Dear Chris,\n\nplease see below.\n\n" + text)
    assert replace(form, summary=" ".join(form.summary.split())) == replace(
        wanted, summary=" ".join(wanted.summary.split())
    )


LABELLED = """\
Request for a Child Safeguarding Practice Review

1. Referrer
Name: Verity Lockhart
Email: verity@northmoor.example
Role: Social Worker
Tel: 01632 960160
Agency: North Moor
Date submitted: 11/05/2026

2. Details of child or young person
Name of child: Isaac Fairbourne
Date of birth: 14/03/2023
Home address: 22 Sycamore Road,
Wexcombe, ZZ99 7CD
Date of death or critical incident: 9 May 2026, 3.10pm
Carer:
Mother and her partner

Location of incident: Home
Ethnic origin: White British
Faith: None
Disability:
Child protection plan: [ ] Yes [x] No [ ] Has been [ ] Not known

3. Composition of family and significant others
Name: Natalie Fairbourne
Relationship to child: Mother
DoB: 03/07/1998

Name: Scott Beamish
Relationship to child: Mother's partner

4. Rapid Review criteria
Is the child deceased? No
Is the child seriously harmed (please describe below)? Yes
Is abuse or neglect known or suspected to be a cause of the death or harm to the child? Suspected
Is there a cause for concern as to the way in which agencies or other relevant persons have worked
together to safeguard the child? Yes [ ] No [x]

5. Summary of events
Please provide a summary of the events leading to the death or harm caused to the child, making
clear why you believe that these circumstances meet the criteria for SCR.

Isaac was admitted with a healing fracture.

He is two.

6. Other information
If you are aware of any other agencies involved in the care of this child please list below:
If you aware of any other processes that this case is currently subject to, ie. Coroner's
inquest, Child Death Overview Panel, criminal proceedings, etc. please list below:
Process: Police investigation
Current status: Ongoing
"""


def test_a_form_of_labels_and_answers_is_read(only_form: OnlyForm) -> None:
    form = only_form(LABELLED)
    assert form.referrer.tel == "01632 960160"
    assert form.child.home_address == "22 Sycamore Road,\nWexcombe, ZZ99 7CD"
    assert form.child.date_of_death_or_incident.time == "15:10"
    assert (form.child.carer, form.child.disability) == ("Mother and her partner", "")
    assert form.child.ethnic_origin.code == "A1"
    assert form.child.child_protection_plan == "no"
    assert [(row.name, row.relationship) for row in form.family] == [
        ("Natalie Fairbourne", "Mother"),
        ("Scott Beamish", "Mother's partner"),
    ]
    assert (form.criteria.deceased, form.criteria.seriously_harmed) == ("no", "yes")
    assert (form.criteria.abuse_or_neglect, form.criteria.agency_working_concern) == ("suspected", "no")
    assert form.summary == "Isaac was admitted with a healing fracture.\nHe is two."
    assert (form.other_agencies, form.other_processes) == ((), (OtherProcess("Police investigation", "Ongoing"),))
    assert (form.missing, form.doubts) == ((), ())


def test_windows_line_ends_do_not_matter(only_form: OnlyForm) -> None:
    assert only_form(LABELLED.replace("\n", "\r\n")) == only_form(LABELLED)


def test_rows_that_cannot_be_told_apart_are_doubtful(only_form: OnlyForm) -> None:
    rows = "Name\nRelationship to child\nDoB\nNatalie\nMother\nScott\n"
    start, end = LABELLED.index("Name: Natalie"), LABELLED.index("4. Rapid")
    form = only_form(LABELLED[:start] + rows + LABELLED[end:])
    assert form.family == ()
    assert [(doubt.field, doubt.raw) for doubt in form.doubts] == [("family", "Natalie\nMother\nScott")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_any_encoding_is_read(encoding: str, only_form: OnlyForm) -> None:
    text = LABELLED.replace("partner\n", "partner’s mother\n")
    assert only_form(text.encode(encoding)).child.carer == "Mother and her partner’s mother"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("[x] a", "☒ a"),
        ("[ ] a", "☐ a"),
        ("[] a", "☐ a"),
        ("(x) a", "☒ a"),
        ("( ) a", "( ) a"),
        ("a(x)", "a(x)"),
        ("tax[1]", "tax[1]"),
    ],
)
def test_brackets_may_be_boxes(typed: str, shown: str, page: PageOf) -> None:
    assert page(typed).blocks == (shown,)


def test_a_tab_that_only_indents_makes_no_row(page: PageOf) -> None:
    assert page("\tindented words").blocks == ("indented words",)


def test_a_line_of_dashes_is_no_row(page: PageOf) -> None:
    blocks = page("| a | b |\n|---|---|\n| c | d |\n-----\nwords").blocks
    assert isinstance(blocks[0], Table)
    assert len(blocks[0].rows) == 2
    assert blocks[1:] == ("words",)


@pytest.mark.parametrize("link", ["a@b.example<mailto:a@b.example>", "a@b.example <mailto:a@b.example>"])
def test_the_target_of_a_link_is_not_part_of_the_answer(link: str) -> None:
    assert read_text(f"Email: {link}").blocks == ("Email: a@b.example",)
