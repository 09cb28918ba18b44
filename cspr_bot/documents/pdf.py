"""Reads a PDF, printed or fillable: its letters and ruling lines, and over them what was filled in."""

import ctypes
from collections.abc import Iterator
from itertools import pairwise

import pypdfium2
import pypdfium2.raw as pdfium

from cspr_bot.documents.boxes import alike, is_symbol_font, symbol
from cspr_bot.documents.pdf_fields import MOST_PAGES, read_fields
from cspr_bot.documents.pdf_layout import Rule, Sheet, Word, lay_out
from cspr_bot.documents.refusal import DAMAGED, PICTURE, TOO_LARGE, Refused
from cspr_bot.referral.pages import Block, Page

_MOST_LETTERS = 20_000  # on one page
_MOST_PATHS = 5_000
_MOST_POINTS = 2_000
_MOST_RULES = 2_000  # each way
_STRAIGHT = 1.0
_SHORTEST_RULE = 4.0
_LINE_END_HYPHENS = "\u0002\ufffe"


def read_pdf(content: bytes) -> Page:
    """Read every page. Raise `Refused` for a locked or broken file, and for one of pictures only."""
    fields = read_fields(content)
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise Refused("unreadable", DAMAGED) from None
    try:
        if len(document) > MOST_PAGES:
            raise Refused("too_large", TOO_LARGE)
        blocks: list[Block] = []
        has_words = False
        for number in range(len(document)):
            sheet = _sheet(document, number)
            filled = fields[number] if number < len(fields) else []
            has_words = has_words or bool(sheet.words) or any(word.text and not word.is_box for word in filled)
            sheet.words += filled
            blocks += lay_out(sheet)
    finally:
        document.close()
    if not has_words:
        raise Refused("needs_ocr", PICTURE)
    return Page(tuple(blocks))


def _sheet(document: pypdfium2.PdfDocument, number: int) -> Sheet:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return Sheet()
    letters = page.get_textpage()
    try:
        sheet = Sheet(words=list(_words(letters.raw)))
        for path in _paths(page):
            _add_rules(path, sheet)
        return sheet
    finally:
        letters.close()
        page.close()


def _words(letters: object) -> Iterator[Word]:
    """Put letters together to words, each with whether a space was typed behind it."""
    text = ""
    box = pdfium.FS_RECTF()
    left = bottom = right = top = 0.0
    for place in range(min(pdfium.FPDFText_CountChars(letters), _MOST_LETTERS)):
        letter = chr(pdfium.FPDFText_GetUnicode(letters, place) or 0xFFFD)
        is_space = letter.isspace()
        if is_space or not pdfium.FPDFText_GetLooseCharBox(letters, place, box):
            if text:
                is_typed = is_space and letter not in "\r\n" and not pdfium.FPDFText_IsGenerated(letters, place)
                yield Word(_shown(letters, place - 1, text), left, bottom, right, top, is_spaced=is_typed)
            text = ""
            continue
        # A line end behind a hyphen is no space: what stands lower is a word of its own, which may be joined later.
        if text and min(box.top, top) <= max(box.bottom, bottom):
            yield Word(_shown(letters, place - 1, text), left, bottom, right, top)
            text = ""
        if text:
            left, bottom = min(left, box.left), min(bottom, box.bottom)
            right, top = max(right, box.right), max(top, box.top)
        else:
            left, bottom, right, top = box.left, box.bottom, box.right, box.top
        text += "-" if letter in _LINE_END_HYPHENS else letter
    if text:
        yield Word(_shown(letters, pdfium.FPDFText_CountChars(letters) - 1, text), left, bottom, right, top)


def _shown(letters: object, place: int, text: str) -> str:
    """Give a word as it shows; of one letter the font is asked for, for it may be a box of a symbol font."""
    if len(text) == 1 and not text.isspace():
        name = ctypes.create_string_buffer(64)
        flags = ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(letters, place, name, 64, flags)
        font = name.value.decode("latin-1").rpartition("+")[2].replace("-Regular", "").replace("2", " 2")
        if is_symbol_font(font):
            return symbol(ord(text), font) or alike(text)
    return alike(text)


def _paths(page: pypdfium2.PdfPage) -> Iterator[list[tuple[float, float]]]:
    """Give the corners of what is drawn, in points of the sheet, piece by piece."""
    x, y = ctypes.c_float(), ctypes.c_float()
    objects = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=3)
    for _, item in zip(range(_MOST_PATHS), objects, strict=False):
        matrix = item.get_matrix()
        corners: list[tuple[float, float]] = []
        for number in range(min(pdfium.FPDFPath_CountSegments(item.raw), _MOST_POINTS)):
            segment = pdfium.FPDFPath_GetPathSegment(item.raw, number)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO and corners:
                yield corners
                corners = []
            corners.append(matrix.on_point(x.value, y.value))
            if pdfium.FPDFPathSegment_GetClose(segment):
                corners.append(corners[0])
        yield corners


def _add_rules(corners: list[tuple[float, float]], sheet: Sheet) -> None:
    """Note the straight lines of a drawing; a thin filled bar has four sides, of which the long ones count."""
    for (x0, y0), (x1, y1) in pairwise(corners):
        if len(sheet.across) + len(sheet.down) >= 2 * _MOST_RULES:
            return
        if abs(y0 - y1) <= _STRAIGHT and abs(x0 - x1) >= _SHORTEST_RULE:
            sheet.across.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x0 - x1) <= _STRAIGHT and abs(y0 - y1) >= _SHORTEST_RULE:
            sheet.down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
