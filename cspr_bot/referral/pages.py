"""What a document says, whatever its format was: paragraphs, and tables of cells, with every tick box alike."""

from dataclasses import dataclass
from typing import NamedTuple

TICKED = "\N{BALLOT BOX WITH X}"
UNTICKED = "\N{BALLOT BOX}"
# Boxes that nobody ticked: one whose words were highlighted, and one whose words were struck through.
MARKED = "\N{WHITE SQUARE CONTAINING BLACK SMALL SQUARE}"
STRUCK = "\N{SQUARE WITH ORTHOGONAL CROSSHATCH FILL}"
# What does not show: soft hyphens, and the marks of direction that come along when words are copied out of a window, or
# written from right to left.
INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"


class Cell(NamedTuple):
    """A cell: its text, with paragraphs and soft breaks as line feeds and each tick box as `TICKED` or `UNTICKED`.

    `column` and `span` place it on a scale that all rows of its table share (grid columns, or points of a printed
    page). `is_continued` is a cell merged with the one above, and repeats its text. `inner` is given only where the
    cell holds tables: everything in it, in order. `marked` are the words in it that somebody highlighted.

    This and what is made of it (`Row`, `Piece`, `Tick`) are named tuples, for a form has hundreds of them, and a
    frozen dataclass takes five times as long to make.
    """

    text: str = ""
    column: int = 0
    span: int = 1
    is_continued: bool = False
    inner: "tuple[Block, ...]" = ()
    marked: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each row from left to right; cells that are covered by a wider one are not listed."""

    rows: tuple[tuple[Cell, ...], ...]


# A paragraph is its text; an empty one is kept, for in plain text it separates answers.
Block = str | Table


@dataclass(frozen=True, slots=True)
class Page:
    """A whole document in reading order, however many sheets of paper it is."""

    blocks: tuple[Block, ...] = ()


def squeeze(text: str) -> str:
    """Squeeze white space within lines, and leave out empty lines."""
    if text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return text
    found = text.splitlines()
    if len(found) < 2:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in found)
    return "\n".join(line for line in lines if line)


def text_of(blocks: tuple[Block, ...]) -> str:
    """Give all words of some blocks, a line for each paragraph and for each row of a table."""
    return squeeze("\n".join(block if isinstance(block, str) else _table_text(block) for block in blocks))


def _table_text(table: Table) -> str:
    rows = ("\t".join(cell.text for cell in row if cell.text and not cell.is_continued) for row in table.rows)
    return "\n".join(rows)


def has_text(blocks: tuple[Block, ...]) -> bool:
    """Say whether there is any word in some blocks."""
    return any(
        not _is_blank(block)
        if isinstance(block, str)
        else any(not _is_blank(cell.text) for row in block.rows for cell in row)
        for block in blocks
    )


def _is_blank(text: str) -> bool:
    return not text or text.isspace()
