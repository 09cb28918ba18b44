"""Blanks in a Word file: whatever stands in square brackets is for a person to write, and is marked yellow."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docx.document import Document
    from lxml.etree import _Element as Element


def mark_blanks(document: "Document") -> None:
    """Mark every blank in the text, the tables, the heads and the feet of a file, however Word has cut its runs."""
    from docx.oxml.ns import qn  # noqa: PLC0415

    parts = [document.element.body]
    for section in document.sections:
        parts += [part._element for part in (section.header, section.footer)]  # noqa: SLF001 - no word for it
    for part in parts:
        for paragraph in list(part.iter(qn("w:p"))):
            _mark(paragraph)


def blanks_in(text: str) -> list[tuple[int, int]]:
    """Give where the blanks of a text begin and end; one in another belongs to that other."""
    open_at: list[int] = []
    found: list[tuple[int, int]] = []
    for place, sign in enumerate(text):
        if sign == "[":
            open_at.append(place)
        elif sign == "]" and open_at:
            begin = open_at.pop()
            found = [span for span in found if span[0] < begin]
            found.append((begin, place + 1))
    return found


def _mark(paragraph: "Element") -> None:
    """Cut the runs of a paragraph where a blank begins and ends, and mark what lies between."""
    from docx.enum.text import WD_COLOR_INDEX  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.text.run import Run  # noqa: PLC0415

    runs = [run for run in paragraph.iter(qn("w:r")) if _paragraph_of(run) is paragraph]
    whole = "".join(_text(run) for run in runs)
    spans = blanks_in(whole)
    if not spans:
        return
    place = 0
    for run in runs:
        for piece in _cut(run, place, spans):
            end = place + len(_text(piece))
            if end > place and any(first <= place and end <= last for first, last in spans):
                Run(piece, None).font.highlight_color = WD_COLOR_INDEX.YELLOW  # type: ignore[arg-type]
            place = end


def _cut(run: "Element", place: int, spans: list[tuple[int, int]]) -> Iterator["Element"]:
    """Give a run in pieces of the same look, none of which lies across the edge of a blank.

    `place` is where the run begins in its paragraph. Only text is counted: tabs and breaks are of no length.
    """
    from docx.oxml.ns import qn  # noqa: PLC0415

    edges = sorted({edge for span in spans for edge in span})
    inside = [child for child in run if child.tag != qn("w:rPr")]
    if not any(place < edge < place + len(_text(run)) for edge in edges):
        yield run
        return
    for child in inside:
        text = child.text or "" if child.tag == qn("w:t") else ""
        cuts = [0, *(edge - place for edge in edges if place < edge < place + len(text)), len(text)]
        for first, last in pairwise(cuts):
            piece, part = _like(run), deepcopy(child)
            if child.tag == qn("w:t"):
                part.text = text[first:last]
                part.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            piece.append(part)
            run.addprevious(piece)
            yield piece
        place += len(text)
    paragraph = run.getparent()
    if paragraph is not None:
        paragraph.remove(run)


def _like(run: "Element") -> "Element":
    """Give an empty run that looks like another."""
    from docx.oxml.ns import qn  # noqa: PLC0415

    piece = deepcopy(run)
    for child in list(piece):
        if child.tag != qn("w:rPr"):
            piece.remove(child)
    return piece


def _text(run: "Element") -> str:
    from docx.oxml.ns import qn  # noqa: PLC0415

    return "".join(child.text or "" for child in run if child.tag == qn("w:t"))


def _paragraph_of(run: "Element") -> "Element | None":
    from docx.oxml.ns import qn  # noqa: PLC0415

    return next(run.iterancestors(qn("w:p")), None)
