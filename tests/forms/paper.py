"""A form on paper before any program has saved it: paragraphs and tables, with what was written in what manner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

# How an answer is kept by the program that it was typed in.
Wrap = Literal[
    "", "control", "placeholder", "inserted", "deleted", "moved_away", "link", "field", "form_field", "smart", "split"
]


@dataclass(frozen=True, slots=True)
class Words:
    """Some words in one run. A line feed is a soft break."""

    text: str
    wrap: Wrap = ""
    is_struck: bool = False
    is_marked: bool = False
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A tick box; the writer of each format chooses what it is made of."""

    is_ticked: bool = False
    is_struck: bool = False
    is_marked: bool = False


Inline: TypeAlias = Words | Box


@dataclass(frozen=True, slots=True)
class Para:
    inlines: tuple[Inline, ...] = ()
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; `wrap` is "control" for a control around it, "block" for one around its paragraphs."""

    blocks: tuple["Block", ...] = (Para(),)
    span: int = 1
    height: int = 1
    wrap: Literal["", "control", "block"] = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row. Cells that a higher one covers are left out; `covered` says at which columns, and how wide."""

    cells: tuple[Cell, ...]
    wrap: Literal["", "control", "inserted", "deleted"] = ""
    covered: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A text box."""

    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A content control around whole blocks."""

    blocks: tuple["Block", ...]


Block: TypeAlias = Para | Grid | Frame | Control


def words(text: str, wrap: Wrap = "") -> Para:
    return Para((Words(text, wrap),) if text else ())


def heading(text: str) -> Para:
    return Para((Words(text, is_bold=True),), is_heading=True)


def paras(text: str, wrap: Wrap = "") -> tuple[Block, ...]:
    """Give a paragraph for each line."""
    return tuple(words(line, wrap) for line in text.split("\n"))


def cell(text: str = "", wrap: Wrap = "", span: int = 1) -> Cell:
    return Cell((words(text, wrap),), span)


def grid(*rows: Sequence[str | Cell]) -> Grid:
    return Grid(tuple(Row(tuple(cell(one) if isinstance(one, str) else one for one in row)) for row in rows))


def plain(blocks: Sequence[Block]) -> str:
    """Give the text of some blocks, boxes as glyphs."""
    return "\n".join(text for block in blocks for text in _texts(block))


def text_of(para: Para) -> str:
    return "".join(
        one.text if isinstance(one, Words) else "☒" if one.is_ticked else "☐"
        for one in para.inlines
        if isinstance(one, Box) or one.wrap not in {"deleted", "moved_away", "placeholder"}
    )


def _texts(block: Block) -> Sequence[str]:
    match block:
        case Para():
            return (text_of(block),)
        case Grid():
            return ["\t".join(plain(one.blocks) for one in row.cells) for row in block.rows]
        case _:
            return [text for inner in block.blocks for text in _texts(inner)]
