"""The kinds of forms: in which manner each is filled in and saved."""

from collections.abc import Callable, Mapping, Sequence

from tests.forms.answers import Answers
from tests.forms.blank import Manner, paper
from tests.forms.other_files import (
    Html,
    OdtBox,
    html,
    linked_text,
    odt,
    quoted_html,
    quoted_text,
    text_bars,
    text_lines,
    text_tabs,
)
from tests.forms.paper import Block, grid, heading, words
from tests.forms.pdf_file import Fillable, fillable
from tests.forms.word_file import SAVED, Saved, docx

Write = Callable[[Answers], bytes]


def word(saved: Saved = SAVED, **manner: object) -> Write:
    return lambda answers: docx(paper(answers, Manner(**manner)), saved)  # type: ignore[arg-type]


def libre(box: OdtBox = "control", **manner: object) -> Write:
    return lambda answers: odt(paper(answers, Manner(**manner)), box)  # type: ignore[arg-type]


def mail(flavour: Html, **manner: object) -> Write:
    return lambda answers: html(paper(answers, Manner(**manner)), flavour).encode()  # type: ignore[arg-type]


def plain_mail(write: Callable[[Sequence[Block]], str], **manner: object) -> Write:
    return lambda answers: write(paper(answers, Manner(**manner))).encode()  # type: ignore[arg-type]


EDITED = {
    "Name: ": "NAME OF REFERRER",
    "Email:": "E-mail address :",
    "Role:": "Job title:",
    "Tel:": "Tel no.",
    "Agency:": "Organisation:",
    "Name of child: ": "Name of Child / Young Person",
    "Date of birth: ": "D.O.B:",
    "Home address:": "Child’s home address",
    "Carer:": "Carer(s):",
    "Ethnic origin:": "Ethnicity:",
    "Faith:": "Religion / Faith",
    "Child protection plan:": "Is/was subject to Child Protection Plan?",
    "Relationship to child": "Relationship",
    "Contact details": "Contact Details:",
    "Are they still involved?": "Still involved?",
}
NUMBERED = {
    "Name: ": "1.1 Name:",
    "Email:": "1.2 Email:",
    "Name of child: ": "2.1 Name of child:",
    "Date of birth: ": "2.2 Date of birth (dd/mm/yyyy):",
    "Date of death or critical incident:": "Date of death or critical incident (please give the time if known):",
}
HEADINGS = {
    "1. Referrer": "SECTION 1: REFERRER DETAILS",
    "2. Details of child or young person": "Section 2 – Details of the Child",
    "3. Composition of family and significant others": "3) Family composition / Significant Others",
    "4. Rapid Review criteria": "Part 4. Rapid review criteria",
    "5. Summary of events": "SECTION 5: SUMMARY OF EVENTS",
    "6. Other information": "6 Other information",
}
POLICY: tuple[Block, ...] = (
    heading("Child Safeguarding Practice Review Procedure"),
    heading("Contents"),
    words("1. Introduction\t3"),
    words("5. Summary of events\t9"),
    words("APPENDIX 2: Request for a Child Safeguarding Practice Review\t14"),
    heading("1. Introduction"),
    words("Any agency may refer. Referral form: APPENDIX 2. The criteria are in Appendix 1."),
    words("Name: the referrer's line manager must agree. Date of referral: the day on which it is sent."),
    heading("2. Criteria"),
    words("Abuse or neglect of a child is known or suspected; and the child has died or been seriously harmed."),
    words("Is the child deceased? Is abuse or neglect known or suspected? These questions are asked in the form."),
    heading("Summary"),
    grid(
        ("Stage", "Who", "By when"),
        ("Referral", "Any agency", "At once"),
        ("Rapid Review", "Sub-Group", "15 days"),
    ),
    heading("APPENDIX 1: Working Together 2018"),
    words("Serious harm includes (but is not limited to) serious and/or long-term impairment of mental health."),
)

# kind → how it is written. Each is made for several children.
KINDS: Mapping[str, Write] = {
    "word, boxes w14": word(),
    "word, w14 and its glyph disagree": word(Saved("sdt_glyph_lies")),
    "word, boxes of Word 97": word(Saved("legacy")),
    "word, boxes of Word 97, bare": word(Saved("legacy_bare")),
    "word, boxes of Word 97, default only": word(Saved("legacy_default")),
    "word, boxes as symbols": word(Saved("sym")),
    "word, boxes in Wingdings": word(Saved("wingdings")),
    "word, boxes in Unicode": word(Saved("glyph")),
    "word, ticks in Unicode": word(Saved("glyph_tick")),
    "word, x over the box": word(Saved("glyph"), choice="x"),
    "word, [x]": word(Saved("glyph"), choice="brackets"),
    "word, Yes over the box": word(Saved("glyph"), choice="over"),
    "word, Yes beside the box": word(choice="beside"),
    "word, Yes beside the box of Word 97": word(Saved("legacy"), choice="beside"),
    "word, words instead of boxes": word(choice="typed"),
    "word, other options deleted": word(Saved("glyph"), choice="only"),
    "word, other options struck through": word(Saved("glyph"), choice="struck"),
    "word, other options struck, w14": word(choice="struck"),
    "word, highlighted": word(Saved("glyph"), choice="marked"),
    "word, highlighted, w14": word(choice="marked"),
    "word, controls around runs": word(wrap="control"),
    "word, controls around cells": word(around="cell"),
    "word, controls around rows": word(around="row"),
    "word, control around everything": word(around="block"),
    "word, controls and fields of Word 97": word(Saved("legacy"), wrap="form_field"),
    "word, simple fields": word(wrap="field"),
    "word, hyperlinks": word(wrap="link"),
    "word, smart tags": word(wrap="smart"),
    "word, answers cut into runs": word(Saved(is_cut_in_runs=True)),
    "word, tracked changes": word(wrap="inserted", is_revised=True),
    "word, answers in the label's cell": word(place="behind"),
    "word, answers under the label in its cell": word(place="under"),
    "word, labels over answers": word(place="below"),
    "word, labels edited": word(labels=EDITED),
    "word, labels numbered": word(labels=NUMBERED, headings=HEADINGS),
    "word, labels without colons": word(colon=" "),
    "word, rows added, hint left in": word(has_hint=True, blank_rows=3),
    "word, split and merged cells": word(is_split=True),
    "word, all in one table": word(is_one_table=True),
    "word, tables in a table": word(is_nested=True),
    "word, summary in a text box": word(is_framed=True),
    "word, the policy in front": word(front=POLICY),
    "word, no title": word(title=""),
    "word, placeholders left": word(placeholders=True, wrap="control"),
    "word, strict": word(Saved(is_strict=True)),
    "word, strict, of Word 97": word(Saved("legacy", is_strict=True)),
    "word, with macros": word(Saved(has_macros=True)),
    "word, main part elsewhere": word(Saved(main="doc/body.xml")),
    "word, bytes in front": word(Saved(front=b"Scanned by the gateway.\r\n")),
    "odt, controls": libre(),
    "odt, fields": libre("field"),
    "odt, glyphs": libre("glyph"),
    "odt, form controls": libre("form"),
    "odt, tracked changes": libre(wrap="inserted", is_revised=True),
    "odt, struck through": libre("glyph", choice="struck"),
    "odt, highlighted": libre("glyph", choice="marked"),
    "odt, split cells, hint left in": libre(is_split=True, has_hint=True),
    "odt, text box": libre(is_framed=True, wrap="control"),
    "html, Outlook": mail("outlook", wrap="control"),
    "html, Gmail": mail("gmail"),
    "html, webmail": mail("webmail"),
    "html, inputs": mail("inputs"),
    "html, struck through": mail("gmail", choice="struck"),
    "html, highlighted": mail("gmail", choice="marked"),
    "html, x over the box": mail("gmail", choice="x"),
    "html, in one table": mail("outlook", is_one_table=True),
    "html, quoted": lambda answers: quoted_html(html(paper(answers, Manner()), "gmail")).encode(),
    "html, wide characters": lambda answers: html(paper(answers, Manner()), "outlook").encode("utf-16"),
    "html, revised": mail("gmail", wrap="inserted", is_revised=True),
    "html, hint left in": mail("outlook", has_hint=True, blank_rows=2),
    "text, tabs": plain_mail(text_tabs),
    "text, tabs, [x]": plain_mail(text_tabs, choice="brackets"),
    "text, tabs, hint left in": plain_mail(text_tabs, has_hint=True),
    "text, bars": plain_mail(text_bars),
    "text, a cell a line": plain_mail(text_lines),
    "text, a cell a line, [x]": plain_mail(text_lines, choice="brackets"),
    "text, linked addresses": lambda answers: linked_text(text_tabs(paper(answers, Manner()))).encode(),
    "text, quoted": lambda answers: quoted_text(text_tabs(paper(answers, Manner()))).encode(),
    "text, label: value": plain_mail(text_lines, place="behind"),
    "pdf, named fields": fillable,
    "pdf, fields without names": lambda answers: fillable(answers, Fillable(is_named=False)),
    "pdf, without appearances": lambda answers: fillable(answers, Fillable(has_appearances=False)),
    "pdf, ruled fields": lambda answers: fillable(answers, Fillable(is_ruled=True)),
    "pdf, locked by its owner": lambda answers: fillable(answers, Fillable(is_locked_by_owner=True)),
}
