"""Reads the lists of the form: who belongs to the family, which agencies and which other processes there are."""

from collections.abc import Iterable, Mapping, Sequence

from cspr_bot.referral.draft import Draft
from cspr_bot.referral.pages import Cell
from cspr_bot.referral.rows import Row, list_columns
from cspr_bot.referral.scalars import overlap
from cspr_bot.referral.wording import Wording

UNCLEAR_ROWS = "the rows of this list cannot be told apart"
_FEWEST_LINES = 2


def read_list(name: str, rows: Sequence[Row], wording: Wording, draft: Draft) -> None:
    """Read a list from its table, or from paragraphs where a mail program has taken the table apart."""
    head: Row | None = None
    columns: Mapping[int, str] = {}
    loose: list[str] = []
    for row in rows:
        if row.table == 0:
            loose.append(row.alone)
            continue
        found = list_columns(row, wording, name)
        if found and found[0] == name:
            head, columns = row, found[1]
            draft.seen.update(columns.values())
        elif head and (row.table == head.table or len(row.cells) == len(head.cells)):
            draft.add_row(name, _cells(row, head, columns, wording))
    _read_loose(name, loose, wording, draft)


def _cells(row: Row, head: Row, columns: Mapping[int, str], wording: Wording) -> dict[str, str]:
    """Sort the cells of a row under the columns. A row that only repeats merged cells is empty."""
    found: dict[str, str] = {}
    if all(cell.is_continued or not wording.answer(text) for cell, text in zip(row.cells, row.texts, strict=True)):
        return found
    for cell, text in zip(row.cells, row.texts, strict=True):
        answer = wording.answer(text)
        path = _column_over(cell, head, columns) if answer else None
        if path:
            found[path] = f"{found[path]}\n{answer}" if path in found else answer
    return found


def _column_over(cell: Cell, head: Row, columns: Mapping[int, str]) -> str | None:
    """Give the column under which the most of a cell lies."""
    best, widest = None, 0
    for place, path in columns.items():
        width = overlap(head.cells[place], cell)
        if width > widest:
            best, widest = path, width
    return best


def _read_loose(name: str, lines: Sequence[str], wording: Wording, draft: Draft) -> None:
    written = [line for line in lines if line and not (wording.heading(line) or wording.sentence(line))]
    if labelled := _labelled(name, written, wording):
        draft.seen.update(path for row in labelled for path in row)
        for row in labelled:
            draft.add_row(name, {path: wording.answer(text) for path, text in row.items()})
        return
    head = _head(name, written, wording)
    if not head:
        return
    draft.seen.update(head)
    start = next(place for place, line in enumerate(written) if wording.columns([line], name)) + len(head)
    cells = [line for line in written[start:] if wording.answer(line)]
    rows = [
        dict(zip(head, map(wording.answer, cells[place:]), strict=False)) for place in range(0, len(cells), len(head))
    ]
    # Blank cells leave no trace here: rows of unequal length, or a name where a date belongs, mean that one was.
    if len(cells) % len(head) or not all(_may_be_date(row.get("family.dob", ""), wording) for row in rows):
        draft.doubt(name, UNCLEAR_ROWS, "\n".join(cells))
        return
    for row in rows:
        draft.add_row(name, row)


def _may_be_date(text: str, wording: Wording) -> bool:
    return not text or wording.is_not_known(text) or any(char.isdigit() for char in text)


def _labelled(name: str, lines: Iterable[str], wording: Wording) -> list[dict[str, str]]:
    """Read "Name: ..., Relationship: ..." one below the other; a label that comes again begins the next row."""
    rows: list[dict[str, str]] = []
    answered = False
    for line in lines:
        label, colon, text = line.partition(":")
        path = wording.columns([label], name).get(0) if colon else None
        if path is None:
            continue
        if not rows or path in rows[-1]:
            rows.append({})
        rows[-1][path] = text.strip()
        answered = answered or bool(text.strip())
    return rows if answered or any(len(row) >= _FEWEST_LINES for row in rows) else []


def _head(name: str, lines: Sequence[str], wording: Wording) -> list[str]:
    """Find the columns' titles, one below the other."""
    head: list[str] = []
    for line in lines:
        path = wording.columns([line], name).get(0)
        if path and path not in head:
            head.append(path)
        elif head:
            break
    return head if len(head) >= _FEWEST_LINES else []
