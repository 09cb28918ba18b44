"""Turns what is printed on a sheet into paragraphs and tables: by ruling lines where there are any, else by gaps."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from cspr_bot.referral.pages import TICKED, UNTICKED, Block, Cell, Table

_TOLERANCE = 2.0  # points between what should be at one place
_PADDING = 8.0  # of a cell's text from its right rule, at most
_WIDE_GAP = 9.0  # between words of one line: wider ones part columns
_CUT_LETTERS = 8.0  # that there may be room for where an address was cut: some programs cut at its signs
_OF_ADDRESSES = ("@", "://", "www.")
_BOX_GAP = 14.0  # between a box and its words
_SHIFTS = (-2, -1, 0, 1, 2)  # the same tolerance for places that are rounded
_BOXES = frozenset({TICKED, UNTICKED})
_MARKS = frozenset({"x", "✓", "✔", "√", "✗", "✘"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or (`is_field`) all that was filled into a field, with its place in points from the lower left.

    `is_spaced`: a space was typed behind it, so that a line ending here is not the end of a paragraph.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    is_spaced: bool = False
    is_field: bool = False

    @property
    def middle(self) -> float:
        """Its height on the sheet."""
        return (self.bottom + self.top) / 2

    @property
    def is_box(self) -> bool:
        """Whether it is a tick box."""
        return self.text in _BOXES


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruling line: where it lies across, and from where to where it runs."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Sheet:
    """One side of paper: its words, and its ruling lines."""

    words: list[Word] = field(default_factory=list)
    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The rules around a word, to the point: a cell of a ruled table."""

    left: int
    bottom: int
    right: int
    top: int


@dataclass(frozen=True, slots=True)
class _Line:
    """Words at one height."""

    words: tuple[Word, ...]

    @property
    def middle(self) -> float:
        return self.words[0].middle

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def height(self) -> float:
        return max(word.top - word.bottom for word in self.words if not word.is_field or len(self.words) == 1)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def lay_out(sheet: Sheet) -> list[Block]:
    """Give the blocks of a sheet from top to bottom."""
    sheet = Sheet(_with_marks(sheet.words), sheet.across, sheet.down)
    frames = _Frames(sheet)
    ruled: dict[_Frame, list[Word]] = {}
    free: list[Word] = []
    for word in sheet.words:
        frame = frames.around(word)
        if frame:
            ruled.setdefault(frame, []).append(word)
        else:
            free.append(word)
    alone = [frame for frame in _alone(ruled) if frame not in frames.open]
    free.extend(_as_field(frame, ruled.pop(frame)) for frame in alone)
    placed: list[tuple[float, Block]] = [
        *_tables(_ruled_rows(ruled)),
        *_free_blocks(_lines(free), max((word.right for word in sheet.words), default=0.0)),
    ]
    return [block for _, block in sorted(placed, key=lambda pair: -pair[0])]


def _with_marks(words: Sequence[Word]) -> list[Word]:
    """Tick the printed boxes over which somebody has typed a mark."""
    kept = [word for word in words if not _is_mark(word)]
    boxes = [place for place, word in enumerate(kept) if word.is_box]
    for mark in (word for word in words if _is_mark(word)):
        under = next((place for place in boxes if _covers(mark, kept[place])), None)
        if under is None:
            kept.append(mark)
        else:
            kept[under] = replace(kept[under], text=TICKED)
    return kept


def _is_mark(word: Word) -> bool:
    return word.is_field and (word.text == TICKED or word.text.strip().lower() in _MARKS)


def _covers(mark: Word, box: Word) -> bool:
    """Whether a mark lies on a box. A field of its own is a box too, and lies on none."""
    across = min(mark.right, box.right) - max(mark.left, box.left)
    return across > 0 and mark.bottom < box.middle < mark.top and mark is not box and not box.is_field


def _alone(frames: Iterable[_Frame]) -> list[_Frame]:
    """Give the frames that are boxes to write in, or the border of the sheet, rather than cells among cells."""
    by_left: dict[int, list[_Frame]] = {}
    by_top: dict[int, list[_Frame]] = {}
    for frame in frames:
        by_left.setdefault(frame.left, []).append(frame)
        by_top.setdefault(frame.top, []).append(frame)
    joined: set[_Frame] = set()
    for frame in frames:
        near = [other for shift in _SHIFTS for other in by_left.get(frame.right + shift, ())]
        near += [other for shift in _SHIFTS for other in by_top.get(frame.bottom + shift, ())]
        for other in near:
            if other != frame and _touch(frame, other):
                joined |= {frame, other}
    return [frame for frame in frames if frame not in joined]


def _touch(one: _Frame, other: _Frame) -> bool:
    beside = abs(one.right - other.left) <= _TOLERANCE or abs(other.right - one.left) <= _TOLERANCE
    over = abs(one.top - other.bottom) <= _TOLERANCE or abs(other.top - one.bottom) <= _TOLERANCE
    level = min(one.top, other.top) - max(one.bottom, other.bottom) > _TOLERANCE
    aligned = min(one.right, other.right) - max(one.left, other.left) > _TOLERANCE
    return (beside and level) or (over and aligned)


def _as_field(frame: _Frame, words: list[Word]) -> Word:
    """Make one answer of all that is written in a box."""
    text = _flow(_lines(words), _limit(frame, words))
    return Word(text, frame.left, frame.bottom, frame.right, frame.top, is_field=True)


def _limit(frame: _Frame, words: Sequence[Word]) -> float:
    """Give how far to the right words can go in a frame: as much room is left there as on the left."""
    return frame.right - min(_PADDING, max(min(word.left for word in words) - frame.left, 1.0))


class _Frames:
    """Finds the rules around a place."""

    def __init__(self, sheet: Sheet) -> None:
        fields = [word for word in sheet.words if word.is_field]
        sideways = [(word.bottom, word.left, word.top, word.right) for word in fields]
        upright = [(word.left, word.bottom, word.right, word.top) for word in fields]
        self._across = _joined(rule for rule in sheet.across if not _is_border(rule, upright))
        self._down = _joined(rule for rule in sheet.down if not _is_border(rule, sideways))
        self._heights = [rule.at for rule in self._across]
        self._sides = [rule.at for rule in self._down]
        self.open: set[_Frame] = set()  # those whose rules run on: there are other cells, though blank, beside them

    def around(self, word: Word) -> _Frame | None:
        """Give the cell that a word stands in; None outside of every table."""
        x, y = (word.left + word.right) / 2, word.middle
        left = _nearest(reversed(self._down[: bisect_right(self._sides, x)]), y)
        right = _nearest(self._down[bisect_left(self._sides, x) :], y)
        bottom = _nearest(reversed(self._across[: bisect_right(self._heights, y)]), x)
        top = _nearest(self._across[bisect_left(self._heights, y) :], x)
        if left is None or right is None or bottom is None or top is None:
            return None
        if not (_spans(left, bottom, top) and _spans(right, bottom, top)):
            return None
        if not (_spans(bottom, left, right) and _spans(top, left, right)):
            return None
        frame = _Frame(round(left.at), round(bottom.at), round(right.at), round(top.at))
        if any(_runs_on(rule, bottom, top) for rule in (left, right)):
            self.open.add(frame)
        if any(_runs_on(rule, left, right) for rule in (bottom, top)):
            self.open.add(frame)
        return frame


def _runs_on(rule: Rule, start: Rule, end: Rule) -> bool:
    return rule.start < start.at - 2 * _TOLERANCE or rule.end > end.at + 2 * _TOLERANCE


def _is_border(rule: Rule, fields: Iterable[tuple[float, float, float, float]]) -> bool:
    """Whether a rule is but the border of a field, which is no cell. Fields are turned as the rule is."""
    return any(
        min(abs(rule.at - low), abs(rule.at - high)) <= _TOLERANCE
        and rule.start >= start - _TOLERANCE
        and rule.end <= end + _TOLERANCE
        for start, low, end, high in fields
    )


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """Join rules that continue or repeat each other: programs draw the borders of each cell for itself."""
    joined: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.at), rule.start)):
        last = joined[-1] if joined else None
        if last and abs(last.at - rule.at) <= _TOLERANCE and rule.start <= last.end + 2 * _TOLERANCE:
            joined[-1] = Rule(last.at, last.start, max(last.end, rule.end))
        else:
            joined.append(rule)
    return sorted(joined, key=lambda rule: rule.at)


def _nearest(rules: Iterable[Rule], at: float) -> Rule | None:
    return next((rule for rule in rules if rule.start - _TOLERANCE <= at <= rule.end + _TOLERANCE), None)


def _spans(rule: Rule, start: Rule, end: Rule) -> bool:
    return rule.start <= start.at + 2 * _TOLERANCE and rule.end >= end.at - 2 * _TOLERANCE


def _ruled_rows(ruled: dict[_Frame, list[Word]]) -> list[list[tuple[_Frame, list[Word]]]]:
    """Put cells that begin at one height into rows, from top to bottom and from left to right."""
    rows: list[list[tuple[_Frame, list[Word]]]] = []
    for frame, words in sorted(ruled.items(), key=lambda pair: (-pair[0].top, pair[0].left)):
        if rows and abs(rows[-1][0][0].top - frame.top) <= _TOLERANCE:
            rows[-1].append((frame, words))
        else:
            rows.append([(frame, words)])
    return [sorted(row, key=lambda pair: pair[0].left) for row in rows]


def _tables(rows: Sequence[Sequence[tuple[_Frame, list[Word]]]]) -> Iterable[tuple[float, Table]]:
    """Join rows that touch into tables."""
    table: list[tuple[Cell, ...]] = []
    top = bottom = 0.0
    for row in rows:
        frames = [frame for frame, _ in row]
        if table and abs(frames[0].top - bottom) > 2 * _TOLERANCE:
            yield top, Table(tuple(table))
            table = []
        if not table:
            top = frames[0].top
        table.append(tuple(_with_blanks(row)))
        bottom = min(frame.bottom for frame in frames)
    if table:
        yield top, Table(tuple(table))


def _with_blanks(row: Sequence[tuple[_Frame, list[Word]]]) -> Iterable[Cell]:
    """Give the cells of a row; where one is skipped nothing was written in it, and it is given as blank."""
    edge: int | None = None
    for frame, words in row:
        if edge is not None and frame.left - edge > 2 * _TOLERANCE:
            yield Cell("", edge, frame.left - edge)
        text = _flow(_lines(words), _limit(frame, words))
        yield Cell(text, frame.left, max(frame.right - frame.left, 1))
        edge = frame.right


def _lines(words: Sequence[Word]) -> list[_Line]:
    """Put words at one height together, from top to bottom."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (-word.middle, word.left)):
        if lines and _is_same_line(lines[-1][0], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_Line(tuple(sorted(line, key=lambda word: word.left))) for line in lines]


def _is_same_line(first: Word, word: Word) -> bool:
    shared = min(first.top, word.top) - max(first.bottom, word.bottom)
    return shared > 0.5 * min(first.top - first.bottom, word.top - word.bottom, 12.0)


def _flow(lines: Sequence[_Line], limit: float) -> str:
    """Join lines: what was broken because the line was full goes on, what was broken on purpose begins a new one."""
    text = ""
    before: _Line | None = None
    for line in lines:
        text += ("" if before is None else _joint(before, line, limit)) + line.text
        before = line
    return text


def _joint(before: _Line, line: _Line, limit: float) -> str:
    last, first = before.words[-1], line.words[0]
    if last.is_field or first.is_field or first.is_box:
        return "\n"
    space = 0.3 * (last.top - last.bottom)
    if before.right + space + (first.right - first.left) <= limit:
        return "\n"
    return "" if not last.is_spaced and (last.text.endswith("-") or _is_cut(before, limit)) else " "


def _is_cut(line: _Line, limit: float) -> bool:
    """Whether a line ends within an address, which begins it and is longer than the line has room for."""
    word = line.words[-1]
    letter = (word.right - word.left) / len(word.text)
    is_address = any(sign in word.text for sign in _OF_ADDRESSES)
    return is_address and len(line.words) == 1 and limit - word.right < _CUT_LETTERS * letter


def _free_blocks(lines: Sequence[_Line], limit: float) -> Iterable[tuple[float, Block]]:
    """Make paragraphs of lines, and rows of a table of those that have wide gaps or fields in them."""
    paragraph: list[_Line] = []
    rows: list[tuple[float, tuple[Cell, ...]]] = []
    blocks: list[tuple[float, Block]] = []

    def end_paragraph() -> None:
        if paragraph:
            blocks.extend((paragraph[0].middle, text) for text in _flow(paragraph, limit).split("\n"))
            paragraph.clear()

    def end_table() -> None:
        if rows:
            blocks.append((rows[0][0], Table(tuple(row for _, row in rows))))
            rows.clear()

    for line in lines:
        cells = tuple(_gapped(line))
        if len(cells) > 1 or line.words[0].is_field:
            end_paragraph()
            rows.append((line.middle, cells))
            continue
        if rows and paragraph == [] and not _is_between_tables(line, rows[-1][0]):
            rows.append((line.middle, cells))
            continue
        end_table()
        if paragraph and paragraph[-1].middle - line.middle > 2.2 * max(paragraph[-1].height, line.height):
            end_paragraph()
        paragraph.append(line)
    end_paragraph()
    end_table()
    return blocks


def _is_between_tables(line: _Line, above: float) -> bool:
    """Whether a line of one cell is a heading between tables rather than the rest of a row above it."""
    return above - line.middle > 1.7 * max(line.height, 6.0)


def _gapped(line: _Line) -> Iterable[Cell]:
    """Part a line at its wide gaps; a box goes with the nearer of its neighbours."""
    group: list[Word] = []
    for place, word in enumerate(line.words):
        if group and _is_apart(group[-1], word, line.words[place + 1] if place + 1 < len(line.words) else None):
            yield _gap_cell(group)
            group = []
        group.append(word)
    yield _gap_cell(group)


def _is_apart(before: Word, word: Word, behind: Word | None) -> bool:
    gap = word.left - before.right
    if before.is_box and not word.is_box and not (word.is_field):
        return gap > _BOX_GAP
    if word.is_box:
        # Words in front of a box are its own only where nothing stands close behind it.
        has_own = behind is not None and not behind.is_box and behind.left - word.right <= _BOX_GAP
        return has_own or gap > _BOX_GAP
    return word.is_field or before.is_field or gap > _WIDE_GAP


def _gap_cell(group: Sequence[Word]) -> Cell:
    left, right = group[0].left, max(word.right for word in group)
    return Cell(" ".join(word.text for word in group), round(left), max(round(right - left), 1))
