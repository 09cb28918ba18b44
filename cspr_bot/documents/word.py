"""Reads a Word document (.docx, .docm, strict or not) by walking its XML: every control, field, box and revision."""

import posixpath
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cspr_bot.documents.archive import Archive
from cspr_bot.documents.emphasis import cell_of, settled
from cspr_bot.documents.markup import LocalNames, attribute, parse_xml
from cspr_bot.documents.refusal import DAMAGED, PICTURE, Refused
from cspr_bot.documents.word_plain import NotPlainError, may_be_plain, plain_blocks
from cspr_bot.documents.word_text import Paragraphs, child_of
from cspr_bot.referral.pages import Block, Cell, Page, Table, has_text

if TYPE_CHECKING:
    from lxml.etree import _Element

_LAYERS = frozenset({"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"})
_MAIN_PARTS = ("word/document.xml", "word/document2.xml")
_MOST_ROWS = 20_000


def read_word(archive: Archive) -> Page:
    """Read the main part of a Word document. Raise `Refused` where there is none, or nothing but pictures in it."""
    content = archive.read(main_part(archive))
    root = parse_xml(content)
    names = LocalNames()
    body = child_of(root, "body", names)
    blocks = _blocks(root if body is None else body, content, names)
    if not has_text(blocks) and any("/media/" in name for name in archive.names):
        raise Refused("needs_ocr", PICTURE)
    return Page(blocks)


def _blocks(body: "_Element", content: bytes, names: LocalNames) -> tuple[Block, ...]:
    if may_be_plain(content):
        with suppress(NotPlainError):
            return plain_blocks(body, names, _MOST_ROWS)
    return walked_blocks(body, names)


def walked_blocks(body: "_Element", names: LocalNames) -> tuple[Block, ...]:
    """Give the paragraphs and tables of any document."""
    return tuple(_Walk(names).blocks(body))


def main_part(archive: Archive) -> str:
    """Find the main part by the package's own word, else by the name that Word gives it."""
    if "_rels/.rels" in archive.entries:
        for relation in parse_xml(archive.read("_rels/.rels")):
            target = relation.get("Target", "")
            if relation.get("Type", "").endswith("/officeDocument") and target.lower().lstrip("/") in archive.entries:
                return posixpath.normpath(target.lstrip("/"))
    for name in _MAIN_PARTS:
        if name in archive.entries:
            return name
    raise Refused("unreadable", DAMAGED)


@dataclass(slots=True)
class _Walk:
    """One walk over one document."""

    names: LocalNames
    paragraphs: Paragraphs = field(init=False)
    rows: int = 0

    def __post_init__(self) -> None:
        self.paragraphs = Paragraphs(self.names)

    def blocks(self, parent: "_Element", *, is_raw: bool = False) -> Iterator[Block]:
        """Give the paragraphs and tables below an element, with what its text boxes hold behind each paragraph.

        `is_raw`: signs of emphasis are left in, for a cell is looked at as a whole.
        """
        for child in parent:
            match self.names[child.tag]:
                case "p":
                    yield from self._paragraph(child, is_raw=is_raw)
                case "tbl":
                    yield self._table(child)
                case "sdt":
                    if not self.paragraphs.is_placeholder(child):
                        yield from self.blocks(child, is_raw=is_raw)
                case "AlternateContent":
                    for chosen in self.paragraphs.alternative(child):
                        yield from self.blocks(chosen, is_raw=is_raw)
                case "del" | "moveFrom" | "sectPr" | "sdtPr":
                    pass
                case _:
                    yield from self.blocks(child, is_raw=is_raw)

    def _paragraph(self, element: "_Element", *, is_raw: bool) -> Iterator[Block]:
        text, boxes = self.paragraphs.read(element)
        yield text if is_raw else settled(text)[0]
        for box in boxes:
            yield from self.blocks(box, is_raw=is_raw)

    def _table(self, element: "_Element") -> Table:
        return Table(tuple(self._rows(element)))

    def _rows(self, table: "_Element") -> Iterator[tuple[Cell, ...]]:
        above: dict[int, Cell] = {}
        for row in self._layers(table, "tr"):
            self.rows += 1
            properties = self._child(row, "trPr")
            if self.rows > _MOST_ROWS or (properties is not None and self._child(properties, "del") is not None):
                continue
            cells = tuple(self._cells(row, self._count(properties, "gridBefore"), above))
            above = {cell.column: cell for cell in cells}
            yield cells

    def _cells(self, row: "_Element", column: int, above: dict[int, Cell]) -> Iterator[Cell]:
        for element in self._layers(row, "tc"):
            properties = self._child(element, "tcPr")
            span = max(self._count(properties, "gridSpan"), 1)
            merged = None if properties is None else self._child(properties, "vMerge")
            is_continued = merged is not None and attribute(merged, "val") != "restart" and column in above
            if properties is None or self._child(properties, "cellDel") is None:
                cell = self._cell(element, column, span)
                yield Cell(above[column].text, column, span, is_continued=True) if is_continued else cell
            column += span

    def _is_asking(self, cell: "_Element") -> bool:
        """Whether the control around a cell shows only what it asks for."""
        content = cell.getparent()
        control = None if content is None else content.getparent()
        return (
            content is not None
            and control is not None
            and self.names[content.tag] == "sdtContent"
            and self.paragraphs.is_placeholder(control)
        )

    def _cell(self, element: "_Element", column: int, span: int) -> Cell:
        if self._is_asking(element):
            return Cell("", column, span)
        return cell_of(tuple(self.blocks(element, is_raw=True)), column, span)

    def _layers(self, parent: "_Element", wanted: str) -> Iterator["_Element"]:
        """Give the rows of a table or the cells of a row, whatever controls and revisions are wrapped around them."""
        for child in parent:
            name = self.names[child.tag]
            if name == wanted:
                yield child
            elif name in _LAYERS:
                yield from self._layers(child, wanted)
            elif name == "AlternateContent":
                for chosen in self.paragraphs.alternative(child):
                    yield from self._layers(chosen, wanted)

    def _child(self, element: "_Element", name: str) -> "_Element | None":
        return child_of(element, name, self.names)

    def _count(self, properties: "_Element | None", name: str) -> int:
        found = None if properties is None else self._child(properties, name)
        value = "" if found is None else attribute(found, "val") or ""
        return min(int(value), 63) if value.isascii() and value.isdigit() else 0
