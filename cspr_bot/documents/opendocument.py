"""Reads an OpenDocument text (.odt) by walking its XML: content controls, form fields, boxes and revisions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cspr_bot.documents.archive import Archive
from cspr_bot.documents.boxes import alike, with_brackets
from cspr_bot.documents.emphasis import cell_of, emphasised, settled
from cspr_bot.documents.markup import LocalNames, attribute, parse_xml
from cspr_bot.documents.refusal import ENCRYPTED, PICTURE, Refused
from cspr_bot.referral.pages import TICKED, UNTICKED, Block, Cell, Page, Table, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_SILENT = frozenset(
    {
        "annotation", "annotation-end", "note", "tracked-changes", "forms", "placeholder", "sequence-decls", "title",
        "desc",
    }
)  # fmt: skip
_ROW_GROUPS = frozenset({"table-header-rows", "table-rows", "table-row-group"})
_MOST_SPACES, _MOST_REPEATS, _MOST_ROWS = 100, 63, 20_000
_NO_COLOUR = frozenset({"transparent", "#ffffff"})
_YES = frozenset({"true", "checked", "1"})


def read_opendocument(archive: Archive) -> Page:
    """Read the body of a text document. Raise `Refused` for an encrypted one, and for one of pictures only."""
    if "meta-inf/manifest.xml" in archive.entries and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Refused("encrypted", ENCRYPTED)
    root = parse_xml(archive.read("content.xml"))
    names = LocalNames()
    body = next((child for child in root.iter() if names[child.tag] == "text" and names[_above(child)] == "body"), root)
    blocks = tuple(_Walk(names, _controls(body, names), _looks(root, names)).blocks(body))
    if not text_of(blocks) and any(name.startswith("pictures/") for name in archive.names):
        raise Refused("needs_ocr", PICTURE)
    return Page(blocks)


def _above(element: "_Element") -> object:
    parent = element.getparent()
    return None if parent is None else parent.tag


def _controls(body: "_Element", names: LocalNames) -> Mapping[str, str]:
    """Give what each form control shows, by its id: they are described apart from where they stand."""
    shown: dict[str, str] = {}
    for element in body.iter():
        kind = names[element.tag]
        key = attribute(element, "id")
        if key and kind in {"checkbox", "radio"}:
            state = attribute(element, "current-state") or attribute(element, "state")
            chosen = state == "checked" or attribute(element, "current-selected") == "true"
            shown[key] = TICKED if chosen else UNTICKED
        elif key and kind in {"text", "textarea", "formatted-text", "date", "combobox"}:
            shown[key] = attribute(element, "current-value") or attribute(element, "value") or ""
    return shown


def _looks(root: "_Element", names: LocalNames) -> Mapping[str, tuple[bool, bool]]:
    """Give which styles of words are struck through, and which are coloured behind."""
    looks: dict[str, tuple[bool, bool]] = {}
    for styles in (child for child in root if names[child.tag] == "automatic-styles"):
        for style in styles:
            for item in style:
                through = attribute(item, "text-line-through-style") or "none"
                colour = attribute(item, "background-color") or "transparent"
                look = (through != "none", colour.lower() not in _NO_COLOUR)
                if names[item.tag] == "text-properties" and any(look) and attribute(style, "family") == "text":
                    looks[attribute(style, "name") or ""] = look
    return looks


@dataclass(slots=True)
class _Walk:
    """One walk over one document; `shown` is what its form controls show."""

    names: LocalNames
    shown: Mapping[str, str]
    looks: Mapping[str, tuple[bool, bool]]
    rows: int = 0
    boxes: list["_Element"] = field(default_factory=list)

    def blocks(self, parent: "_Element", *, is_raw: bool = False) -> Iterator[Block]:
        """Give the paragraphs and tables below an element, with what its text boxes hold behind each paragraph.

        `is_raw`: signs of emphasis are left in, for a cell is looked at as a whole.
        """
        for child in parent:
            name = self.names[child.tag]
            if name in {"p", "h"}:
                self.boxes = []
                text = alike("".join(self._text(child)))
                boxes = self.boxes
                yield with_brackets(text) if is_raw else settled(with_brackets(text))[0]
                for box in boxes:
                    yield from self.blocks(box, is_raw=is_raw)
            elif name == "table":
                yield Table(tuple(self._rows(child)))
            elif name not in _SILENT:
                yield from self.blocks(child, is_raw=is_raw)

    def _text(self, parent: "_Element") -> Iterator[str]:
        yield parent.text or ""
        for child in parent:
            yield from self._inline(child)
            yield child.tail or ""

    def _inline(self, child: "_Element") -> Iterator[str]:
        match self.names[child.tag]:
            case "s":
                yield " " * min(_number(child, "c"), _MOST_SPACES)
            case "tab":
                yield "\t"
            case "line-break":
                yield "\n"
            case "content-control":
                yield from self._control(child)
            case "fieldmark" | "fieldmark-start":
                yield self._field(child)
            case "control":
                yield self.shown.get(attribute(child, "control") or "", "")
            case "text-box":
                self.boxes.append(child)
            case "span" if (look := self.looks.get(attribute(child, "style-name") or "")) is not None:
                yield emphasised("".join(self._text(child)), is_struck=look[0], is_marked=look[1])
            case name if name not in _SILENT:
                yield from self._text(child)

    def _control(self, control: "_Element") -> Iterator[str]:
        """Read a content control: a box is what its state says, and a placeholder says nothing."""
        if attribute(control, "checkbox") == "true":
            yield TICKED if attribute(control, "checked") in _YES else UNTICKED
        elif attribute(control, "showing-place-holder") != "true":
            yield from self._text(control)

    def _field(self, mark: "_Element") -> str:
        """Read a form field of Word 97 as LibreOffice keeps it; of a text field the words stand behind the mark."""
        if not (attribute(mark, "type") or "").endswith("FORMCHECKBOX"):
            return ""
        states = [attribute(param, "value") for param in mark if attribute(param, "name") == "Checkbox_Checked"]
        return TICKED if any(state in _YES for state in states) else UNTICKED

    def _rows(self, table: "_Element") -> Iterator[tuple[Cell, ...]]:
        below: dict[int, tuple[int, Cell]] = {}
        for row in self._row_elements(table):
            self.rows += 1
            if self.rows <= _MOST_ROWS:
                cells = tuple(self._cells(row, below))
                below = {column: (left - 1, cell) for column, (left, cell) in below.items() if left > 1}
                yield cells

    def _row_elements(self, parent: "_Element") -> Iterator["_Element"]:
        for child in parent:
            name = self.names[child.tag]
            if name == "table-row":
                yield child
            elif name in _ROW_GROUPS:
                yield from self._row_elements(child)

    def _cells(self, row: "_Element", below: dict[int, tuple[int, Cell]]) -> Iterator[Cell]:
        column = 0
        for element in row:
            repeats = min(_number(element, "number-columns-repeated"), _MOST_REPEATS)
            name = self.names[element.tag]
            if name == "covered-table-cell" and column in below:
                merged = below[column][1]
                yield Cell(merged.text, column, merged.span, is_continued=True)
            if name == "table-cell":
                span, height = _number(element, "number-columns-spanned"), _number(element, "number-rows-spanned")
                cell = self._cell(element, column, min(span, _MOST_REPEATS))
                if height > 1:
                    below[column] = (height, cell)
                yield cell
            column += repeats

    def _cell(self, element: "_Element", column: int, span: int) -> Cell:
        return cell_of(tuple(self.blocks(element, is_raw=True)), column, span)


def _number(element: "_Element", name: str) -> int:
    value = attribute(element, name) or ""
    return max(int(value[:6]), 1) if value.isascii() and value.isdigit() else 1
