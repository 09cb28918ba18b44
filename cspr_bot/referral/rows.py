"""Lays a page out as one list of rows, in which a paragraph is a row of one cell, and tells the sections apart."""

from collections.abc import Container, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from cspr_bot.referral.pages import Block, Cell, Page, Table, squeeze
from cspr_bot.referral.wording import LISTS, SHORTEST_QUESTION, Wording

_ENOUGH_LABELS = 3  # inside a cell, to take the table around it for mere layout
_ENOUGH_QUESTIONS = 2
_LOOK_AHEAD = 6
_FEWEST = 2
_FEWEST_COLUMNS = {"family": 3, "other_agencies": 3, "other_processes": 2}


class Row(NamedTuple):
    """A row of a table, or (`table` 0) a paragraph. Texts are squeezed; `texts` are those of `cells`.

    `alone` is the text of a row that has one cell only, else "".
    """

    cells: tuple[Cell, ...]
    texts: tuple[str, ...]
    table: int
    alone: str
    is_empty: bool


def row_of(cells: Sequence[Cell], texts: Sequence[str], table: int = 0) -> Row:
    """Make a row."""
    return Row(tuple(cells), tuple(texts), table, texts[0] if len(texts) == 1 else "", not any(texts))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form: its name ("title" up to the first heading, None without one), and its rows under that."""

    name: str | None
    rows: tuple[Row, ...]


def rows_of(page: Page, wording: Wording) -> list[Row]:
    """Lay out a page. A table that only frames others is taken apart; so is a paragraph that holds several labels."""
    rows: list[Row] = []
    tables = iter(range(1, 1_000_000))
    for block in page.blocks:
        rows.extend(_rows(block, wording, tables))
    return rows


def _rows(block: Block, wording: Wording, tables: Iterator[int]) -> Iterable[Row]:
    if isinstance(block, str):
        return _paragraph(block, wording)
    if _is_frame(block, wording):
        return [row for cells in block.rows for cell in cells for row in _framed(cell, wording, tables)]
    number = next(tables)
    return [_row(cells, number) for cells in block.rows]


def _row(cells: Sequence[Cell], table: int) -> Row:
    return row_of(cells, [squeeze(cell.text) for cell in cells], table)


def _framed(cell: Cell, wording: Wording, tables: Iterator[int]) -> Iterable[Row]:
    if cell.is_continued:
        return ()
    inner = cell.inner or (cell.text,)
    return [row for block in inner for row in _rows(block, wording, tables)]


def _is_frame(table: Table, wording: Wording) -> bool:
    inner = [block for cells in table.rows for cell in cells for block in cell.inner if isinstance(block, Table)]
    return any(_labels_in(table, wording) >= _ENOUGH_LABELS or _is_frame(table, wording) for table in inner)


def _labels_in(table: Table, wording: Wording) -> int:
    texts = [squeeze(cell.text) for cells in table.rows for cell in cells]
    return sum(wording.label(text, None) is not None for text in texts if text)


def _paragraph(text: str, wording: Wording) -> Iterable[Row]:
    whole = squeeze(text)
    if "\n" in whole:
        lines = whole.split("\n")
        if any(wording.marked_label(line, None) for line in lines):
            return [row_of((Cell(line),), (line,)) for line in lines]
    return (row_of((Cell(whole),), (whole,)),)


def list_columns(row: Row, wording: Wording, section: str | None) -> tuple[str, dict[int, str]] | None:
    """Say whether a row heads one of the lists: its name, and place of the cell → path."""
    if len(row.texts) < _FEWEST or sum(map(wording.may_head_column, row.texts)) < _FEWEST:
        return None
    names = (section, *(name for name in LISTS if name != section)) if section in LISTS else LISTS
    best: tuple[str, dict[int, str]] | None = None
    for name in names:
        columns = wording.columns(row.texts, name)
        if len(columns) >= _FEWEST_COLUMNS[name] and (best is None or len(columns) > len(best[1])):
            best = (name, columns)
    return best


def split_forms(rows: Sequence[Row], wording: Wording) -> list[list[Section]]:
    """Cut the rows into what may be forms, and each into its sections.

    A form begins at a title, and without one at the referrer's section, first or again; what stands before it (the
    procedure that the form is an appendix of) is no part of it. It begins also where the child's section comes again.
    """
    forms: list[list[Section]] = []
    sections: list[Section] = []
    name: str | None = None
    start = 0
    opened: set[str] = set()
    questions = 0

    def close(end: int) -> None:
        sections.append(Section(name, tuple(rows[start:end])))

    for place, row in enumerate(rows):
        questions += row.table > 0 and _asks(row, wording)
        mark = _mark(rows, place, name, opened, wording)
        if mark is None:
            continue
        close(place)
        if _begins_form(mark, opened, is_begun=questions >= _ENOUGH_QUESTIONS):
            forms.append(sections)
            sections, opened, questions = [], set(), 0
        opened.add(mark)
        # A printed sentence or the head of a list opens its section and is itself still looked at in it.
        is_heading = wording.heading(row.alone) is not None or mark == "title"
        name, start = mark, place + is_heading
    close(len(rows))
    return [*forms, sections]


def _begins_form(mark: str, opened: AbstractSet[str], *, is_begun: bool) -> bool:
    """Whether a mark begins a form. `is_begun`: the criteria were asked, where a procedure in front only names them."""
    match mark:
        case "title":
            return True
        case "referrer":
            return "referrer" in opened or not (is_begun or opened == {"title"})
        case "child":
            return bool(opened & {"criteria", "summary"}) and "child" in opened
        case _:
            return False


def _mark(rows: Sequence[Row], place: int, section: str | None, opened: Container[str], wording: Wording) -> str | None:
    """Give the section (or "title") that a row opens. Inside the summary a heading must prove itself."""
    row = rows[place]
    if row.is_empty:
        return None
    if section == "summary":
        found = _mark_in_summary(rows, place, wording)
        # A form has each part once: what bears the title of one that was there is part of the story.
        return None if found in opened and found not in {"title", "referrer", "child"} else found
    # The end of a criterion that a line has cut off, "the child?", is no heading either.
    if (text := row.alone) and not (section == "criteria" and wording.is_part_of_question(text)):
        if row.table == 0 and wording.is_title(text) and _is_followed(rows, place, "referrer", wording):
            return "title"
        found = wording.heading(text)
        if found and found != section and (found == "summary" or not _is_only_a_label(rows, place, found, wording)):
            return found
        if (found := wording.sentence(text)) and found != section:
            return found
    if section in LISTS and _asks_criteria(row, wording):
        return "criteria"
    head = list_columns(row, wording, section)
    return head[0] if head and head[0] != section else None


def _mark_in_summary(rows: Sequence[Row], place: int, wording: Wording) -> str | None:
    row = rows[place]
    text = row.alone
    if not text:
        head = list_columns(row, wording, "other_agencies")
        return head[0] if head else None
    if "\n" in text:
        return None
    if wording.is_title(text):
        return "title" if _is_followed(rows, place, "referrer", wording) else None
    found = wording.heading(text)
    if found and found != "summary":
        return found if found == "end" or _is_followed(rows, place, found, wording, enough=2) else None
    sentence = wording.sentence(text)
    return sentence if sentence in LISTS else None


def _asks_criteria(row: Row, wording: Wording) -> bool:
    """Whether a row of a table is the head of the criteria, or one of them."""
    if row.alone or row.table == 0:
        return False
    choices = {wording.box(text, "criteria") for text in row.texts if text}
    return choices >= {"yes", "no"} or _asks(row, wording)


def _asks(row: Row, wording: Wording) -> bool:
    return any(len(text) >= SHORTEST_QUESTION and wording.question(text) for text in row.texts)


def _is_only_a_label(rows: Sequence[Row], place: int, found: str, wording: Wording) -> bool:
    """Whether a word such as "Referrer:" is the label of an answer, and not the heading that it may be too."""
    row = rows[place]
    return bool(row.table == 0 and row.alone.endswith(":") and not _is_followed(rows, place, found, wording))


def _is_followed(rows: Sequence[Row], place: int, section: str, wording: Wording, *, enough: int = 1) -> bool:
    """Whether soon after a heading, and before the next, comes what belongs under it; `enough` labels of it."""
    is_title = wording.is_title(rows[place].alone)
    found = 0
    ahead = (row for row in rows[place + 1 : place + 1 + 3 * _LOOK_AHEAD] if not row.is_empty)
    for row, _ in zip(ahead, range(_LOOK_AHEAD), strict=False):
        heading = wording.heading(row.alone)
        if heading:
            return is_title and heading == section
        if _begins(row, section, wording):
            return True
        found += _labels_of(row, section, wording)
        if found >= enough:
            return True
    return False


def _begins(row: Row, section: str, wording: Wording) -> bool:
    """Whether a row can stand in this section only."""
    if wording.sentence(row.alone) == section:
        return True
    if section == "criteria":
        return _asks_criteria(row, wording) or wording.question(row.alone) is not None
    if section not in LISTS:
        return False
    head = list_columns(row, wording, section)
    return bool(head and head[0] == section) or bool(row.alone and wording.columns([row.alone], section))


def _labels_of(row: Row, section: str, wording: Wording) -> int:
    find = wording.label if row.table else wording.marked_label
    labels = [label for text in row.texts if (label := find(text, section))]
    return sum(label.section == section for label in labels)
