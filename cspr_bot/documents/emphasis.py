"""Understands what people cross out and highlight: a struck option is not chosen, and one marked in colour is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cspr_bot.referral.pages import MARKED, STRUCK, TICKED, UNTICKED, Block, Cell, Table, text_of

# Around words while a document is being read. Neither XML nor our HTML can hold these characters.
STRUCK_ON, STRUCK_OFF, MARKED_ON, MARKED_OFF = "\x0e", "\x0f", "\x10", "\x11"
_SIGNS = frozenset((STRUCK_ON, STRUCK_OFF, MARKED_ON, MARKED_OFF))
_BOXES = frozenset((TICKED, UNTICKED))


@dataclass(frozen=True, slots=True)
class _Letter:
    char: str
    is_struck: bool
    is_marked: bool

    @property
    def is_box(self) -> bool:
        return self.char in _BOXES

    @property
    def counts(self) -> bool:
        return self.char.isalnum()


def emphasised(text: str, *, is_struck: bool, is_marked: bool) -> str:
    """Put signs around words that are struck through or highlighted."""
    inner = f"{MARKED_ON}{text}{MARKED_OFF}" if is_marked else text
    return f"{STRUCK_ON}{inner}{STRUCK_OFF}" if is_struck else inner


def settled(text: str) -> tuple[str, str]:
    """Give a text without signs, and the words in it that are highlighted where others are not.

    Struck words are gone, but for the name of a box: such a box stays, as one that is struck out.
    """
    if not any(sign in text for sign in _SIGNS):
        return text, ""
    lines = _lines(text)
    kept = "\n".join("".join(_shown(line)) for line in lines)
    letters = [letter for line in lines for letter in line if letter.counts and not letter.is_struck]
    is_partly = any(letter.is_marked for letter in letters) and not all(letter.is_marked for letter in letters)
    marked = "\n".join(_marked_words(line) for line in lines) if is_partly else ""
    return kept, "\n".join(line for line in marked.split("\n") if line)


def cell_of(blocks: tuple[Block, ...], column: int, span: int) -> Cell:
    """Make a cell of what stands in it, signs of emphasis included; its own blocks only where one is a table."""
    if any(isinstance(block, Table) for block in blocks):
        inner = tuple(settled(block)[0] if isinstance(block, str) else block for block in blocks)
        return Cell(text_of(inner), column, span, inner=inner)
    text, marked = settled("\n".join(block for block in blocks if isinstance(block, str)))
    return Cell(text, column, span, marked=marked)


def _lines(text: str) -> list[list[_Letter]]:
    lines: list[list[_Letter]] = [[]]
    is_struck = is_marked = False
    for char in text:
        if char == "\n":
            lines.append([])
        elif char in _SIGNS:
            is_struck = char == STRUCK_ON or (is_struck and char != STRUCK_OFF)
            is_marked = char == MARKED_ON or (is_marked and char != MARKED_OFF)
        else:
            lines[-1].append(_Letter(char, is_struck, is_marked))
    return lines


def _shown(line: Sequence[_Letter]) -> Iterator[str]:
    """Give a line as it counts: each box as what became of its option, other struck words not at all."""
    for option in _options(line):
        box = next((letter for letter in option if letter.is_box), None)
        words = [letter for letter in option if letter.counts]
        whole = words or ([box] if box else [])
        is_out = box is not None and all(letter.is_struck for letter in whole)
        is_chosen = box is not None and (box.is_marked or all(letter.is_marked for letter in whole))
        for letter in option:
            if letter.is_box:
                yield STRUCK if is_out else MARKED if is_chosen and letter.char == UNTICKED else letter.char
            elif is_out or not letter.is_struck:
                yield letter.char


def _options(line: Sequence[_Letter]) -> Iterable[Sequence[_Letter]]:
    """Cut a line into boxes with their words: behind each box, or in front where the line ends with a box."""
    places = [place for place, letter in enumerate(line) if letter.is_box]
    if not places:
        return (line,)
    is_named_in_front = any(letter.counts for letter in line[: places[0]]) and not any(
        letter.counts for letter in line[places[-1] :]
    )
    cuts = [place + 1 for place in places] if is_named_in_front else places
    return [line[start:end] for start, end in pairwise([0, *cuts, len(line)]) if start < end]


def _marked_words(line: Sequence[_Letter]) -> str:
    return "".join(
        letter.char if letter.is_marked and not letter.is_struck and not letter.is_box else " " for letter in line
    ).strip()
