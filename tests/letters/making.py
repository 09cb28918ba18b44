"""Makes the Word files that ship: `python -m tests.letters.making` writes them anew, to the byte the same.

Administrators change them in Word. Here every word of them stands in `texts`, one text a file: of a letter to whom it
goes, its heading, its paragraphs and who signs, with "---" between these.
"""

import re
import sys
from itertools import pairwise
from pathlib import Path

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.shared import Cm, Pt

from cspr_bot.letters.paper import FACE, Paper, empty_document, packed

TEMPLATES = Path(__file__).parents[2] / "mail_templates"
TEXTS = Path(__file__).parent / "texts"
BETWEEN = "\n---\n"
RETURN = "rapid-review-return"
CHRONOLOGY = "rapid-review-chronology"
MARKING = "OFFICIAL-SENSITIVE when completed"
TAKE_OUT = (
    "[This is a draft that a program has prepared. Check every word of it, write what is marked yellow, take this "
    "paragraph out, and send the letter yourself by a secure route.]"
)
STRUCTURE = re.compile(r"\{%p .*? %\}")
LABEL_WIDTHS = (5.5, 11.5)


def made() -> dict[str, bytes]:
    """Give every file that is made, by its place in `mail_templates`."""
    names = sorted(path.stem for path in TEXTS.glob("N*.txt"))
    blank = {RETURN: blank_return(), CHRONOLOGY: blank_chronology()}
    return {
        **{f"letters/{name}.docx": letter(_text(name)) for name in names},
        **{f"attachments/{name}.docx": content for name, content in blank.items()},
    }


def _text(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8").strip()


# ---------------------------------------------------------------------------------------------------------------------
# Letters


def letter(text: str) -> bytes:
    """Make one letter: who sends it, to whom, about which case, the words, and who signs."""
    to, heading, words, signed = text.split(BETWEEN)
    document = empty_document()
    _set_up(document)
    _line(document, "{{ partnership }}", size=15, is_bold=True, after=0)
    _line(document, "{{ mailbox }}", size=10, after=14)
    _line(document, TAKE_OUT, size=10, after=14)
    _lines(document, to, after=14)
    _line(document, "Date: [date on which it is sent]", after=0)
    _line(document, "Our reference: {{ reference }}", after=14)
    _line(document, _greeting(to), after=8)
    _line(document, heading, size=12, is_bold=True, after=8, keep=True)
    for paragraph, next_one in pairwise([*words.split("\n"), ""]):
        _paragraph(document, _with_shared(paragraph), ends_list=not next_one.startswith("- "))
    _line(document, "Yours sincerely", after=34, keep=True)
    _lines(document, signed)
    return packed(document)


def _set_up(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.2)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FACE, Pt(11)
    style.paragraph_format.line_spacing = 1.1
    section.header.paragraphs[0].text = "{{ marking }}"
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = "Letter", "cspr-bot", "cspr-bot"
    properties.comments = ""


def _greeting(to: str) -> str:
    first = to.partition("\n")[0]
    if first.startswith("[name and address"):
        return "Dear [name],"
    return f"Dear {first}," if first == "{{ referrer }}" else "Dear colleagues,"


def _with_shared(paragraph: str) -> str:
    """Put the sentences that several letters share in the places of their names."""
    shared = dict(line.split(": ", 1) for line in _text("_shared").splitlines())
    return re.sub(rf"\b({'|'.join(shared)})\b", lambda found: shared[found[0]], paragraph)


def _paragraph(document: Document, text: str, *, ends_list: bool) -> None:
    if STRUCTURE.fullmatch(text):
        _line(document, text, after=0)
    elif text.startswith("- "):
        _line(document, text.removeprefix("- "), after=8 if ends_list else 3, style="List Bullet")
    elif re.match(r"\d\. ", text):
        _line(document, text, is_bold=True, before=10, after=3, keep=True)
    else:
        _line(document, text)


def _lines(document: Document, text: str, *, after: float = 8) -> None:
    *first, last = text.split("\n")
    for line in first:
        _line(document, line, after=0)
    _line(document, last, after=after)


def _line(
    document: Document,
    text: str,
    *,
    size: float = 11,
    is_bold: bool = False,
    before: float = 0,
    after: float = 8,
    keep: bool = False,
    style: str | None = None,
) -> None:
    paragraph = document.add_paragraph(style=style)
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), is_bold
    paragraph.paragraph_format.space_after = Pt(after)
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.keep_with_next = keep


# ---------------------------------------------------------------------------------------------------------------------
# What agencies fill in, in the source's words


def blank_return() -> bytes:
    """Make the template in which an agency returns what it knows: the aims of a rapid review (section 9)."""
    opening, *questions = _text(RETURN).split(BETWEEN)
    paper = Paper("Rapid review: return of an agency", MARKING)
    paper.paragraph(opening)
    _form(paper, ("Case reference", "Agency", "Completed by, and role", "Agreed by, and role", "Date"))
    for question in questions:
        _question(paper, *question.split("\n"))
    return paper.content()


def blank_chronology() -> bytes:
    """Make the template of an agency's chronology."""
    paper = Paper("Rapid review: chronology of an agency", MARKING, is_wide=True)
    paper.paragraph(
        "Please list what your agency knew and did, the earliest first: one row for each contact, decision or event "
        "that matters for the review. Say where you took it from. Add rows as needed."
    )
    _form(paper, ("Case reference", "Agency", "Period covered", "Completed by, and role"))
    heads = (
        "Date and time",
        "Source of the record",
        "What happened, and what was known",
        "What was done or decided, and by whom (role)",
        "Was the child seen or heard?",
        "Comment",
    )
    paper.table(heads, (3, 3.4, 6.5, 5.5, 3.4, 3.9), [("",) * 6] * 10)
    for row in paper._document.tables[-1].rows[1:]:
        row.height = Cm(0.95)
    return paper.content()


def _form(paper: Paper, labels: tuple[str, ...]) -> None:
    """Write a box for each label, with room for the answer beside it."""
    table = paper._document.add_table(rows=0, cols=2, style="Table Grid")
    table.autofit = False
    for label in labels:
        row = table.add_row()
        row.height = Cm(0.85)
        for cell, width in zip(row.cells, LABEL_WIDTHS, strict=True):
            cell.width, cell.vertical_alignment = Cm(width), WD_CELL_VERTICAL_ALIGNMENT.CENTER
        row.cells[0].paragraphs[0].add_run(label).bold = True
    for column, width in zip(table.columns, LABEL_WIDTHS, strict=True):
        column.width = Cm(width)
    paper._document.add_paragraph()


def _question(paper: Paper, heading: str, question: str) -> None:
    """Write a question and a box that grows with its answer."""
    paper.heading(heading)
    paper.paragraph(question)
    paper._document.paragraphs[-1].paragraph_format.keep_with_next = True
    paper._document.add_table(rows=1, cols=1, style="Table Grid").rows[0].height = Cm(2.6)


if __name__ == "__main__":
    for place, content in made().items():
        path = TEMPLATES / place
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        sys.stdout.write(f"{path.relative_to(TEMPLATES.parent)} was written: {len(content)} bytes.\n")
