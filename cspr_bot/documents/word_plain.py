"""Reads quickly what is plain in a Word document: nearly every form holds words, tables and controls, and no more.

What is here gives what `word` gives, and leaves to it whatever it is not made for. It goes once through the elements
that matter, in the order of the document, where a walk would touch every one.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cspr_bot.documents.boxes import alike, with_brackets
from cspr_bot.documents.markup import LocalNames, attribute
from cspr_bot.documents.word_text import box_of_control, box_of_field, is_on, is_shown
from cspr_bot.referral.pages import Block, Cell, Table

if TYPE_CHECKING:
    from lxml.etree import _Element

_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# Revisions, text boxes, symbols, merged rows: all that needs a closer look.
_NEVER_PLAIN = frozenset(
    {"del", "moveFrom", "sym", "AlternateContent", "txbxContent", "vMerge", "cellDel", "gridBefore", "rt", "altChunk"}
)
# Of a run: plain only where it is switched off, or is no colour that marks words.
_LOOKS = frozenset({"vanish", "strike", "dstrike", "highlight", "shd"})
_READ = ("t", "p", "tc", "tr", "tbl", "gridSpan", "checkbox", "checkBox", "showingPlcHdr")
_TAGS = tuple(f"{{*}}{name}" for name in (*_READ, *_SIGNS, *sorted(_NEVER_PLAIN), *sorted(_LOOKS)))
_CONTROLS = frozenset({"checkbox", "showingPlcHdr"})
_FIELDS = frozenset({"fldChar", "fldSimple"})
_SYMBOL_FONTS = (b"ngdings", b"ebdings")
_MOST_SPAN = 63


class NotPlainError(Exception):
    """This document has to be read by the walk."""


def may_be_plain(content: bytes) -> bool:
    """Say whether nothing in a document's letters speaks against it: wide characters do, and fonts of pictures."""
    if b"\0" in content:
        return False
    small = content.lower()
    return not any(font in small for font in _SYMBOL_FONTS)


def plain_blocks(body: "_Element", names: LocalNames, most_rows: int) -> tuple[Block, ...]:
    """Give the paragraphs and tables of a document. Raise `NotPlainError` where only the walk understands it."""
    plain = _Plain(body, names, most_rows)
    plain.read()
    return tuple(plain.blocks)


class _Plain:
    """One way through one document. `parts` are the words of the paragraph or cell that is being read."""

    __slots__ = (
        "_body", "_cell", "_cells", "_column", "_names", "_parts", "_rows", "_rows_left", "_skipped", "_span",
        "_table", "blocks",
    )  # fmt: skip

    def __init__(self, body: "_Element", names: LocalNames, most_rows: int) -> None:
        self._body = body
        self._names = names
        self._rows_left = most_rows
        self._skipped = 0  # words of a control that are its picture, or say what it asks for
        self._parts: list[str] | None = None
        self._table: _Element | None = None
        self._cell: _Element | None = None
        self._rows: list[tuple[Cell, ...]] = []
        self._cells: list[Cell] | None = None
        self._column, self._span = 0, 1
        self.blocks: list[Block] = []

    def read(self) -> None:
        """Go through the document. What comes most often is done here, and not in a method: this is the hot loop."""
        names = self._names
        cell, parts = self._cell, self._parts
        for item in self._body.iter(*_TAGS):
            name = names[item.tag]
            if name == "t":
                if self._skipped:
                    self._skipped -= 1
                elif parts is not None and (text := item.text):
                    parts.append(text)
                continue
            if name == "p" and cell is not None and parts is not None and item.getparent() is cell:
                if parts:
                    parts.append("\n")
                continue
            if name == "gridSpan":
                self._span = _span(item)
                continue
            self._other(item, name)
            cell, parts = self._cell, self._parts
        self._end_block()

    def _other(self, item: "_Element", name: str) -> None:
        match name:
            case "tc":
                self._begin_cell(item)
            case "p":
                self._begin_paragraph(item)
            case "tr":
                self._begin_row()
            case "tbl":
                self._begin_table(item)
            case _:
                if name in _NEVER_PLAIN:
                    raise NotPlainError
                self._sign(item, name)

    def _begin_paragraph(self, item: "_Element") -> None:
        above = item.getparent()
        if self._table is not None and self._is_in_table(above):
            if self._parts is None:
                raise NotPlainError
            if self._parts:
                self._parts.append("\n")
            return
        if above is not self._body and self._is_in_paragraph(above):
            raise NotPlainError
        self._end_block()
        self._parts = []

    def _begin_table(self, item: "_Element") -> None:
        above = item.getparent()
        if above is not self._body and (self._is_in_table(above) or self._is_in_paragraph(above)):
            raise NotPlainError
        self._end_block()
        self._table, self._rows = item, []

    def _begin_row(self) -> None:
        self._end_row()
        self._rows_left -= 1
        if self._table is None or self._rows_left < 0:
            raise NotPlainError
        self._cells, self._column = [], 0

    def _begin_cell(self, item: "_Element") -> None:
        self._end_cell()
        if self._cells is None:
            raise NotPlainError
        self._cell, self._parts, self._span = item, [], 1

    def _end_cell(self) -> None:
        if self._cell is not None and self._cells is not None:
            self._cells.append(Cell(_text(self._parts or ()), self._column, self._span))
            self._column += self._span
        self._cell = self._parts = None

    def _end_row(self) -> None:
        if self._table is None:
            return
        self._end_cell()
        if self._cells is not None:
            self._rows.append(tuple(self._cells))
        self._cells = None

    def _end_block(self) -> None:
        if self._table is not None:
            self._end_row()
            self.blocks.append(Table(tuple(self._rows)))
            self._table = None
        elif self._parts is not None:
            self.blocks.append(_text(self._parts))
        self._parts = None

    def _is_in_table(self, above: "_Element | None") -> bool:
        while above is not None and above is not self._table:
            above = above.getparent()
        return above is not None

    def _is_in_paragraph(self, above: "_Element | None") -> bool:
        while above is not None and self._names[above.tag] != "p":
            above = above.getparent()
        return above is not None

    def _sign(self, item: "_Element", name: str) -> None:
        above = item.getparent()
        around = None if above is None else above.getparent()
        if above is None or around is None:
            return
        if name in _LOOKS:
            if self._names[around.tag] == "r" and is_shown(item, name):
                raise NotPlainError
        elif name in _CONTROLS:
            self._control(item, name, around)
        elif self._parts is None:
            return
        elif name == "checkBox":
            if self._names[around.tag] in _FIELDS:
                self._parts.append(box_of_field(item, self._names))
        elif self._names[above.tag] == "r":
            self._parts.append(_SIGNS[name])

    def _control(self, item: "_Element", name: str, control: "_Element") -> None:
        """Read a box, or leave out the words of a control that only asks for its answer."""
        holder = control.getparent()
        if holder is None or self._names[control.tag] != "sdt" or self._parts is None:
            raise NotPlainError
        if self._names[holder.tag] != "p" and (name == "checkbox" or self._cell is None):
            raise NotPlainError
        if name == "checkbox":
            self._parts.append(box_of_control(item, self._names))
        elif not is_on(item):
            return
        self._skipped = sum(1 for _ in control.iter("{*}t"))


def _text(parts: Iterable[str]) -> str:
    text = "".join(parts)
    if not text.isascii():
        text = alike(text)
    return with_brackets(text)


def _span(item: "_Element") -> int:
    value = attribute(item, "val") or ""
    return max(min(int(value), _MOST_SPAN), 1) if value.isascii() and value.isdigit() else 1
