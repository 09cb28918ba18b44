"""Reads quickly what is plain in a Word document: nearly every form holds words, tables and controls, and no more.

What is here gives what `word` gives, and leaves to it whatever it is not made for. It asks the parser for the few
elements that matter, in the order of the document, where a walk would touch every one.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cspr_bot.documents.boxes import alike, with_brackets
from cspr_bot.documents.markup import LocalNames, attribute
from cspr_bot.referral.pages import TICKED, UNTICKED, Cell

if TYPE_CHECKING:
    from lxml.etree import _Element

# Revisions, fields, text boxes, hidden, struck and coloured words, merged rows: all that needs a closer look.
_NOT_PLAIN = tuple(
    f"{{*}}{name}"
    for name in (
        "del", "moveFrom", "sym", "fldChar", "fldSimple", "AlternateContent", "txbxContent", "vanish", "strike",
        "dstrike", "highlight", "shd", "vMerge", "cellDel", "gridBefore", "rt", "altChunk",
    )
)  # fmt: skip
_SYMBOL_FONTS = (b"ngdings", b"ebdings", b"NGDINGS", b"EBDINGS")
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_WORDS = ("t", *_SIGNS, "checkbox", "showingPlcHdr")
_OF_PARAGRAPH = tuple(f"{{*}}{name}" for name in _WORDS)
_OF_TABLE = tuple(f"{{*}}{name}" for name in (*_WORDS, "p", "tc", "tr", "tbl", "gridSpan"))
_OFF = frozenset({"0", "false", "off", "none"})
_MOST_SPAN = 63


class NotPlainError(Exception):
    """This part has to be read by the walk."""


def is_plain(root: "_Element", content: bytes) -> bool:
    """Say whether a document holds nothing that only the walk understands."""
    if b"\0" in content or any(font in content for font in _SYMBOL_FONTS):
        return False
    return next(root.iter(*_NOT_PLAIN), None) is None


class Plain:
    """Reads paragraphs and tables of a plain document."""

    __slots__ = ("_names", "_skipped")

    def __init__(self, names: LocalNames) -> None:
        self._names = names
        self._skipped = 0  # words of a control that are its picture, or say what it asks for

    def paragraph(self, element: "_Element") -> str:
        """Give the text of a paragraph."""
        parts: list[str] = []
        self._skipped = 0
        names = self._names
        for item in element.iter(*_OF_PARAGRAPH):
            name = names[item.tag]
            if name == "t":
                self._words(item, parts)
            else:
                self._sign(item, name, parts)
        return with_brackets(alike("".join(parts)))

    def rows(self, table: "_Element") -> Iterator[tuple[Cell, ...]]:  # noqa: PLR0912 - one loop over all there is
        """Give the rows of a table. Raise `NotPlainError` where there is another table in it."""
        names = self._names
        cells: list[Cell] | None = None
        parts: list[str] | None = None
        column, span = 0, 1
        self._skipped = 0
        items = table.iter(*_OF_TABLE)
        next(items)
        for item in items:
            name = names[item.tag]
            if name == "t":
                if parts is not None:
                    self._words(item, parts)
            elif name == "p":
                if parts is not None:
                    parts.append("\n")
            elif name in {"tc", "tr"}:
                if cells is not None and parts is not None:
                    cells.append(_cell(parts, column, span))
                    column += span
                parts, span = None, 1
                if name == "tc":
                    parts = []
                    continue
                if cells is not None:
                    yield tuple(cells)
                cells, column = [], 0
            elif name == "gridSpan":
                span = _span(item)
            elif name == "tbl":
                raise NotPlainError
            elif parts is not None:
                self._sign(item, name, parts)
        if cells is not None:
            if parts is not None:
                cells.append(_cell(parts, column, span))
            yield tuple(cells)

    def _words(self, item: "_Element", parts: list[str]) -> None:
        if self._skipped:
            self._skipped -= 1
        elif item.text:
            parts.append(item.text)

    def _sign(self, item: "_Element", name: str, parts: list[str]) -> None:
        above = item.getparent()
        if above is None:
            return
        if name in _SIGNS:
            if self._names[above.tag] == "r":
                parts.append(_SIGNS[name])
            return
        control = above.getparent()
        holder = None if control is None else control.getparent()
        if control is None or holder is None or self._names[control.tag] != "sdt":
            raise NotPlainError
        if name == "checkbox":
            if self._names[holder.tag] != "p":
                raise NotPlainError
            state = next((child for child in item if self._names[child.tag] == "checked"), None)
            parts.append(TICKED if state is not None and _is_on(state) else UNTICKED)
        elif not _is_on(item):
            return
        self._skipped = sum(1 for _ in control.iter("{*}t"))


def _is_on(element: "_Element") -> bool:
    value = attribute(element, "val")
    return value is None or value.lower() not in _OFF


def _cell(parts: list[str], column: int, span: int) -> Cell:
    text = "".join(parts[1:] if parts and parts[0] == "\n" else parts)
    return Cell(with_brackets(alike(text)) if text else "", column, span)


def _span(item: "_Element") -> int:
    value = attribute(item, "val") or ""
    return max(min(int(value), _MOST_SPAN), 1) if value.isascii() and value.isdigit() else 1
