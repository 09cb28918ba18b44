"""Reads an HTML document or mail body: what a mail program shows of it, with Word's controls and form fields."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cspr_bot.documents.boxes import alike, in_symbol_font, is_symbol_font, with_brackets
from cspr_bot.documents.emphasis import MARKED_OFF, MARKED_ON, STRUCK_OFF, STRUCK_ON, cell_of, settled
from cspr_bot.documents.refusal import TOO_LARGE, Refused
from cspr_bot.referral.pages import TICKED, UNTICKED, Block, Cell, Page, Table, squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element

_SILENT = frozenset(
    {
        "script", "style", "head", "title", "meta", "link", "template", "noscript", "del", "object", "iframe", "svg",
        "button",
    }
)  # fmt: skip
_BLOCKS = frozenset(
    {
        "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section",
        "article", "header", "footer", "main", "center", "form", "fieldset", "legend", "hr", "address", "caption",
    }
)  # fmt: skip
_ROW_GROUPS = frozenset({"tbody", "thead", "tfoot", "form"})
_FONT = re.compile(r"(?:^|;)\s*font-family\s*:(?P<font>[^;]+)", re.IGNORECASE)
_COLOUR = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:\s*(?P<colour>[^;!]+)")
_NO_COLOUR = frozenset(
    {
        "white", "#fff", "#ffffff", "rgb(255,255,255)", "transparent", "none", "initial", "inherit", "unset", "window",
        "rgba(0,0,0,0)", "rgba(255,255,255,0)",
    }
)  # fmt: skip
_DEEPEST = 150
_MOST_ROWS, _MOST_SPAN = 20_000, 63
_MOST_TAGS = 200_000  # the largest form that a mail program made has eight thousand
_CONTROL_CHARACTERS = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])


def read_html(text: str) -> Page:
    """Read HTML that has been decoded already; what it says about its own encoding no longer counts.

    Raise `Refused` for one without end.
    """
    from lxml import etree  # noqa: PLC0415 - 24 ms, and most mails carry no document

    if text.count("<") > _MOST_TAGS:
        raise Refused("too_large", TOO_LARGE)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    root = etree.fromstring(text.translate(_CONTROL_CHARACTERS).encode("utf-8", "replace"), parser)
    if root is None:
        return Page()
    walk = _Walk()
    walk.element(root, "", 0)
    return Page(walk.finish())


@dataclass(slots=True)
class _Walk:
    """One walk over a document, or over one of its cells: the blocks so far, and the line that is being written."""

    blocks: list[Block] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    rows: int = 0
    is_raw: bool = False

    def finish(self) -> tuple[Block, ...]:
        """Give all blocks."""
        self.end_paragraph()
        return tuple(self.blocks)

    def end_paragraph(self) -> None:
        """Close the paragraph that is being written; one in which nothing stands is none."""
        text = squeeze("".join(self.line))
        self.line.clear()
        if text:
            read = with_brackets(alike(text))
            self.blocks.append(read if self.is_raw else settled(read)[0])

    def write(self, text: str | None, font: str) -> None:
        """Write words on; a line end in the source is a space."""
        if text:
            shown = in_symbol_font(text, font) if font and is_symbol_font(font) else text
            self.line.append(" ".join(shown.split("\n")) if "\n" in shown else shown)

    def element(self, element: "_Element", font: str, depth: int) -> None:
        """Read an element; below a depth that no person ever wrote, only its words count."""
        name = _name(element)
        if name in _SILENT or _is_hidden(element):
            return
        if depth > _DEEPEST:
            self.write("".join(str(text) for text in element.itertext()), font)
            return
        font = _font(element, font)
        if not self._control(element, name):
            self._container(element, name, font, depth)

    def _container(self, element: "_Element", name: str, font: str, depth: int) -> None:
        if name == "table":
            self.end_paragraph()
            self.blocks.append(Table(tuple(self._rows(element, font, depth))))
            return
        if name in _BLOCKS:
            self.end_paragraph()
        opening, closing = _emphasis(element, name)
        self.line.extend(opening)
        self.write(element.text, font)
        for child in element:
            self.element(child, font, depth + 1)
            self.write(child.tail, font)
        self.line.extend(closing)
        if name in _BLOCKS:
            self.end_paragraph()

    def _control(self, element: "_Element", name: str) -> bool:
        """Read what a person sets by clicking: Word's content controls, boxes and fields of a form."""
        get = element.get
        match name:
            case "br":
                self.line.append("\n")
            case "sdt" if get("checkbox") is not None or get("checkboxischecked") is not None:
                self._box(is_ticked=(get("checkboxischecked") or "f").lower() in {"t", "true", "1"})
            case "sdt" if (get("showingplchdr") or "f").lower() in {"t", "true", "1"}:
                pass
            case "input":
                self._input(element)
            case "select":
                options = [option for option in element.iter("option") if option.get("selected") is not None]
                self.line.extend("".join(str(text) for text in option.itertext()) for option in options[:1])
            case _:
                return False
        return True

    def _input(self, element: "_Element") -> None:
        match (element.get("type") or "text").lower():
            case "checkbox" | "radio":
                self._box(is_ticked=element.get("checked") is not None)
            case "text" | "email" | "tel" | "date" | "search" | "url" | "number":
                self.line.append(element.get("value") or "")
            case _:
                pass

    def _box(self, *, is_ticked: bool) -> None:
        self.line.append(TICKED if is_ticked else UNTICKED)

    def _rows(self, table: "_Element", font: str, depth: int) -> Iterator[tuple[Cell, ...]]:
        above: dict[int, tuple[int, Cell]] = {}
        for row in _row_elements(table):
            self.rows += 1
            if self.rows > _MOST_ROWS:
                return
            yield tuple(self._cells(row, font, depth, above))

    def _cells(self, row: "_Element", font: str, depth: int, above: dict[int, tuple[int, Cell]]) -> Iterator[Cell]:
        column = 0
        for element in row:
            if _name(element) not in {"td", "th"}:
                continue
            for merged in _merged(above, column):
                yield merged
                column += merged.span
            cell = _cell(element, font, depth, column, self)
            if (height := _number(element, "rowspan")) > 1:
                above[column] = (height - 1, cell)
            yield cell
            column += cell.span
        yield from _merged(above, column)


def _merged(above: dict[int, tuple[int, Cell]], column: int) -> Iterator[Cell]:
    """Give the cells that reach down into a row from a column on, and count down how far they reach."""
    while column in above:
        left, cell = above.pop(column)
        if left > 1:
            above[column] = (left - 1, cell)
        yield Cell(cell.text, column, cell.span, is_continued=True)
        column += cell.span


def _cell(element: "_Element", font: str, depth: int, column: int, walk: _Walk) -> Cell:
    inner = _Walk(rows=walk.rows, is_raw=True)
    font = _font(element, font)
    inner.write(element.text, font)
    for child in element:
        inner.element(child, font, depth + 3)
        inner.write(child.tail, font)
    blocks = inner.finish()
    walk.rows = inner.rows
    return cell_of(blocks, column, _number(element, "colspan"))


def _row_elements(parent: "_Element") -> Iterator["_Element"]:
    for child in parent:
        name = _name(child)
        if name == "tr":
            yield child
        elif name in _ROW_GROUPS:
            yield from _row_elements(child)


def _name(element: "_Element") -> str:
    return str(element.tag).lower().rpartition(":")[2]


def _is_hidden(element: "_Element") -> bool:
    if element.get("hidden") is not None:
        return True
    style = (element.get("style") or "").lower().replace(" ", "")
    return "display:none" in style or "mso-hide:all" in style or "visibility:hidden" in style


def _font(element: "_Element", font: str) -> str:
    """Give the font that holds in an element: its own, else that around it."""
    if _name(element) == "font" and (face := element.get("face")):
        return face
    found = _FONT.search(element.get("style") or "")
    return found["font"] if found else font


def _emphasis(element: "_Element", name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the signs to put around words that are struck through or highlighted."""
    style = (element.get("style") or "").lower()
    is_struck = name in {"s", "strike"} or ("text-decoration" in style and "line-through" in style)
    colour = _COLOUR.search(style) if name in {"span", "font", "b", "u", "i", "strong", "em"} else None
    is_marked = name == "mark" or (colour is not None and colour["colour"].replace(" ", "") not in _NO_COLOUR)
    opening = (*((STRUCK_ON,) if is_struck else ()), *((MARKED_ON,) if is_marked else ()))
    return opening, (*((MARKED_OFF,) if is_marked else ()), *((STRUCK_OFF,) if is_struck else ()))


def _number(element: "_Element", name: str) -> int:
    value = (element.get(name) or "").strip()
    return min(max(int(value), 1), _MOST_SPAN) if value.isascii() and value.isdigit() and len(value) < 6 else 1
